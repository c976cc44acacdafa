//! Terminals, and texts that are written at once.

use std::{
    env,
    fmt::Display,
    io::{ErrorKind, Result, Write, stderr, stdout},
    path::Path,
};

use scheduler_core::text::visible;

/// Writes a line to standard error. An error has no effect.
pub(crate) fn complain(line: impl Display) {
    writeln!(stderr(), "{line}").unwrap_or_default();
}

/// Writes a text. A closed pipe is no error.
pub(crate) fn show(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// Returns whether to write in colour: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
pub(crate) fn has_colour(is_terminal: bool) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|kind| kind == "dumb");
    is_terminal && !is_set("NO_COLOR") && !is_dumb
}

/// Formats a path with control characters escaped.
pub(crate) fn visible_path(path: impl AsRef<Path>) -> String {
    visible(&path.as_ref().to_string_lossy()).to_string()
}
