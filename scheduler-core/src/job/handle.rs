//! [`JobHandle`]: waits for a submitted job, reads its state, cancels it.

mod wait;

use std::{fmt, sync::Arc};

use super::{
    CancelMode, CancelStatus, JobControl, JobId, JobInfo, JobStatus, Progress, slot::ValueSlot,
};

/// Handle to an accepted job.
///
/// Awaiting the handle returns the value of the job, or the error with which it ended. The await
/// moves the value out, so the value needs neither `Clone` nor `Sync`, and only one await gets it.
///
/// [`wait`](Self::wait) borrows the handle. Any number of clones may wait, on any thread and in any
/// runtime, and all get the same outcome. Dropping the last handle detaches the job, which continues
/// (`JB-007`).
///
/// ```
/// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
/// use std::{fs::File, io};
/// use scheduler_core::SchedulerExt;
///
/// let file = scheduler.spawn_blocking(|_| File::open("Cargo.toml"))?.await?;
/// let text = scheduler.spawn_blocking(|_| io::read_to_string(file))?.await?;
/// # drop(text);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the handle detaches the job; use `post` for a job without waiters"]
pub struct JobHandle<T = ()> {
    control: Arc<dyn JobControl>,
    value: Option<ValueSlot<T>>,
}

impl JobHandle {
    /// Creates a handle to a job of a third-party [`Scheduler`](crate::Scheduler).
    pub fn new(control: Arc<dyn JobControl>) -> Self {
        Self {
            control,
            value: None,
        }
    }

    /// Adds the slot in which the job stores its value before it finishes. Jobs that return `()` have
    /// no slot.
    pub(crate) fn with_value<T>(self, value: Option<ValueSlot<T>>) -> JobHandle<T> {
        JobHandle {
            control: self.control,
            value,
        }
    }
}

impl<T> JobHandle<T> {
    /// Returns the id of the job.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let job = scheduler.try_submit(Job::new(|_| async {}))?;
    /// assert_eq!(scheduler.handle(job.id()).map(|same| same.id()), Some(job.id()));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> JobId {
        self.control.id()
    }

    /// Returns the name of the job, if it has one.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.submit(Job::new(|_| async {}).name("mail"))?;
    /// assert_eq!(job.name().as_deref(), Some("mail"));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.control.name()
    }

    /// Returns the present status of the job.
    ///
    /// ```
    /// use scheduler_core::{Job, job::JobStatus};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let later = Job::new(|_| async {}).after(std::time::Duration::from_secs(3600));
    /// assert_eq!(scheduler.submit(later)?.status(), JobStatus::Delayed);
    ///
    /// let now = scheduler.submit(Job::new(|_| async {}))?;
    /// now.wait_blocking()?;
    /// assert_eq!(now.status(), JobStatus::Finished);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> JobStatus {
        self.control.status()
    }

    /// Returns the state of the job. `None` if it has finished.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, job::CancelMode};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let job = scheduler.try_submit(Job::future(async {}).name("mail"))?;
    /// assert_eq!(job.info().expect("it has not started").attempt, 0);
    /// job.cancel(CancelMode::Immediate);
    /// assert!(job.info().is_none());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn info(&self) -> Option<JobInfo> {
        self.control.info()
    }

    /// Returns the progress that the job last reported.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.submit(Job::new(|job| async move { job.report_progress(0.5, "half") }))?;
    /// job.wait_blocking()?;
    /// let progress = job.progress().expect("the job reported it");
    /// assert_eq!((progress.fraction, &*progress.text), (0.5, "half"));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.control.progress()
    }

    /// Requests the cancellation of the job, without waiting for it. [`CancelMode`] says how the job
    /// ends.
    ///
    /// ```
    /// use scheduler_core::{JobOutcome, SchedulerExt, job::{CancelMode, CancelReason}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.spawn(std::future::pending::<()>())?;
    /// job.cancel(CancelMode::Immediate);
    /// assert!(matches!(job.wait_blocking()?, JobOutcome::Cancelled(CancelReason::Requested)));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self, mode: CancelMode) -> CancelStatus {
        self.control.cancel(mode)
    }

    /// Drops the type of the value, so that handles of different jobs fit into one collection.
    ///
    /// ```
    /// use scheduler_core::{JobHandle, SchedulerExt};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let number = scheduler.spawn_value(async { 7 })?;
    /// let text = scheduler.spawn_value(async { "seven" })?;
    /// let all: Vec<JobHandle> = vec![number.erase(), text.erase()];
    /// for job in all {
    ///     job.join_blocking()?;
    /// }
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn erase(self) -> JobHandle {
        JobHandle {
            control: self.control,
            value: None,
        }
    }
}

impl<T> Clone for JobHandle<T> {
    fn clone(&self) -> Self {
        Self {
            control: self.control.clone(),
            value: self.value.clone(),
        }
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("status", &self.status())
            .finish()
    }
}
