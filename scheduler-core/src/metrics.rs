//! Counters: what a scheduler has done so far, and what it holds now.

/// A snapshot of a scheduler's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Jobs that wait for their point in time.
    pub delayed: usize,
    /// Jobs that wait for room.
    pub queued: usize,
    /// Jobs that failed and wait for their next attempt.
    pub retrying: usize,
    /// Jobs that run.
    pub running: usize,
    /// Jobs that failed and whose error handler has not returned.
    pub handling: usize,
    /// Schedules.
    pub schedules: usize,
    /// Jobs accepted so far.
    pub accepted: u64,
    /// Jobs that ran to their end.
    pub succeeded: u64,
    /// Jobs that answered an error.
    pub failed: u64,
    /// Jobs that came to their time limit.
    pub timed_out: u64,
    /// Attempts that failed and were followed by another.
    pub retried: u64,
    /// Jobs that panicked.
    pub panicked: u64,
    /// Jobs that were cancelled.
    pub cancelled: u64,
    /// Jobs that the runtime dropped.
    pub lost: u64,
    /// Panics of the error handler, all caught.
    pub handler_panics: u64,
    /// Calls of the error handler that took longer than
    /// [`handler_grace`](crate::Options::handler_grace), and were not waited for any longer.
    pub hung_handlers: u64,
    /// Panics of listeners, all caught.
    pub listener_panics: u64,
}

impl Metrics {
    /// How many jobs have not ended. At zero every outcome is set, and every error handler has
    /// returned or was written off.
    #[must_use]
    pub const fn jobs(&self) -> usize {
        self.delayed + self.queued + self.retrying + self.running + self.handling
    }
}
