//! [`ScheduleHandle`]: reads, changes, runs and removes one schedule.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    Decision, Explanation, HistoryPage, ResumeFrom, ScheduleChange, ScheduleId, ScheduleInfo,
    control::ScheduleControl,
};
use crate::{
    Result,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    job::JobHandle,
    trigger::Trigger,
};

/// Handle to the schedule with an id: returned by [`add`](crate::SchedulerExt::add), or by
/// [`schedule`](crate::Scheduler::schedule) for any id.
///
/// A handle names its schedule by the id. After a replacement it acts on the new schedule (`SC-021`). If
/// no schedule has the id, every call returns [`UnknownSchedule`](crate::Error::UnknownSchedule)
/// (`SC-020`). [`history`](Self::history) and [`explain`](Self::explain) serve a removed schedule for a
/// while.
///
/// Clones are cheap. A handle keeps neither the schedule nor the scheduler alive. After the scheduler was
/// dropped, every call returns what it returns after a shutdown (`SC-022`).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{ErrorKind, Schedule, Scheduler, SchedulerExt, Task, trigger::Interval};
/// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
///
/// let hourly = Interval::every(Duration::from_secs(3_600))?;
/// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})).id("report"))?;
/// report.pause("the database moves")?;
/// assert!(scheduler.schedule(&"report".into()).info()?.is_paused());
///
/// report.remove()?;
/// assert_eq!(report.info().unwrap_err().kind(), ErrorKind::NotFound);
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ScheduleHandle {
    id: ScheduleId,
    control: Arc<dyn ScheduleControl>,
}

impl ScheduleHandle {
    /// Creates a handle to a schedule of a third-party scheduler. The schedule need not exist.
    #[must_use]
    pub const fn new(id: ScheduleId, control: Arc<dyn ScheduleControl>) -> Self {
        Self { id, control }
    }

    /// Returns the id of the schedule.
    ///
    /// ```
    /// use scheduler_core::Scheduler;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// assert_eq!(scheduler.schedule(&"report".into()).id().as_str(), "report");
    /// ```
    #[must_use]
    pub const fn id(&self) -> &ScheduleId {
        &self.id
    }

