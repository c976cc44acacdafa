//! [`QueueInfo`]: the state of a queue.

use std::sync::Arc;

use super::Queue;
use crate::{job::RateLimit, schedule::Pause};

/// The settings and the state of a queue at the time of the call.
///
/// ```
/// use scheduler_core::{Job, Scheduler, SchedulerExt};
/// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
///
/// scheduler.post(Job::new(|_| async {}))?;
/// let queue = &scheduler.queues()[0];
/// assert_eq!((&*queue.name, queue.queued, queue.running), ("default", 1, 0));
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueueInfo {
    /// Name of the queue.
    pub name: Arc<str>,
    /// Maximum number of jobs of the queue that run at the same time.
    pub concurrency: Option<usize>,
    /// Maximum number of submitted jobs that wait in the queue.
    pub limit: Option<usize>,
    /// Rate limit of the queue, with the name of the queue as the group.
    pub rate: Option<RateLimit>,
    /// The pause of the queue, if it is paused.
    pub paused: Option<Pause>,
    /// Number of its jobs that wait for a permit or a token of the queue, or for the end of its pause. Jobs
    /// that wait for a token of their own rate limit or for their schedule are not counted.
    pub queued: usize,
    /// Number of its running jobs.
    pub running: usize,
    /// Number of its jobs that have started, with each attempt counted.
    pub started: u64,
}

impl QueueInfo {
    /// Creates the state of an idle queue with these settings. Third-party schedulers use this, and set the
    /// other fields afterwards.
    ///
    /// ```
    /// use scheduler_core::queue::{Queue, QueueInfo};
    ///
    /// let info = QueueInfo::new(&Queue::named("mail").concurrency(10));
    /// assert_eq!((info.concurrency, info.running), (Some(10), 0));
    /// ```
    #[must_use]
    pub fn new(settings: &Queue) -> Self {
        Self {
            name: settings.name.clone(),
            concurrency: settings.concurrency,
            limit: settings.limit,
            rate: settings.rate_limit(),
            paused: None,
            queued: 0,
            running: 0,
            started: 0,
        }
    }

    /// Returns whether the queue is paused.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let queue = scheduler.queue("default");
    /// queue.pause("the database moves")?;
    /// assert!(queue.info()?.is_paused());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }
}
