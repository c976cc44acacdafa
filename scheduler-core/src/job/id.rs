//! [`JobId`]: the id of a job.

use std::fmt;

/// Id of a job, unique within its scheduler and never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(u64);

impl JobId {
    /// Creates an id from its representation. Only schedulers generate ids.
    ///
    /// ```
    /// use scheduler_core::JobId;
    ///
    /// let id = JobId::from_bits(7);
    /// assert_eq!(JobId::from_bits(id.to_bits()), id);
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the representation, for storing the id elsewhere.
    ///
    /// ```
    /// use scheduler_core::{Job, JobId, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// // As a number, an id fits into a log or a message to another thread.
    /// let id = scheduler.post(Job::new(|_| async {}))?;
    /// let number: u64 = id.to_bits();
    /// assert!(scheduler.handle(JobId::from_bits(number)).is_some());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for JobId {
    /// Formats slot and generation: `7.1` is the first job in slot 7 of the engine's table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({self})")
    }
}