    /// Returns the settings and the state of the schedule.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})).tag("ops"))?;
    /// assert!(report.info()?.has_tag("ops"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    pub fn info(&self) -> Result<ScheduleInfo> {
        self.control.info(&self.id)
    }

    /// Returns the next `count` instants of the schedule, computed from its present settings. Returns
    /// fewer if its trigger ends before. A call returns at most 100,000 instants.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// let times = report.next_times(2)?;
    /// assert_eq!((times[1] - times[0]).num_minutes(), 60);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    pub fn next_times(&self, count: usize) -> Result<Vec<DateTime<Utc>>> {
        self.control.next_times(&self.id, count)
    }

    /// Changes the given settings, all of them or none. Running jobs continue.
    ///
    /// A different trigger begins to count now. An equal trigger, and any other setting, keeps the
    /// next instant. Due instants of the old trigger that have not started are recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{
    ///     Overlap, Schedule, SchedulerExt, Task, schedule::ScheduleChange, trigger::Interval,
    /// };
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// report.update(ScheduleChange::new().name("sales").overlap(Overlap::BufferOne))?;
    /// assert_eq!(report.info()?.name.as_deref(), Some("sales"));
    /// assert_eq!(report.info()?.overlap(), Overlap::BufferOne);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `ShutDown`. `InvalidConfig` if the settings
    /// would contradict each other.
    pub fn update(&self, change: ScheduleChange) -> Result<()> {
        self.control.update(&self.id, change)
    }

    /// Replaces the trigger: [`update`](Self::update) with nothing but a trigger.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let every = |seconds| Interval::every(Duration::from_secs(seconds));
    /// let report = scheduler.add(Schedule::new(every(3_600)?, Task::new(|_| async {})))?;
    /// report.reschedule(every(60)?)?;
    /// let times = report.next_times(2)?;
    /// assert_eq!((times[1] - times[0]).num_seconds(), 60);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`update`](Self::update).
    pub fn reschedule(&self, trigger: impl Trigger) -> Result<()> {
        self.update(ScheduleChange::new().trigger(trigger))
    }

    /// Pauses the schedule. No run of its instants begins until [`resume`](Self::resume); `reason` is
    /// shown with the schedule.
    ///
    /// Bodies that have begun continue. Jobs with a permit and jobs between two attempts wait, and
    /// buffered instants stay buffered. Jobs of [`run_now`](Self::run_now) and of backfills are not
    /// affected. Pausing again replaces the reason.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// report.pause("the database moves")?;
    /// let pause = report.info()?.paused.expect("it is paused");
    /// assert_eq!(&*pause.reason, "the database moves");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `ShutDown`.
    pub fn pause(&self, reason: &str) -> Result<()> {
        self.control.pause(&self.id, reason)
    }

    /// Resumes the schedule; `from` decides about the instants of the pause. Does nothing if the schedule
    /// is not paused.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, schedule::ResumeFrom, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let schedule = Schedule::new(hourly, Task::new(|_| async {})).paused("not yet");
    /// let report = scheduler.add(schedule)?;
    /// report.resume(ResumeFrom::Now)?;
    /// assert!(!report.info()?.is_paused());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `ShutDown`.
    pub fn resume(&self, from: ResumeFrom) -> Result<()> {
        self.control.resume(&self.id, from)
    }

    /// Removes the schedule: none of its jobs starts after this call.
    ///
    /// Jobs that wait, for a permit or for their next attempt, are cancelled; this includes jobs of
    /// [`run_now`](Self::run_now). Running attempts continue, and are not retried. Due instants that
    /// have not started are recorded as [`ScheduleRemoved`](crate::SkipReason::ScheduleRemoved).
    /// Running attempts do not count for the overlap policy of a later schedule under the same id. After a
    /// replacement ([`Conflict::Replace`](super::Conflict::Replace)) they do.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?.remove()?;
    /// assert!(scheduler.schedules().is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), also after the scheduler has shut down.
    pub fn remove(&self) -> Result<()> {
        self.control.remove(&self.id)
    }

    /// Runs the task now, in addition to the instants of the schedule. The overlap policy does not apply.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Blocking, Schedule, SchedulerExt, Shutdown, Task, trigger::Interval};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// scheduler.start()?;
    /// report.run_now()?.join_blocking()?;
    /// # scheduler.shutdown(Shutdown::graceful())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), `NotRunning` or `ShutDown`.
    pub fn run_now(&self) -> Result<JobHandle> {
        self.control.run_now(&self.id)
    }

    /// Runs the task once for each trigger instant in a range, past or future. Each run has its own
    /// nominal time.
    ///
    /// A backfill uses the trigger and the task that the schedule has now. It ignores the overlap
    /// and misfire policies, does not move the schedule's cursor, and runs while the schedule is
    /// paused; while the scheduler is paused, nothing starts. Removing the schedule or shutting down
    /// the scheduler ends the backfill, and its report says how far it came.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::{
    ///     Blocking, Schedule, SchedulerExt, Shutdown, Task, backfill::Backfill, trigger::Cron,
    /// };
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let daily = Cron::parse("@daily")?;
    /// let report = scheduler.add(Schedule::new(daily, Task::new(|_| async {})))?;
    /// scheduler.start()?;
    /// let last_week = Utc::now() - TimeDelta::days(7)..=Utc::now();
    /// let ran = report.backfill(Backfill::new(last_week).max_concurrent(2))?.wait_blocking()?;
    /// assert!(ran.succeeded >= 7);
    /// # scheduler.shutdown(Shutdown::graceful())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), `NotRunning` or `ShutDown`. `InvalidConfig` if
    /// the range ends before it begins, or if a limit of zero lets nothing run.
    pub fn backfill(&self, what: Backfill) -> Result<BackfillHandle> {
        self.control.backfill(&self.id, what)
    }

    /// Returns the instants that [`backfill`](Self::backfill) would run, in its order, without
    /// running them.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::{Schedule, SchedulerExt, Task, backfill::Backfill, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Cron::parse("@daily")?;
    /// let report = scheduler.add(Schedule::new(daily, Task::new(|_| async {})))?;
    /// let last_week = Utc::now() - TimeDelta::days(7)..=Utc::now();
    /// assert!(report.backfill_times(&Backfill::new(last_week))?.count() >= 7);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule). `InvalidConfig` as for
    /// [`backfill`](Self::backfill).
    pub fn backfill_times(&self, what: &Backfill) -> Result<BackfillTimes> {
        self.control.backfill_times(&self.id, what)
    }

    /// Returns the latest decisions about the instants of the schedule, oldest first. The schedule's
    /// [`history`](crate::Schedule::history) limits their number. The records of a removed schedule are
    /// kept for a while.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{
    ///     Blocking, Schedule, SchedulerExt, Shutdown, Task, schedule::RunCause, trigger::Interval,
    /// };
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let hourly = Interval::every(Duration::from_secs(3_600))?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// scheduler.start()?;
    /// report.run_now()?.join_blocking()?;
    /// assert_eq!(report.history()?[0].cause, RunCause::RunNow);
    /// # scheduler.shutdown(Shutdown::graceful())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    pub fn history(&self) -> Result<Vec<Decision>> {
        self.control.history(&self.id)
    }

    /// Returns a page of the decisions about the instants in a range, oldest first. An empty page is the last.
    /// See [`HistoryPage`] for a loop over all pages (`LG-010`).
    ///
    /// ```
    /// use chrono::Utc;
    /// use scheduler_core::{Schedule, SchedulerExt, Task, schedule::HistoryPage, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = scheduler.add(Schedule::new(Cron::parse("@hourly")?, Task::new(|_| async {})))?;
    /// let today = HistoryPage::new(chrono::DateTime::UNIX_EPOCH..=Utc::now()).limit(20);
    /// assert!(hourly.history_page(&today)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule). `InvalidConfig` if the range ends before it begins,
    /// or if the limit is zero.
    pub fn history_page(&self, page: &HistoryPage) -> Result<Vec<Decision>> {
        self.control.history_page(&self.id, page)
    }

    /// Explains why the schedule ran at an instant, or why it did not.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use scheduler_core::{Schedule, SchedulerExt, Task, schedule::Explanation, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let hourly = Cron::parse("@hourly")?;
    /// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
    /// let full_hour = DateTime::UNIX_EPOCH;
    /// let next = Some(full_hour + TimeDelta::hours(1));
    /// let between = full_hour + TimeDelta::minutes(5);
    /// assert_eq!(report.explain(between)?, Explanation::NoSuchInstant { next });
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    pub fn explain(&self, instant: DateTime<Utc>) -> Result<Explanation> {
        self.control.explain(&self.id, instant)
    }
}

impl fmt::Debug for ScheduleHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScheduleHandle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
