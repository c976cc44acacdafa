//! Writes progress to standard error.

use std::io::{Write, stderr};

/// Writes text to standard error. A closed standard error has no effect.
pub(super) fn put(text: &str) {
    let mut out = stderr().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.unwrap_or_default();
}
