//! [`Deadlines`]: every deadline of the scheduler, and whether one of them must wake the driver.

use std::collections::BTreeSet;

use super::{NEVER, TimerQueue};
use crate::engine::Key;

/// The deadlines, by what they are for.
#[derive(Debug)]
pub(in crate::engine) struct Deadlines {
    /// Delayed jobs, retries, and instants of schedules.
    pub(in crate::engine) timers: TimerQueue,
    /// Deadlines at which cancelled jobs are dropped.
    pub(in crate::engine) graces: BTreeSet<(u64, Key)>,
    /// When jobs come to a limit of time.
    pub(in crate::engine) limits: BTreeSet<(u64, Key)>,
    /// When the turns of catch-up runs come.
    pub(in crate::engine) paces: BTreeSet<(u64, Key)>,
    /// Delayed jobs that wait for the wall clock.
    pub(in crate::engine) wall_jobs: usize,
    /// The deadline the driver sleeps towards; 0 while it is awake.
    pub(in crate::engine) armed: u64,
    /// The earliest deadline that came up since it was last looked at.
    pub(in crate::engine) earliest: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            timers: TimerQueue::new(),
            graces: BTreeSet::new(),
            limits: BTreeSet::new(),
            paces: BTreeSet::new(),
            wall_jobs: 0,
            armed: 0,
            earliest: NEVER,
        }
    }
}

impl Deadlines {
    /// Wakes the driver if it would sleep beyond `deadline`.
    pub(in crate::engine) fn note(&mut self, deadline: u64) {
        self.earliest = self.earliest.min(deadline);
    }

    /// Returns whether a new deadline must wake the driver.
    pub(in crate::engine) const fn take_wake(&mut self) -> bool {
        let wake_driver = self.earliest < self.armed;
        if wake_driver {
            self.armed = 0;
        }
        self.earliest = NEVER;
        wake_driver
    }
}
