//! [`Backpressure`]: whether the output of commands may be read.

use super::outlet::{CHECKS, Outlet};

/// The state of an outlet as the supervisor of commands sees it.
#[derive(Debug)]
pub(crate) struct Backpressure {
    outlet: Outlet,
    /// Number of writes at the last check, and of checks since it last grew.
    writes: u64,
    checks: u32,
}

impl Backpressure {
    pub(super) const fn new(outlet: Outlet) -> Self {
        Self {
            outlet,
            writes: 0,
            checks: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        !self.outlet.has_room()
    }

    /// Returns whether output may be read: there is room for it, or the reader has stalled, so that it must
    /// be dropped.
    pub(crate) fn is_open(&self) -> bool {
        self.outlet.has_room() || self.checks >= CHECKS
    }

    /// Counts the timeouts in which the outlet is full and no write returns.
    pub(crate) fn check(&mut self, has_timed_out: bool) {
        let writes = self.outlet.writes();
        if !self.is_full() || writes != self.writes {
            self.checks = 0;
        } else if has_timed_out {
            self.checks += 1;
        }
        self.writes = writes;
    }
}
