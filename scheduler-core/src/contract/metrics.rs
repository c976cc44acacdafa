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

    /// How many jobs have ended so far, in whatever way. Each accepted job ends once: what is left of
    /// [`accepted`](Self::accepted) is delayed, queued, retrying or running.
    ///
    /// ```
    /// let mut metrics = scheduler_core::Metrics::default();
    /// (metrics.accepted, metrics.succeeded, metrics.panicked) = (5, 3, 1);
    /// metrics.running = 1;
    /// assert_eq!(metrics.ended(), 4);
    /// assert_eq!(metrics.accepted, metrics.ended() + metrics.running as u64);
    /// ```
    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.succeeded + self.cancelled + self.failures()
    }

    /// How many jobs have failed so far, in whatever way: each of them was given to the error handler.
    ///
    /// ```
    /// let mut metrics = scheduler_core::Metrics::default();
    /// (metrics.failed, metrics.timed_out, metrics.cancelled) = (2, 1, 7);
    /// assert_eq!(metrics.failures(), 3);
    /// ```
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.failed + self.timed_out + self.panicked + self.lost
    }
}
