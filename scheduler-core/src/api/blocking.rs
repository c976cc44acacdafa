//! [`Blocking`]: waiting calls for plain threads.

use std::{ops::Deref, sync::Arc, time::Duration};

use crate::{
    Job, JobHandle, Result, Scheduler, SchedulerExt, Shutdown, ShutdownReport,
    job::{ValuedJob, caller::block_on_call},
};

/// A scheduler whose waiting calls block the thread, for programs without `async`.
///
/// It dereferences to the scheduler, for the calls that do not wait. Inside an asynchronous job, a
/// listener or an error handler every waiting call returns `WouldDeadlock` and does nothing (`RT-009`).
#[derive(Debug, Clone)]
pub struct Blocking<S>(S);

impl<S: Scheduler> Blocking<S> {
    /// Wraps a scheduler.
    ///
    /// ```
    /// use backend_thread::{ThreadRuntime, ThreadScheduler};
    /// use scheduler_core::{Blocking, Scheduler, State};
    ///
    /// let scheduler = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    /// // Calls that do not wait are those of `Scheduler`.
    /// assert_eq!(scheduler.state(), State::New);
    /// ```
    pub const fn new(scheduler: S) -> Self {
        Self(scheduler)
    }

    /// Returns the scheduler.
    ///
    /// ```
    /// use backend_thread::{ThreadRuntime, ThreadScheduler};
    /// use scheduler_core::{Blocking, Scheduler, State};
    ///
    /// let blocking = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    /// blocking.start()?;
    /// let scheduler: ThreadScheduler = blocking.into_inner();
    /// assert_eq!(scheduler.state(), State::Running);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    pub fn into_inner(self) -> S {
        self.0
    }

    /// Calls [`Scheduler::start`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Blocking, ErrorKind, Scheduler, State};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// scheduler.start()?;
    /// assert_eq!(scheduler.state(), State::Running);
    /// assert_eq!(scheduler.start().unwrap_err().kind(), ErrorKind::AlreadyRunning);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn start(&self) -> Result<()> {
        block_on_call(self.0.start())
    }

    /// Calls [`Scheduler::start_paused`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Scheduler, State};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// scheduler.start_paused()?;
    /// assert_eq!(scheduler.state(), State::Paused);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn start_paused(&self) -> Result<()> {
        block_on_call(self.0.start_paused())
    }

    /// Calls [`Scheduler::shutdown`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Scheduler, Shutdown, State};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let report = scheduler.shutdown(Shutdown::graceful())?;
    /// assert!(report.failed.is_empty());
    /// assert_eq!(scheduler.state(), State::ShutDown);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.shutdown(how))
    }

    /// Calls [`Scheduler::stopped`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Scheduler, Shutdown};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// scheduler.request_shutdown(Shutdown::graceful())?;
    /// assert_eq!(scheduler.stopped()?.unstarted, 0);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.stopped())
    }

    /// Calls [`Scheduler::wait_idle`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// for _ in 0..10 {
    ///     scheduler.post(Job::new(|_| async {}))?;
    /// }
    /// scheduler.wait_idle()?;
    /// assert_eq!(scheduler.metrics().succeeded, 10);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn wait_idle(&self) -> Result<()> {
        block_on_call(self.0.wait_idle())
    }

    /// Calls [`SchedulerExt::wait_and_close`], and blocks the thread until it completes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Blocking, Job, Scheduler, Shutdown, State};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// scheduler.post(Job::new(|_| async {}))?;
    /// let report = scheduler.wait_and_close(Duration::from_secs(5), Shutdown::immediate())?;
    /// assert!(report.cancelled.is_empty(), "the job had five seconds");
    /// assert_eq!(scheduler.state(), State::ShutDown);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn wait_and_close(&self, limit: Duration, then: Shutdown) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.wait_and_close(limit, then))
    }

    /// Starts the scheduler, calls `body`, waits until no job runs, and shuts down; the blocking
    /// counterpart of [`SchedulerExt::run_scoped`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Blocking, SchedulerExt};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let (sum, report) = scheduler.run_scoped(Duration::from_secs(5), || {
    ///     let two = scheduler.spawn_value(async { 2 })?;
    ///     let three = scheduler.spawn_value(async { 3 })?;
    ///     Ok::<_, scheduler_core::Error>(two.join_blocking()? + three.join_blocking()?)
    /// })?;
    /// assert_eq!(sum?, 5);
    /// assert!(report.failed.is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn run_scoped<T: Send>(
        &self,
        limit: Duration,
        body: impl FnOnce() -> T + Send,
    ) -> Result<(T, Arc<ShutdownReport>)> {
        block_on_call(self.0.run_scoped(limit, async { body() }))
    }

    /// Calls [`Scheduler::submit`], and blocks the thread until it completes.
    ///
    /// ```
    /// use scheduler_core::{Job, Options};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue_limit(1);
    /// # let scheduler = scheduler_core::Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
    /// # scheduler.start()?;
    /// // Each call waits until the queue has a free slot.
    /// for _ in 0..100 {
    ///     scheduler.submit(Job::new(|_| async {}))?;
    /// }
    /// # scheduler.wait_idle()?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn submit(&self, job: Job) -> Result<JobHandle> {
        block_on_call(self.0.submit(job))
    }

    /// Submits a job whose handle returns its value. If the queue is full, waits for a slot.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Shutdown, job::ValuedJob};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let port = ValuedJob::future(async { "8080".parse::<u16>() });
    /// assert_eq!(scheduler.submit_valued(port)?.join_blocking()?, 8080);
    /// # scheduler.shutdown(Shutdown::graceful())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::submit`].
    pub fn submit_valued<T: Send + 'static>(&self, job: ValuedJob<T>) -> Result<JobHandle<T>> {
        block_on_call(self.0.submit_valued(job))
    }
}

impl<S> Deref for Blocking<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}
