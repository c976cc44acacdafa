//! The [`Scheduler`] trait: the interface of every scheduler, on every backend.

mod delegate;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    Backfill, BackfillHandle, BackfillTimes, BoxFuture, Decision, Error, EventFilter, EventStream,
    Explanation, FailureWatch, Listener, ListenerId, Metrics, Result, ResumeFrom, Schedule,
    ScheduleChange, ScheduleId, ScheduleInfo, Shutdown, ShutdownReport, State,
    job::{CancelMode, CancelStatus, Job, JobHandle, JobId, JobInfo},
};

/// A scheduler: accepts jobs and schedules, and runs them when they are due.
///
/// The trait is dyn-safe: a library takes `Arc<dyn Scheduler>` and leaves the choice of the executor
/// to its user. [`permit`](crate::permit) fixes which call is allowed in which state, and which
/// error it returns otherwise. Every implementation behaves the same.
///
/// Only calls that may wait are `async`. All others may be made from any thread, inside or outside
/// of any runtime.
#[async_trait]
pub trait Scheduler: Send + Sync + 'static {
    /// The name of the backend, for reports: `"tokio"`.
    fn backend(&self) -> &str;

    /// Returns the state of the lifecycle.
    fn state(&self) -> State;

    /// Starts the scheduler: jobs and schedules that become due run from now on. Returns when the
    /// runtime has polled the driver for the first time.
    ///
    /// # Errors
    ///
    /// `AlreadyRunning` or `ShutDown`. `NoRuntime` or `Spawn` if the runtime refused the driver; the
    /// state is `New` again then, and the start can be repeated (`LC-019`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo the start, which continues in the background (`LC-020`).
    async fn start(&self) -> Result<()>;

    /// Starts the scheduler in the state [`Paused`](State::Paused): nothing runs until
    /// [`resume`](Self::resume).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// As [`start`](Self::start).
    async fn start_paused(&self) -> Result<()>;

    /// Pauses the scheduler: no body begins between the return of this call and
    /// [`resume`](Self::resume) (`LC-026`). Bodies that have begun continue.
    ///
    /// A job that has a permit but has not begun returns the permit, and is the first to get it
    /// back. The call blocks while jobs cross the gate to their body, which takes a few
    /// instructions and runs no user code. Does nothing if the scheduler is paused.
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn pause(&self) -> Result<()>;

    /// Ends the pause. The misfire policy of each schedule decides about the instants that became
    /// due meanwhile (`LC-028`). Does nothing if the scheduler is not paused.
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn resume(&self) -> Result<()>;

    /// Shuts the scheduler down permanently and waits for the end. `how` decides which jobs may
    /// still run. If a shutdown is in progress, the call joins it and returns the same report.
    ///
    /// At the end every outcome is set and every error handler has returned, or has used up its
    /// [grace](crate::Options::handler_grace).
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
    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>>;

    /// Begins a shutdown without waiting for its end. Jobs call this to shut down their own
    /// scheduler (`LC-013`). If a shutdown is in progress, only [`Shutdown::hurry`] changes it.
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn request_shutdown(&self, how: Shutdown) -> Result<()>;

    /// Waits until the scheduler has shut down, for whatever reason, and returns the report. Any
    /// number of callers may wait, in any state.
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
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::{Job, Shutdown};
    ///
    /// let _watch = scheduler.watch_failures();
    /// scheduler.try_submit(Job::new(|_| async { Err::<(), _>("no such file") }))?.wait().await?;
    /// assert_eq!(scheduler.shutdown(Shutdown::graceful()).await?.failed.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The default implementation records nothing.
    fn watch_failures(&self) -> FailureWatch {
        FailureWatch::default()
    }

    /// Returns a future that completes after `duration` on the clock of the scheduler. It works in
    /// every state.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Submits a job. If the queue is full, waits for a slot in the order of the calls (`AJ-004`).
    /// The next free slot is reserved for the first waiter, even before its future is polled again
    /// (`AJ-022`).
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
    /// # Errors
    ///
    /// `QueueFull` or `ShutDown`; the job is dropped without running (`LC-023`).
    fn try_submit(&self, job: Job) -> Result<JobHandle>;

    /// Submits a job as [`try_submit`](Self::try_submit) does, but returns only its id. Creating no
    /// handle is cheaper.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Self::try_submit).
    fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Requests the cancellation of a job. Returns `TooLate` if the job has finished or never
    /// existed.
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus;

    /// Adds a schedule. It becomes due from now on, or from the start. If its id exists, its
    /// [`Conflict`](crate::Conflict) policy decides.
    ///
    /// # Errors
    ///
    /// `DuplicateId` or `ShutDown`. `InvalidConfig` if its settings contradict each other.
    fn add(&self, schedule: Schedule) -> Result<ScheduleId>;

    /// Adds all of the schedules or none of them, and returns their ids in the same order.
    ///
    /// The default implementation adds one after the other. If one is refused, it removes those
    /// that it has added.
    ///
    /// # Errors
    ///
    /// The error of [`add`](Self::add) for the first schedule that is refused.
    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        let mut added = Vec::new();
        for schedule in schedules {
            match self.add(schedule) {
                Ok(id) => added.push(id),
                Err(error) => {
                    added.iter().for_each(|id| drop(self.remove(id)));
                    return Err(error);
                }
            }
        }
        Ok(added)
    }

    /// Removes a schedule: none of its jobs starts after this call.
    ///
    /// Jobs that wait, for a permit or for their next attempt, are cancelled; this includes jobs of
    /// [`run_now`](Self::run_now). Running attempts continue, and are not retried. Due instants that
    /// have not started are recorded as [`ScheduleRemoved`](crate::SkipReason::ScheduleRemoved).
    ///
    /// # Errors
    ///
    /// `NotFound`, also after the scheduler has shut down.
    fn remove(&self, id: &ScheduleId) -> Result<()>;

    /// Changes the given settings of a schedule, all of them or none. Running jobs continue.
    ///
    /// A different trigger begins to count now. An equal trigger, and any other setting, keeps the
    /// next instant. Due instants of the old trigger that have not started are recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged).
    ///
    /// # Errors
    ///
    /// `NotFound` or `ShutDown`. `InvalidConfig` if the settings would contradict each other.
    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let _ = (id, change);
        Err(Error::Unsupported { call: "update" })
    }

    /// Pauses one schedule. No run of its instants begins until
    /// [`resume_schedule`](Self::resume_schedule); `reason` is shown with the schedule.
    ///
    /// Bodies that have begun continue. Jobs with a permit and jobs between two attempts wait, and
    /// buffered instants stay buffered. Jobs of [`run_now`](Self::run_now) and of backfills are not
    /// affected. Pausing again replaces the reason.
    ///
    /// # Errors
    ///
    /// `NotFound`, `ShutDown`.
    fn pause_schedule(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        let _ = (id, reason);
        Err(Error::Unsupported {
            call: "pause_schedule",
        })
    }

    /// Resumes a paused schedule; `from` decides about the instants of the pause. Does nothing if
    /// the schedule is not paused.
    ///
    /// # Errors
    ///
    /// `NotFound`, `ShutDown`.
    fn resume_schedule(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        let _ = (id, from);
        Err(Error::Unsupported {
            call: "resume_schedule",
        })
    }

    /// Returns the latest decisions about a schedule's instants, oldest first. The schedule's
    /// [`history`](Schedule::history) limits their number. The records of a removed schedule are
    /// kept for a while.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        let _ = id;
        Err(Error::Unsupported { call: "history" })
    }

    /// Explains why a schedule ran at an instant, or why it did not.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        let _ = (id, instant);
        Err(Error::Unsupported { call: "explain" })
    }

    /// Runs the task of a schedule now, in addition to its instants. The overlap policy does not
    /// apply.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotRunning`, `ShutDown`.
    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle>;

    /// Runs the task once for each trigger instant in a range, past or future. Each run has its own
    /// nominal time.
    ///
    /// A backfill uses the trigger and the task that the schedule has now. It ignores the overlap
    /// and misfire policies, does not move the schedule's cursor, and runs while the schedule is
    /// paused; while the scheduler is paused, nothing starts. Removing the schedule or shutting down
    /// the scheduler ends the backfill, and its report says how far it came.
    ///
    /// ```
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::backfill::Backfill;
    ///
    /// let yesterday = Utc::now() - TimeDelta::days(1)..=Utc::now();
    /// let what = Backfill::new(yesterday).max_concurrent(2);
    /// let id = "report".into();
    /// println!("would run {} times", scheduler.backfill_times(&id, &what)?.count());
    /// println!("{}", scheduler.backfill(&id, what)?.wait().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotRunning` or `ShutDown`. `InvalidConfig` if the range ends before it begins, or
    /// if a limit of zero lets nothing run.
    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let _ = (id, what);
        Err(Error::Unsupported { call: "backfill" })
    }

    /// Returns the instants that [`backfill`](Self::backfill) would run, in its order, without
    /// running them.
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidConfig` as for [`backfill`](Self::backfill).
    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        let _ = (id, what);
        Err(Error::Unsupported {
            call: "backfill_times",
        })
    }

    /// Returns the backfills that are in progress, oldest first.
    fn backfills(&self) -> Vec<BackfillHandle> {
        Vec::new()
    }

    /// Returns the schedule with this id.
    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo>;

    /// Returns all schedules, ordered by id.
    fn schedules(&self) -> Vec<ScheduleInfo>;

    /// Returns the next `count` instants of a schedule, computed from its present settings. Returns
    /// fewer if its trigger ends before.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>>;

    /// Returns all jobs that have not finished.
    ///
    /// A job that failed is among them until its error handler has returned: it has no outcome before.
    fn jobs(&self) -> Vec<JobInfo>;

    /// Returns the job with this id, or `None` if it has finished.
    fn job(&self, id: JobId) -> Option<JobInfo> {
        self.jobs().into_iter().find(|job| job.id == id)
    }

    /// Returns a handle to wait for or to cancel an unfinished job, also one from
    /// [`post`](Self::post). The default implementation returns `None`.
    fn handle(&self, _id: JobId) -> Option<JobHandle> {
        None
    }

    /// Returns a stream of the events from now on that match `filter`. It buffers a bounded number of
    /// events; a slow reader receives [`Lagged`](crate::EventKind::Lagged) in place of the oldest
    /// ones. The stream ends when the scheduler has shut down.
    ///
    /// Of a job that is under way, the stream has the events that are still to come. Of a job that
    /// runs, it has the end without the start (`EV-002`). To miss no job, subscribe first and call
    /// [`jobs`](Self::jobs) afterwards: it lists every job that has not ended.
    fn subscribe(&self, filter: EventFilter) -> EventStream;

    /// Calls `listener` for each event from now on that matches `filter`. Of a job that is under way
    /// it hears what [`subscribe`](Self::subscribe) would have.
    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId;

    /// Removes a listener. Returns whether it was registered. When this returns, no call of the
    /// listener is running, and none begins (`EV-007`).
    ///
    /// The call blocks the thread while the listener runs. Inside a job, a listener or an error
    /// handler it does not block, because the running call could be the caller itself. A listener
    /// that waits for the thread that removes it deadlocks.
    fn remove_listener(&self, id: ListenerId) -> bool;

    /// Returns the counters.
    fn metrics(&self) -> Metrics;
}

pub(crate) use delegate::delegate_scheduler;

delegate_scheduler!([S: Scheduler + ?Sized] Arc<S> => Arc::as_ref);
