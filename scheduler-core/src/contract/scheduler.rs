//! The [`Scheduler`] trait: the interface of every scheduler, on every backend.

mod delegate;
mod end;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use self::end::request_and_wait;
use crate::{
    BackfillHandle, BoxFuture, EventFilter, EventStream, FailureWatch, FirstState, Listener,
    ListenerId, Metrics, Result, Schedule, ScheduleControl, ScheduleHandle, ScheduleId,
    ScheduleInfo, Shutdown, ShutdownReport, State,
    job::{CancelMode, CancelStatus, Job, JobHandle, JobId, JobInfo, JobResult},
    queue::{QueueHandle, QueueInfo, control::QueueControl},
};

/// A scheduler: accepts jobs and schedules, and runs them when they are due.
///
/// The trait is dyn-safe: a library takes `Arc<dyn Scheduler>` and leaves the choice of the executor
/// to its user. [`permit`](crate::permit) fixes which call is allowed in which state, and which
/// error it returns otherwise. Every implementation behaves the same.
///
/// Only calls that may wait are `async`. All others may be made from any thread, inside or outside
/// of any runtime.
///
/// Calls about one schedule are on the [`ScheduleHandle`] that [`schedule`](Self::schedule) and
/// [`add`](crate::SchedulerExt::add) return. Shorthands are in [`SchedulerExt`].
///
/// # To implement a scheduler
///
/// Implement the required methods, and [`ScheduleControl`] for the schedules. The provided methods are
/// complete: each is made of required ones. A wrapper that forwards the required methods forwards
/// every call. Override a provided method only to do the same at a lower cost.
///
/// # To submit a job
///
/// | call | queue is full | returns | use it |
/// |---|---|---|---|
/// | [`spawn`](crate::SchedulerExt::spawn)`(future)` | `QueueFull` | [`JobHandle<T>`](JobHandle), whose await returns the value | for a value back |
/// | [`submit_valued`](crate::SchedulerExt::submit_valued)`(job).await` | waits for a slot | [`JobHandle<T>`](JobHandle) | for a value back, where the producer can wait |
/// | [`try_submit_valued`](crate::SchedulerExt::try_submit_valued)`(job)` | `QueueFull` | [`JobHandle<T>`](JobHandle) | for a value back, with settings of the job |
/// | [`submit`](Self::submit)`(job).await` | waits for a slot | [`JobHandle`] | where the producer can wait |
/// | [`try_submit`](Self::try_submit)`(job)` | `QueueFull` | [`JobHandle`] | where the caller cannot wait |
/// | [`post`](Self::post)`(job)` | `QueueFull` | [`JobId`], without the allocation of a handle | for many jobs without a waiter |
///
/// [`SchedulerExt`]: crate::SchedulerExt
#[async_trait]
pub trait Scheduler: Send + Sync + 'static {
    /// Returns the name of the backend, for reports: `"tokio"`.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert_eq!(scheduler.backend(), "thread");
    /// ```
    fn backend(&self) -> &str;

    /// Returns the state of the lifecycle.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, State};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert_eq!(scheduler.state(), State::New);
    /// ```
    fn state(&self) -> State;

    /// Returns the counters.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// scheduler.post(Job::future(async {}))?;
    /// let metrics = scheduler.metrics();
    /// assert_eq!((metrics.accepted, metrics.queued), (1, 1));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn metrics(&self) -> Metrics;

    /// Starts the scheduler in a state of the caller's choice, as [`start`](Self::start) and
    /// [`start_paused`](Self::start_paused) do. Returns when the runtime has polled the driver for the
    /// first time.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, State, implement::block_on, lifecycle::FirstState};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// block_on(scheduler.start_in(FirstState::Paused))?;
    /// assert_eq!(scheduler.state(), State::Paused);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `AlreadyRunning` or `ShutDown`. `NoRuntime` or `Spawn` if the runtime refused the driver;
    /// the state is then `New` again, and the start can be repeated (`LC-019`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo the start, which continues in the background (`LC-020`).
    async fn start_in(&self, first: FirstState) -> Result<()>;

    /// Pauses the scheduler: no body begins between the return of this call and
    /// [`resume`](Self::resume) (`LC-026`). Bodies that have begun continue.
    ///
    /// A job that has a permit but has not begun returns the permit, and is the first to get it
    /// back. The call blocks while jobs cross the gate to their body, which takes a few
    /// instructions and runs no user code. Does nothing if the scheduler is paused.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// scheduler.pause()?;
    /// assert_eq!(scheduler.state(), State::Paused);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn pause(&self) -> Result<()>;

    /// Ends the pause. The misfire policy of each schedule decides about the instants that became
    /// due meanwhile (`LC-028`). Does nothing if the scheduler is not paused.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start_paused().await?;
    /// scheduler.resume()?;
    /// assert_eq!(scheduler.state(), State::Running);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn resume(&self) -> Result<()>;

    /// Begins a shutdown without waiting for its end. Jobs call this to shut down their own
    /// scheduler (`LC-013`). If a shutdown is in progress, only [`Shutdown::hurry`] changes it.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// scheduler.request_shutdown(Shutdown::graceful())?;
    /// scheduler.stopped().await?;
    /// assert_eq!(scheduler.state(), State::ShutDown);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn request_shutdown(&self, how: Shutdown) -> Result<()>;

    /// Waits until the scheduler has shut down, for whatever reason, and returns the report. Any
    /// number of callers may wait, in any state.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, event::StateCause, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// scheduler.request_shutdown(Shutdown::graceful())?;
    /// assert_eq!(scheduler.stopped().await?.cause, StateCause::Requested);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` inside a job, listener or error handler of this scheduler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    async fn stopped(&self) -> Result<Arc<ShutdownReport>>;

    /// Waits until no job runs and none is due. While the scheduler is paused, waits until no job
    /// runs.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, Shutdown, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// scheduler.post(Job::future(async {}))?;
    /// scheduler.wait_idle().await?;
    /// assert_eq!(scheduler.metrics().succeeded, 1);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotRunning` before the start, `WouldDeadlock` inside a job, listener or error handler of this
    /// scheduler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    async fn wait_idle(&self) -> Result<()>;

    /// Records failures for the shutdown report until the returned guard is dropped, at most 10,000
    /// (`AJ-021`). Without a guard the report names only failures during the shutdown.
    ///
    /// [`wait_and_close`](crate::SchedulerExt::wait_and_close) and
    /// [`run_scoped`](crate::SchedulerExt::run_scoped) hold such a guard themselves.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, Shutdown, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// let _watch = scheduler.watch_failures();
    /// let job = Job::new(|_| async { Err::<(), _>("no such file") });
    /// scheduler.try_submit(job)?.wait().await?;
    /// assert_eq!(scheduler.shutdown(Shutdown::graceful()).await?.failed.len(), 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn watch_failures(&self) -> FailureWatch;

    /// Returns a future that completes after `duration` on the clock of the scheduler. It works in
    /// every state.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// let begin = std::time::Instant::now();
    /// let ten = std::time::Duration::from_millis(10);
    /// scheduler.sleep(ten).await;
    /// assert!(begin.elapsed() >= ten);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Submits a job. If the queue is full, waits for a slot in the order of the calls (`AJ-004`).
    /// The next free slot is reserved for the first waiter, even before its future is polled again
    /// (`AJ-022`).
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, Shutdown, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// for page in 1..=3 {
    ///     scheduler.submit(Job::future(async move { println!("page {page}") })).await?;
    /// }
    /// scheduler.wait_idle().await?;
    /// assert_eq!(scheduler.metrics().succeeded, 3);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `ShutDown`; the job is dropped without running. `WouldDeadlock` inside a job if jobs that wait
    /// for a slot or a permit hold every permit (`AJ-023`), and inside a listener or error handler
    /// if the call would have to wait.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the job is dropped without being submitted.
    async fn submit(&self, job: Job) -> Result<JobHandle>;

    /// Submits a job without waiting. Before the start the job waits in the queue.
    ///
    /// Slots that are reserved for waiting [`submit`](Self::submit) calls are not available: with
    /// three free slots and two waiters, one call succeeds and the next returns `QueueFull`
    /// (`AJ-022`).
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Job, Options, Scheduler};
    ///
    /// let options = Options::default().queue_limit(1);
    /// let scheduler = backend_thread::ThreadScheduler::with_options(Default::default(), options)?;
    /// let _first = scheduler.try_submit(Job::future(async {}))?;
    /// let refused = scheduler.try_submit(Job::future(async {}));
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::QueueFull);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `QueueFull` or `ShutDown`; the job is dropped without running (`LC-023`).
    fn try_submit(&self, job: Job) -> Result<JobHandle>;

    /// Returns a handle to wait for or to cancel an unfinished job, also one from [`post`](Self::post).
    /// `None` if the job has finished or never existed.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, job::CancelMode};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::future(async {}))?;
    /// scheduler.handle(id).expect("it has not started").cancel(CancelMode::Immediate);
    /// assert!(scheduler.handle(id).is_none());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn handle(&self, id: JobId) -> Option<JobHandle>;

    /// Returns the durable jobs, if the scheduler has a store: [`Options::store`](crate::Options::store). A wrapper
    /// forwards this call too, because no required method leads to a store.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert!(scheduler.durable().is_none(), "the options have no store");
    /// ```
    #[cfg(feature = "store")]
    fn durable(&self) -> Option<crate::store::Durable> {
        None
    }

    /// Returns how a finished job ended, with its value, if its policy
    /// [keeps](crate::job::JobPolicy::keep_result) the result and the time has not ended (`JB-021`). It can be read
    /// any number of times, also after the shutdown.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{ErrorKind, Job, Scheduler, job::CancelMode};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::new(|_| async {}).keep_result(Duration::from_secs(60)))?;
    /// assert_eq!(scheduler.result(id).unwrap_err().kind(), ErrorKind::NotFinished);
    /// scheduler.cancel(id, CancelMode::Immediate);
    /// assert_eq!(scheduler.result(id)?.attempts, 0);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownJob`](crate::Error::UnknownJob) if no job has had this id, else a
    /// [`ResultError`](crate::job::ResultError).
    fn result(&self, id: JobId) -> Result<JobResult>;

    /// Returns all jobs that have not finished.
    ///
    /// A job that failed is among them until its error handler has returned: it has no outcome before.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::future(async {}).name("mail"))?;
    /// let jobs = scheduler.jobs();
    /// assert_eq!((jobs[0].id, jobs[0].name.as_deref()), (id, Some("mail")));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn jobs(&self) -> Vec<JobInfo>;

    /// Returns a stream of the events from now on that match `filter`. It buffers a bounded number of
    /// events; a slow reader receives [`Lagged`](crate::EventKind::Lagged) in place of the oldest
    /// ones. The stream ends when the scheduler has shut down.
    ///
    /// For an unfinished job the stream has only the later events: for a running job, the end
    /// without the start (`EV-002`). To miss no job, subscribe first and call [`jobs`](Self::jobs)
    /// afterwards: it lists every job that has not ended.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut events = scheduler.subscribe(EventFilter::jobs());
    /// let id = scheduler.post(Job::future(async {}))?;
    /// let event = events.try_next().expect("the job was scheduled");
    /// assert!(matches!(event.kind, EventKind::JobScheduled { job, .. } if job == id));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn subscribe(&self, filter: EventFilter) -> EventStream;

    /// Calls `listener` for each event from now on that matches `filter`. For unfinished jobs it
    /// gets the same events as a stream of [`subscribe`](Self::subscribe).
    ///
    /// ```
    /// use scheduler_core::{
    ///     Event, EventFilter, EventKind, Scheduler, Shutdown, State, implement::block_on,
    /// };
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// let (sender, heard) = std::sync::mpsc::channel();
    /// let listener = move |event: &Event| drop(sender.send(event.kind.clone()));
    /// scheduler.add_listener(EventFilter::scheduler(), std::sync::Arc::new(listener));
    /// scheduler.start().await?;
    /// let first = heard.recv().expect("the listener was called");
    /// assert!(matches!(first, EventKind::StateChanged { to: State::Starting, .. }));
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId;

    /// Removes a listener. Returns whether it was registered. When this returns, no call of the
    /// listener is running, and none begins (`EV-007`).
    ///
    /// The call blocks the thread while the listener runs. Inside a job, a listener or an error
    /// handler it does not block, because the running call could be the caller itself. A listener
    /// that waits for the thread that removes it deadlocks.
    ///
    /// ```
    /// use scheduler_core::{Event, EventFilter, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let listener = std::sync::Arc::new(|event: &Event| println!("{event:?}"));
    /// let id = scheduler.add_listener(EventFilter::all(), listener);
    /// assert!(scheduler.remove_listener(id));
    /// assert!(!scheduler.remove_listener(id));
    /// ```
    fn remove_listener(&self, id: ListenerId) -> bool;

    /// Returns the schedules of this scheduler. [`ScheduleHandle`]s and the calls about schedules are
    /// made of it.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Scheduler, implement::ScheduleControl};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let schedules = scheduler.schedule_control();
    /// assert!(schedules.list().is_empty());
    /// assert_eq!(schedules.info(&"report".into()).unwrap_err().kind(), ErrorKind::NotFound);
    /// ```
    fn schedule_control(&self) -> Arc<dyn ScheduleControl>;

    /// Returns what carries out the calls about queues. Users call [`queue`](Self::queue) and
    /// [`queues`](Self::queues).
    fn queue_control(&self) -> Arc<dyn QueueControl>;

    /// Starts the scheduler: jobs and schedules that become due run from now on. Returns when the
    /// runtime has polled the driver for the first time.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// assert_eq!(scheduler.state(), State::Running);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `AlreadyRunning` or `ShutDown`. `NoRuntime` or `Spawn` if the runtime refused the driver; the
    /// state is `New` again then, and the start can be repeated (`LC-019`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo the start, which continues in the background (`LC-020`).
    async fn start(&self) -> Result<()> {
        self.start_in(FirstState::Running).await
    }

    /// Starts the scheduler in the state [`Paused`](State::Paused): nothing runs until
    /// [`resume`](Self::resume).
    ///
    /// ```
    /// use scheduler_core::{Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start_paused().await?;
    /// assert_eq!(scheduler.state(), State::Paused);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has the same effect as for [`start`](Self::start).
    async fn start_paused(&self) -> Result<()> {
        self.start_in(FirstState::Paused).await
    }

    /// Shuts the scheduler down permanently and waits for the end. `how` decides which jobs may
    /// still run. If a shutdown is in progress, the call joins it and returns the same report.
    ///
    /// At the end every outcome is set and every error handler has returned, or has used up its
    /// [grace](crate::Options::handler_grace).
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, Shutdown, State, implement::block_on};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start().await?;
    /// let last = scheduler.try_submit(Job::future(async {}))?;
    /// scheduler.shutdown(Shutdown::graceful()).await?;
    /// last.await?; // it has run to its end
    /// assert_eq!(scheduler.state(), State::ShutDown);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotRunning` before the start (the state stays `New`), `ShutDown` after the end, and
    /// `WouldDeadlock` inside a job, listener or error handler of this scheduler.
    /// [`Error::Abandoned`](crate::Error::Abandoned) if jobs ignored their cancellation.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the wait, not the shutdown.
    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        request_and_wait(self, how).await
    }

    /// Submits a job as [`try_submit`](Self::try_submit) does, but returns only its id and allocates no
    /// handle. [`handle`](Self::handle) creates one later, if it is needed after all.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, job::JobStatus};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::future(async {}))?;
    /// let handle = scheduler.handle(id).expect("it has not started");
    /// assert_eq!(handle.status(), JobStatus::Queued);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Self::try_submit).
    fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Requests the cancellation of a job. Returns `TooLate` if the job has finished, and `Unknown` if no job
    /// of this scheduler has had the id (`JB-020`). The default implementation cannot tell the two apart, and
    /// returns `TooLate` for both.
    ///
    /// ```
    /// use scheduler_core::{Job, JobId, Scheduler, job::{CancelMode, CancelStatus}};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::future(async {}))?;
    /// assert_eq!(scheduler.cancel(id, CancelMode::Immediate), CancelStatus::Prevented);
    /// assert_eq!(scheduler.cancel(id, CancelMode::Immediate), CancelStatus::TooLate);
    ///
    /// let other = JobId::from_bits(u64::MAX);
    /// assert_eq!(scheduler.cancel(other, CancelMode::Immediate), CancelStatus::Unknown);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        let handle = self.handle(job);
        handle.map_or(CancelStatus::TooLate, |job| job.cancel(mode))
    }

    /// Adds all of the schedules or none of them, and returns their handles in the same order. They
    /// become due from now on, or from the start. If an id exists, the
    /// [`Conflict`](crate::Conflict) policy of its schedule decides.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = |id: &str| {
    ///     let midnight = Cron::parse("@daily")?;
    ///     Ok::<_, scheduler_core::Error>(Schedule::new(midnight, Task::new(|_| async {})).id(id))
    /// };
    /// let added = scheduler.add_all(vec![daily("mail")?, daily("report")?])?;
    /// assert_eq!(added[1].id().as_str(), "report");
    ///
    /// let refused = scheduler.add_all(vec![daily("backup")?, daily("report")?]);
    /// assert!(refused.is_err() && scheduler.schedules().len() == 2);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `DuplicateId` or `ShutDown`. `InvalidConfig` if the settings of a schedule contradict each other.
    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        let added = self.schedule_control().add_all(schedules)?;
        Ok(added.iter().map(|id| self.schedule(id)).collect())
    }

    /// Returns a handle to the schedule with this id, whether it exists or not. The calls of the
    /// handle return [`UnknownSchedule`](crate::Error::UnknownSchedule) while it does not exist
    /// (`SC-020`).
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let report = scheduler.schedule(&"report".into());
    /// assert_eq!(report.info().unwrap_err().kind(), ErrorKind::NotFound);
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// assert_eq!(report.info()?.id, *report.id());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    fn schedule(&self, id: &ScheduleId) -> ScheduleHandle {
        ScheduleHandle::new(id.clone(), self.schedule_control())
    }

    /// Returns all schedules, ordered by id.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// assert_eq!(scheduler.schedules()[0].id.as_str(), "report");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn schedules(&self) -> Vec<ScheduleInfo> {
        self.schedule_control().list()
    }

    /// Returns a handle to the queue with this name, whether it exists or not. The calls of the handle return
    /// [`UnknownQueue`](crate::Error::UnknownQueue) if it does not.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// scheduler.queue("default").pause("the database moves")?;
    /// let unknown = scheduler.queue("mail").pause("the server moves").unwrap_err();
    /// assert_eq!(unknown.kind(), ErrorKind::NotFound);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    fn queue(&self, name: &str) -> QueueHandle {
        QueueHandle::new(name.into(), self.queue_control())
    }

    /// Returns all queues, [`DEFAULT`](crate::queue::DEFAULT) first, the others in the order in which the
    /// options added them.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let names: Vec<_> = scheduler.queues().into_iter().map(|queue| queue.name).collect();
    /// assert_eq!(names, ["default".into()]);
    /// ```
    fn queues(&self) -> Vec<QueueInfo> {
        self.queue_control().list()
    }

    /// Returns the backfills that are in progress, oldest first.
    ///
    /// ```
    /// use scheduler_core::{
    ///     Schedule, Scheduler, SchedulerExt, Shutdown, Task, backfill::Backfill,
    ///     implement::block_on, trigger::Cron,
    /// };
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # block_on(async {
    ///
    /// scheduler.start_paused().await?;
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// let report = scheduler.add(daily)?;
    /// let now = chrono::Utc::now();
    /// let week = report.backfill(Backfill::new(now - chrono::TimeDelta::days(7)..=now))?;
    /// assert_eq!(scheduler.backfills()[0].id(), week.id());
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn backfills(&self) -> Vec<BackfillHandle> {
        self.schedule_control().backfills()
    }
}

pub(crate) use delegate::delegate_scheduler;

delegate_scheduler!([S: Scheduler + ?Sized] Arc<S> => Arc::as_ref);
