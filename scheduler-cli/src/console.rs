//! Writing to the standard output, line by line, by many at a time.

use std::{
    fmt::Display,
    io::{Write, stdout},
};

use signal_hook::{consts::SIGTERM, low_level::raise};

/// Writes a line. Where nobody reads any more the program ends, as by a signal.
pub(crate) fn say(line: impl Display) {
    let mut out = stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    drop(out);
    if written.is_err() {
        // In vain only if the process is ending already.
        raise(SIGTERM).unwrap_or_default();
    }
}

/// Writes all of a text; a reader that has gone has seen enough.
pub(crate) fn show(text: &str) {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.unwrap_or_default();
}
