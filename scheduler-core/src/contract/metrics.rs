//! [`Metrics`]: counters of a scheduler.

/// A snapshot of a scheduler's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Metrics {
    /// Delayed jobs.
    pub delayed: usize,
    /// Jobs that wait for a permit.
    pub queued: usize,
    /// Jobs that wait for their next attempt after a failure.
    pub retrying: usize,
    /// Jobs that run.
    pub running: usize,
    /// Failed jobs whose error handler has not returned.
    pub handling: usize,
    /// Schedules.
    pub schedules: usize,
    /// Jobs accepted so far.
    pub accepted: u64,
    /// Jobs that succeeded.
    pub succeeded: u64,
    /// Jobs that returned an error.
    pub failed: u64,
    /// Jobs that timed out.
    pub timed_out: u64,
    /// Failed attempts that were retried.
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
    /// [`handler_grace`](crate::Options::handler_grace). Their jobs finished before the handler
    /// returned.
    pub hung_handlers: u64,
    /// Panics of listeners, all caught.
    pub listener_panics: u64,
}

impl Metrics {
    /// Returns the number of unfinished jobs. At zero every outcome is set, and every error handler has returned or
    /// exceeded its grace.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// scheduler.post(Job::new(|_| async {}))?;
    /// scheduler.post(Job::new(|_| async {}).after(std::time::Duration::from_secs(60)))?;
    /// let metrics = scheduler.metrics();
    /// assert_eq!((metrics.jobs(), metrics.queued, metrics.delayed), (2, 1, 1));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn jobs(&self) -> usize {
        self.delayed + self.queued + self.retrying + self.running + self.handling
    }

    /// Returns the number of jobs that have finished, with any outcome. The other
    /// [`accepted`](Self::accepted) jobs are delayed, queued, retrying, running or being handled.
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

    /// Returns the number of jobs that returned an error, timed out, panicked or were lost. The
    /// error handler was called for each of them.
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
