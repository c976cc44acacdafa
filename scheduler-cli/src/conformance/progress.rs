//! Lines on standard error.

use std::io::{Write, stderr};

/// Writes without an error if standard error is closed.
pub(super) fn put(text: &str) {
    let mut out = stderr().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.unwrap_or_default();
}
