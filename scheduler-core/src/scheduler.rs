//! The interface every scheduler has, whatever it runs on.

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

/// A scheduler: takes jobs and schedules, runs them when they are due.
///
/// The trait can be made into an object: a library takes `Arc<dyn Scheduler>` and leaves the choice
/// of the executor to its user. What each call answers in each state is fixed by
/// [`permit`](crate::permit) and the same for every implementation.
///
/// Only calls that may wait are asynchronous; the others may be made from any thread, inside or
/// outside of any runtime.
#[async_trait]
pub trait Scheduler: Send + Sync + 'static {
    /// The name of the backend, for reports: `"tokio"`.
    fn backend(&self) -> &str;

    /// Where it stands.
    fn state(&self) -> State;

    /// Starts it: what is due from now on runs. Returns when the runtime has taken it up.
    ///
    /// # Errors
    ///
    /// `AlreadyRunning`, `ShutDown`; `NoRuntime` or `Spawn` if the runtime could not take it: it is
    /// `New` again then, and may be started again (`LC-019`).
    ///
    /// # Cancel safety
    ///
    /// A dropped future does not undo the start: it goes on by itself (`LC-020`).
    async fn start(&self) -> Result<()>;

    /// As [`start`](Self::start), but [`Paused`](State::Paused).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// As [`start`](Self::start).
    async fn start_paused(&self) -> Result<()>;

    /// Holds everything that is due until [`resume`](Self::resume). Jobs whose bodies have begun go
    /// on. No body begins after this has returned (`LC-026`): a job that has a permit and has not
    /// begun gives it back, and gets it again before all others. Waits for jobs that are about to
    /// begin, a few instructions long. Does nothing if it is paused already.
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn pause(&self) -> Result<()>;

    /// Goes on after a pause; what became due meanwhile goes by each schedule's misfire policy
    /// (`LC-028`). Does nothing if it is not paused.
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn resume(&self) -> Result<()>;

    /// Shuts it down, for good, and waits for the end; joins a shutdown that is going on. What still
    /// runs says [`Shutdown`]. At the end every outcome is set and every error handler has returned,
    /// within the [grace](crate::Options::handler_grace).
    ///
    /// # Errors
    ///
    /// `NotRunning` before the start (the state stays `New`), `ShutDown` after the end,
    /// `WouldDeadlock` from inside an own job, listener or handler;
    /// [`Error::Abandoned`](crate::Error::Abandoned) if jobs had to be left behind.
    ///
    /// # Cancel safety
    ///
    /// A dropped future stops the waiting, not the shutdown.
    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>>;

    /// Begins a shutdown without waiting for it; the way to do it from inside a job (`LC-013`).
    /// Joins one that is going on, and changes nothing about it unless told to
    /// [hurry](Shutdown::hurry).
    ///
    /// # Errors
    ///
    /// `NotRunning`, `ShutDown`.
    fn request_shutdown(&self, how: Shutdown) -> Result<()>;

    /// Waits until it has shut down, however that came about. Any number may wait, at any time.
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` from inside an own job, listener or handler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    async fn stopped(&self) -> Result<Arc<ShutdownReport>>;

    /// Waits until nothing runs and nothing is due; while paused, until nothing runs.
    ///
    /// # Errors
    ///
    /// `NotRunning` before the start, `WouldDeadlock` from inside an own job, listener or handler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    async fn wait_idle(&self) -> Result<()>;

    /// Has failures noted until the answer is dropped: the report of a shutdown that ends meanwhile
    /// tells of them too, of the first 10,000 (`AJ-021`). Without it a report begins with the shutdown.
    /// [`wait_and_close`](crate::SchedulerExt::wait_and_close) and
    /// [`run_scoped`](crate::SchedulerExt::run_scoped) do so by themselves.
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
    /// A scheduler that leaves this as it is notes nothing.
    fn watch_failures(&self) -> FailureWatch {
        FailureWatch::default()
    }

    /// A sleep on the scheduler's clock, in whatever state it is.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Submits a job; waits for room if the queue is full, first come, first served (`AJ-004`). A
    /// caller that waits has the next place (`AJ-022`): no other gets it, also not before the future
    /// is polled again.
    ///
    /// # Errors
    ///
    /// `ShutDown`: the job has been dropped without being run. `WouldDeadlock` inside a job, if every
    /// permit is held by jobs that wait for a slot or for a permit (`AJ-023`), and inside a listener or
    /// handler if the call would have to wait.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has submitted nothing; the job is dropped with it.
    async fn submit(&self, job: Job) -> Result<JobHandle>;

    /// Submits a job, or refuses it at once. Before the start it is kept until then.
    ///
    /// It takes a place that nobody waits for: with three of them free and two callers waiting in
    /// [`submit`](Self::submit), one such job is taken, and the next is refused. Places are counted
    /// exactly, at every moment (`AJ-022`).
    ///
    /// # Errors
    ///
    /// `QueueFull`, `ShutDown`: the job has been dropped without being run (`LC-023`).
    fn try_submit(&self, job: Job) -> Result<JobHandle>;

    /// As [`try_submit`](Self::try_submit) for a job that nobody is going to wait for: cheaper.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Self::try_submit).
    fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Asks a job to end; `TooLate` if there is no such job any more.
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus;

    /// Adds a schedule; it is live from now on, or from the start. If there is one of its id, its
    /// [`Conflict`](crate::Conflict) policy says what happens.
    ///
    /// # Errors
    ///
    /// `DuplicateId`, `ShutDown`; `InvalidConfig` if its settings make no sense.
    fn add(&self, schedule: Schedule) -> Result<ScheduleId>;

    /// Adds several schedules, all of them or none; answers their ids in the same order.
    ///
    /// By default they are added one after the other, and those before the one that is refused are
    /// removed again.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), for the first one that is refused.
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

    /// Removes a schedule: nothing of it starts any more. Jobs of it that wait, also for their next
    /// attempt, are cancelled, whatever asked for them; running attempts end as they would, and are
    /// the last ones. What is due and has not started is recorded as
    /// [`ScheduleRemoved`](crate::SkipReason::ScheduleRemoved).
    ///
    /// # Errors
    ///
    /// `NotFound`, also after the end of the scheduler.
    fn remove(&self, id: &ScheduleId) -> Result<()>;

    /// Changes a schedule: all that is named, or nothing. Runs that are going go on. Another trigger
    /// counts from now; everything else, an equal trigger too, leaves the next instant as it is. What
    /// is due of the old trigger is recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged).
    ///
    /// # Errors
    ///
    /// `NotFound`, `ShutDown`; `InvalidConfig` if the settings would make no sense.
    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let _ = (id, change);
        Err(Error::Unsupported { call: "update" })
    }

    /// Pauses one schedule, for the reason given: it stays, is shown with the reason, and starts
    /// nothing until it is resumed. Runs of its instants whose bodies have begun go on; the others
    /// wait, also those that have a permit or are to be tried again, and instants that are kept stay
    /// kept. Runs on request and backfills are not held. Pausing it again changes the reason.
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

    /// Lets a paused schedule go on, from where `from` says. Does nothing if it is not paused.
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

    /// What became of a schedule's instants, oldest first: the latest decisions, as many as its
    /// [`history`](Schedule::history) says. Those of schedules that are gone are kept for a while.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        let _ = id;
        Err(Error::Unsupported { call: "history" })
    }

    /// Why a schedule ran at an instant, or did not.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        let _ = (id, instant);
        Err(Error::Unsupported { call: "explain" })
    }

    /// Runs a schedule's task now, besides its instants and whatever its overlap policy.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotRunning`, `ShutDown`.
    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle>;

    /// Runs the instants of a range that is over, or of any other, on request: each with its own
    /// nominal time, beside the schedule, whose cursor, overlap policy and misfire policy it leaves
    /// alone. A paused schedule is backfilled as well; while the scheduler is paused, nothing starts.
    /// Trigger and task are those of this moment. The removal of the schedule and the shutdown end
    /// the backfill, and its report says where it stood.
    ///
    /// ```
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::Backfill;
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
    /// `NotFound`, `NotRunning`, `ShutDown`; `InvalidConfig` if the range ends before it begins, or
    /// nothing could run.
    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let _ = (id, what);
        Err(Error::Unsupported { call: "backfill" })
    }

    /// The instants that [`backfill`](Self::backfill) would run, in its order, without running them.
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

    /// The backfills that are going, the oldest first.
    fn backfills(&self) -> Vec<BackfillHandle> {
        Vec::new()
    }

    /// A schedule, by its id.
    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo>;

    /// All schedules, by id.
    fn schedules(&self) -> Vec<ScheduleInfo>;

    /// The next `count` instants of a schedule, as things stand; fewer if it ends before.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>>;

    /// The jobs that have not ended.
    fn jobs(&self) -> Vec<JobInfo>;

    /// A job, by its id; `None` if it has ended.
    fn job(&self, id: JobId) -> Option<JobInfo> {
        self.jobs().into_iter().find(|job| job.id == id)
    }

    /// A handle to a job that has not ended, also to one that was posted: to wait for it, or to
    /// cancel it. A scheduler that keeps no way back to its jobs answers `None`.
    fn handle(&self, _id: JobId) -> Option<JobHandle> {
        None
    }

    /// The wanted events from now on, for a task to read at its own pace. After the end there are
    /// none: the stream is closed.
    fn subscribe(&self, filter: EventFilter) -> EventStream;

    /// Has `listener` called with the wanted events from now on.
    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId;

    /// Removes a listener; returns whether there was one. No call of it begins after this has
    /// returned, and one that has begun has returned by then (`EV-007`).
    ///
    /// Inside a job, a listener or a handler it does not wait for a call that has begun: that could
    /// be the caller itself, or a listener that removes the caller. Elsewhere it blocks the thread for
    /// that long. A listener that waits for the thread that removes it waits for ever.
    fn remove_listener(&self, id: ListenerId) -> bool;

    /// The counters.
    fn metrics(&self) -> Metrics;
}

pub(crate) use delegate::delegate_scheduler;

delegate_scheduler!([S: Scheduler + ?Sized] Arc<S> => Arc::as_ref);
