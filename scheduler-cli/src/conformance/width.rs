//! The width of reports.

use std::{env, io::stdout};

use rustix::termios::tcgetwinsize;

/// Maximum width that `COLUMNS` may set.
const MOST_COLUMNS: usize = 1_000;

/// Returns the number of columns: that of `COLUMNS`, or of the terminal, or eighty.
pub(super) fn columns() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|set| set.parse().ok());
    let terminal = || {
        tcgetwinsize(stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
    };
    // An impossible number is ignored.
    let set = set.filter(|columns| (1..=MOST_COLUMNS).contains(columns));
    let columns = set.or_else(terminal).filter(|&columns| columns > 0);
    columns.unwrap_or(80)
}
