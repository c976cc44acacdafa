//! [`QueueHandle`]: reads, pauses and resumes one queue.

use std::{fmt, sync::Arc};

use super::{QueueInfo, control::QueueControl};
use crate::Result;

/// Handle to the queue with a name, returned by [`queue`](crate::Scheduler::queue).
///
/// Clones are cheap. A handle does not keep the scheduler alive. After the scheduler was dropped, every call
/// returns what it returns after a shutdown.
///
/// ```
/// use scheduler_core::{Job, Scheduler, SchedulerExt};
/// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
///
/// let queue = scheduler.queue("default");
/// queue.pause("the database moves")?;
/// scheduler.post(Job::new(|_| async {}))?;
/// assert_eq!(queue.info()?.queued, 1);
/// queue.resume()?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Clone)]
pub struct QueueHandle {
    name: Arc<str>,
    control: Arc<dyn QueueControl>,
}

impl QueueHandle {
    /// Creates a handle to a queue of a third-party scheduler. The queue need not exist.
    #[must_use]
    pub const fn new(name: Arc<str>, control: Arc<dyn QueueControl>) -> Self {
        Self { name, control }
    }

    /// Returns the name of the queue.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert_eq!(scheduler.queue("mail").name(), "mail");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the settings and the state of the queue.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert_eq!(scheduler.queue("default").info()?.running, 0);
    /// assert_eq!(scheduler.queue("mail").info().unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue).
    pub fn info(&self) -> Result<QueueInfo> {
        self.control.info(&self.name)
    }

    /// Pauses the queue: when this returns, no body of its jobs begins (`QU-006`). Running jobs continue, and
    /// the queue accepts jobs. Pausing it again replaces the reason.
    ///
    /// The call waits for a few instructions on other threads, never for user code.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let queue = scheduler.queue("default");
    /// queue.pause("the database moves")?;
    /// let pause = queue.info()?.paused.expect("it is paused");
    /// assert_eq!(&*pause.reason, "the database moves");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue), `ShutDown`, or
    /// [`InvalidConfig`](crate::Error::InvalidConfig) if the reason is no visible line (`SC-025`).
    pub fn pause(&self, reason: &str) -> Result<()> {
        self.control.pause(&self.name, reason)
    }

    /// Resumes the queue: its jobs start in their order. Has no effect on a queue that is not paused.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let queue = scheduler.queue("default");
    /// queue.pause("the database moves")?;
    /// queue.resume()?;
    /// assert!(!queue.info()?.is_paused());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue) or `ShutDown`.
    pub fn resume(&self) -> Result<()> {
        self.control.resume(&self.name)
    }
}

impl fmt::Debug for QueueHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueHandle")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
