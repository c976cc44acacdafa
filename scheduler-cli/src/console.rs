//! Writing to the standard output, line by line, by many at a time.

use std::{
    env,
    fmt::Display,
    io::{ErrorKind, Result, Write, stdout},
    path::Path,
};

use rustix::termios::tcgetwinsize;
use scheduler_core::text::visible;
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
pub(crate) fn show(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// Whether to write in colour: to a terminal, and unless it is not wanted (<https://no-color.org>).
pub(crate) fn has_colour(is_terminal: bool) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|kind| kind == "dumb");
    is_terminal && !is_set("NO_COLOR") && !is_dumb
}

/// The widest screen that is believed in.
const MOST_COLUMNS: usize = 1_000;

/// How many columns there are: as `COLUMNS` says, or the terminal; else eighty.
pub(crate) fn width() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|set| set.parse().ok());
    let terminal = || {
        tcgetwinsize(stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
    };
    // A number that no screen has is no setting.
    let set = set.filter(|columns| (1..=MOST_COLUMNS).contains(columns));
    let columns = set.or_else(terminal).filter(|&columns| columns > 0);
    columns.unwrap_or(80)
}

/// A path, with everything escaped that does something to the terminal.
pub(crate) fn visible_path(path: impl AsRef<Path>) -> String {
    visible(&path.as_ref().to_string_lossy()).to_string()
}
