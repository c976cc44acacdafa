//! [`Schedule`]: a task, a trigger and policies.

mod change;
mod chosen_instants;
mod compared;
mod conflict;
pub(crate) mod control;
mod cursor;
mod decision;
mod handle;
mod history_page;
mod id;
mod info;
mod misfire;
mod overlap;
mod policies;
pub(crate) mod repeats;
mod resume;
mod run;
pub(crate) mod search;
mod setters;
mod tags;
#[cfg(feature = "store")]
pub(crate) mod whole_micros;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    change::ScheduleChange,
    conflict::Conflict,
    decision::{Decision, Explanation, SkipReason, Verdict},
    handle::ScheduleHandle,
    history_page::HistoryPage,
    id::ScheduleId,
    info::{Pause, ScheduleEnd, ScheduleInfo},
    misfire::{Hours, Misfire, MisfirePolicy, Which},
    overlap::Overlap,
    resume::ResumeFrom,
    run::{Count, RunCause, RunFacts, RunReport, Span},
};
pub(crate) use self::{
    compared::Compared,
    cursor::{Cursor, Decided},
    history_page::Identity,
    info::Definition,
    policies::{Label, Policies},
};
pub(crate) use crate::backfill::{
    BackfillAnswer, BackfillCell, BackfillHost, BackfillQuestion, Live,
};
use crate::{
    Result, Task,
    base::panic::Contained,
    contract::names::check_text,
    trigger::{Asked, Timeline, Trigger, shared},
};

/// A task, the trigger that makes it due, and the policies for late and overlapping runs.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Overlap, Schedule, Task, trigger::Interval};
///
/// let every = Interval::every(Duration::from_secs(10))?;
/// let schedule = Schedule::new(every, Task::new(|_| async { println!("tick") }))
///     .id("tick")
///     .tag("demo")
///     .overlap(Overlap::Skip)
///     .jitter(Duration::from_secs(2));
/// # Ok::<(), scheduler_core::trigger::TriggerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(crate) id: Option<ScheduleId>,
    pub(crate) trigger: Contained<Arc<dyn Trigger>>,
    /// Timeline of the trigger. It is read once, without a lock, because triggers are user code.
    pub(crate) timeline: Timeline,
    /// Where to call the trigger. It is read from the trigger once, without a lock.
    pub(crate) asked: Asked,
    pub(crate) task: Task,
    pub(crate) policies: Policies,
    pub(crate) label: Label,
    pub(crate) conflict: Conflict,
    pub(crate) paused: Option<Arc<str>>,
    pub(crate) paused_since: Option<DateTime<Utc>>,
    pub(crate) next: Option<DateTime<Utc>>,
    /// Time from which the instants count, if it is not that of the addition.
    pub(crate) live_since: Option<DateTime<Utc>>,
    /// Difference between the wall clock and the timeline of the schedule when it starts.
    pub(crate) lag: TimeDelta,
    /// Instants that an earlier scheduler has decided, for an imported schedule.
    pub(crate) decided: Decided,
    /// Result of comparing the trigger with the one that it replaces, once known.
    pub(crate) compared: Option<Compared>,
}

impl Schedule {
    /// Creates a schedule that runs `task` at each instant of `trigger`, which may be an
    /// `Arc<dyn Trigger>`.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use scheduler_core::{Schedule, Task, Trigger, trigger::{Cron, Interval}};
    ///
    /// let morning = Schedule::new(Cron::parse("0 9 * * *")?, Task::new(|_| async { println!("hello") }));
    /// let shared: Arc<dyn Trigger> = Arc::new(Interval::every(Duration::from_secs(60))?);
    /// let poll = Schedule::new(shared, Task::blocking(|_| println!("poll")));
    /// # let _ = (morning, poll);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    pub fn new(trigger: impl Trigger, task: Task) -> Self {
        let trigger = shared(trigger);
        Self {
            id: None,
            timeline: trigger.timeline(),
            asked: Asked::of(&*trigger),
            trigger: Contained::new(trigger),
            task,
            policies: Policies::default(),
            label: Label::default(),
            conflict: Conflict::default(),
            paused: None,
            paused_since: None,
            next: None,
            live_since: None,
            lag: TimeDelta::zero(),
            decided: Decided::default(),
            compared: None,
        }
    }

    /// Validates the settings and the names.
    pub(crate) fn validate(&self) -> Result<()> {
        self.id.iter().try_for_each(ScheduleId::validate)?;
        self.label.validate()?;
        if let Some(reason) = &self.paused {
            check_text("paused", reason)?;
        }
        self.policies.validate()
    }

    /// Sets the id. Without one, the scheduler generates a number.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).id("tick"))?;
    /// assert_eq!(scheduler.schedules()[0].id.as_str(), "tick");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(mut self, id: impl Into<ScheduleId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the policy for an id that exists. By default [`add`](crate::SchedulerExt::add) refuses it.
    ///
    /// ```
    /// use scheduler_core::{Schedule, schedule::Conflict};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// let tick = Schedule::new(every, task).id("tick");
    /// scheduler.add(tick.clone())?;
    /// assert!(scheduler.add(tick.clone()).is_err());
    /// scheduler.add(tick.name("replaced").on_conflict(Conflict::Replace))?;
    /// assert_eq!(scheduler.schedules()[0].name.as_deref(), Some("replaced"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_conflict(mut self, conflict: Conflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// Sets a name for people. Jobs have the name of the task.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).id("tick").name("Every minute"))?;
    /// let info = &scheduler.schedules()[0];
    /// assert_eq!((info.id.as_str(), info.name.as_deref()), ("tick", Some("Every minute")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.label.name = Some(name.into());
        self
    }

    /// Adds a tag.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).id("tick").tag("demo"))?;
    /// assert_eq!(scheduler.schedules_tagged("demo").len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.label.tags.add(tag.into());
        self
    }

    /// Sets the metadata value of a key.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).metadata("owner", "ops"))?;
    /// assert_eq!(&*scheduler.schedules()[0].metadata["owner"], "ops");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.label.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds the schedule in a paused state: it runs nothing until it is resumed.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).paused("until the migration is done"))?;
    /// let info = &scheduler.schedules()[0];
    /// let pause = info.paused.as_ref().expect("it was added in a pause");
    /// assert_eq!(&*pause.reason, "until the migration is done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn paused(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.paused = Some(reason.into());
        self
    }

    /// Sets the next instant, which must be an instant of the trigger. Without this call it is the
    /// first instant from now on.
    ///
    /// Instants between `next` and now follow the misfire policy. In a replacement, due instants
    /// before `next` are recorded as [`ScheduleChanged`](crate::SkipReason::ScheduleChanged).
    ///
    /// ```
    /// # use scheduler_core::{Misfire, Schedule, Task, schedule::MisfirePolicy, trigger::Cron};
    /// let task = Task::new(|_| async { println!("report") });
    /// let daily = Schedule::new(Cron::parse("@daily")?, task)
    ///     .misfire(Misfire::policy(MisfirePolicy::FireAll { max: 7 }))
    ///     .waiting_for("2026-01-01T00:00:00Z".parse().unwrap());
    /// # let _ = daily;
    /// # Ok::<(), scheduler_core::trigger::CronError>(())
    /// ```
    #[must_use]
    pub fn waiting_for(mut self, next: DateTime<Utc>) -> Self {
        self.next = Some(next);
        self
    }
}
