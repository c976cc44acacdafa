//! [`JobScope`]: a group of jobs that are waited for and cancelled together.

mod members;
mod report;

use std::{future::Future, sync::Arc, time::Duration};

use self::members::Members;
pub use self::report::ScopeReport;
use crate::{
    Result, Scheduler, SchedulerExt,
    job::{CancelMode, IntoJobResult, Job, JobHandle, JobId, ValuedJob},
};

/// A group of jobs on a scheduler that may run other jobs too.
///
/// [`drain`](Self::drain) ends the scope and waits for all of its jobs. If the last clone of the
/// scope is dropped before, for example by a panic, the jobs are cancelled. Clones share one scope,
/// so a job that holds a clone can add jobs to it.
///
/// ```
/// # async fn demo(scheduler: std::sync::Arc<dyn scheduler_core::Scheduler>) -> scheduler_core::Result<()> {
/// use scheduler_core::{Job, scope::JobScope};
///
/// let scope = JobScope::new(scheduler);
/// for page in 1..=3 {
///     scope.post(Job::future(async move { println!("page {page}") }))?;
/// }
/// let report = scope.drain().await?;
/// assert_eq!(report.succeeded, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "dropping a scope cancels its jobs: call `drain`"]
pub struct JobScope<S: Scheduler> {
    scheduler: S,
    members: Arc<Members>,
}

impl<S: Scheduler> JobScope<S> {
    /// Creates a scope for jobs of `scheduler`.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// scope.spawn(async {})?;
    /// scope.spawn(async {})?;
    /// assert_eq!(scope.drain().await?.succeeded, 2);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(scheduler: S) -> Self {
        Self {
            scheduler,
            members: Arc::default(),
        }
    }

    /// Returns the scheduler of the scope.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, State, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// assert_eq!(scope.scheduler().state(), State::Running);
    /// # scope.drain().await?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn scheduler(&self) -> &S {
        &self.scheduler
    }

    /// Calls [`SchedulerExt::spawn`] and adds the job to the scope.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// let port = scope.spawn(async { "8080".parse::<u16>() })?;
    /// assert_eq!(port.await?, 8080);
    /// # scope.drain().await?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`SchedulerExt::spawn`].
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let handle = self.scheduler.spawn(future)?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Calls [`SchedulerExt::spawn_value`] and adds the job to the scope.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// assert_eq!(scope.spawn_value(async { 6 * 7 })?.await?, 42);
    /// # scope.drain().await?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`SchedulerExt::spawn_value`].
    #[track_caller]
    pub fn spawn_value<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let handle = self.scheduler.spawn_value(future)?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Calls [`Scheduler::submit`] and adds the job to the scope.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// for part in 0..3 {
    ///     scope.submit(Job::new(move |_| async move { println!("part {part}") })).await?;
    /// }
    /// assert_eq!(scope.drain().await?.succeeded, 3);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::submit`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the job is dropped without being submitted.
    pub async fn submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.submit(job).await?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// Calls [`Scheduler::try_submit`] and adds the job to the scope.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Job, Options, Scheduler, scope::JobScope};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue_limit(1);
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// let scope = JobScope::new(scheduler);
    /// let first = scope.try_submit(Job::new(|_| async {}))?;
    /// let full = scope.try_submit(Job::new(|_| async {})).unwrap_err();
    /// assert_eq!(full.kind(), ErrorKind::QueueFull);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::try_submit`].
    pub fn try_submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.try_submit(job)?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// Submits a job of the scope that keeps its value, as [`submit_valued`](SchedulerExt::submit_valued) does.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, job::ValuedJob, scope::JobScope};
    /// # let scheduler = std::sync::Arc::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// let port = ValuedJob::new(|_| async { "8080".parse::<u16>() }).with(|job| job.name("port"));
    /// let port = scope.submit_valued(port).await?;
    /// assert_eq!(scope.drain().await?.succeeded, 1);
    /// assert_eq!(port.await?, 8080);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::submit`].
    pub async fn submit_valued<T: Send + 'static>(
        &self,
        job: ValuedJob<T>,
    ) -> Result<JobHandle<T>> {
        let handle = self.scheduler.submit_valued(job).await?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Submits a job of the scope that keeps its value, without waiting.
    ///
    /// ```
    /// use scheduler_core::{SchedulerExt, job::ValuedJob, scope::JobScope};
    /// # let scheduler = std::sync::Arc::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// let port = scope.try_submit_valued(ValuedJob::future(async { "8080".parse::<u16>() }))?;
    /// assert!(port.outcome().is_none(), "the scheduler has not started");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::try_submit`].
    pub fn try_submit_valued<T: Send + 'static>(&self, job: ValuedJob<T>) -> Result<JobHandle<T>> {
        let handle = self.scheduler.try_submit_valued(job)?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Submits a job as [`try_submit`](Self::try_submit) does, but returns only its id.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// scope.post(Job::new(|_| async {}))?;
    /// assert_eq!(scope.drain().await?.succeeded, 1);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::try_submit`].
    pub fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Requests the cancellation of every job of the scope.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, job::CancelMode, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// scope.spawn(std::future::pending::<()>())?;
    /// scope.cancel(CancelMode::Immediate);
    /// assert_eq!(scope.drain().await?.cancelled.len(), 1);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self, mode: CancelMode) {
        self.members.cancel(mode);
    }

    /// Waits until every job of the scope has finished, including jobs that are added meanwhile.
    ///
    /// ```
    /// use scheduler_core::{Options, Scheduler, failure::JobFailure, scope::JobScope};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    /// # let quiet = Options::default().on_error(|_: &JobFailure| ());
    /// # let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), quiet)?;
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// scope.spawn(async {})?;
    /// scope.spawn(async { Err::<(), _>("no disk") })?;
    /// let report = scope.drain().await?;
    /// assert_eq!(report.succeeded, 1);
    /// assert_eq!(report.failed[0].error.to_string(), "no disk");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` inside a job of the scope itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the scope and cancels its jobs.
    pub async fn drain(self) -> Result<ScopeReport> {
        while let Some(job) = self.members.first() {
            let outcome = job.wait().await?;
            self.members.ended(&job, outcome);
        }
        Ok(self.members.report())
    }

    /// Waits as [`drain`](Self::drain) does. After `limit` it requests the cancellation of the
    /// remaining jobs, and waits until they have finished.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Scheduler, job::CancelMode, scope::JobScope};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let scope = JobScope::new(scheduler.clone());
    /// scope.spawn(std::future::pending::<()>())?;
    /// let report = scope.drain_within(Duration::from_millis(5), CancelMode::Immediate).await?;
    /// assert_eq!(report.cancelled.len(), 1);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`drain`](Self::drain).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the same effect as for [`drain`](Self::drain).
    pub async fn drain_within(self, limit: Duration, mode: CancelMode) -> Result<ScopeReport> {
        let end = self.scheduler.sleep(limit);
        let members = self.members.clone();
        let mut drain = std::pin::pin!(self.drain());
        let in_time = crate::contract::timeout::first_of(drain.as_mut(), end).await;
        match in_time {
            Some(report) => report,
            None => {
                members.cancel(mode);
                drain.await
            }
        }
    }
}
