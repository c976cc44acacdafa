//! [`Schedule`]: a task, a trigger and policies.

mod change;
mod compared;
mod cursor;
mod decision;
mod id;
mod info;
mod misfire;
mod overlap;
mod policies;
pub(crate) mod repeats;
mod run;
pub(crate) mod search;
mod tags;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    change::{Conflict, ResumeFrom, ScheduleChange},
    decision::{Decision, Explanation, SkipReason, Verdict},
    id::ScheduleId,
    info::{Pause, ScheduleEnd, ScheduleInfo},
    misfire::{Hours, Misfire, MisfirePolicy, Which},
    overlap::Overlap,
    run::{Count, RunCause, RunFacts, Span},
};
pub(crate) use self::{
    compared::Compared,
    cursor::{Cursor, Decided},
    info::Definition,
    policies::{Label, Policies},
};
pub(crate) use crate::backfill::{
    BackfillAnswer, BackfillCell, BackfillHost, BackfillQuestion, Live,
};
use crate::{
    Result, Task,
    base::panic::Contained,
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
    /// Read from the trigger once, without a lock: triggers are user code.
    pub(crate) timeline: Timeline,
    /// Read from the trigger once, too.
    pub(crate) asked: Asked,
    pub(crate) task: Task,
    pub(crate) policies: Policies,
    pub(crate) label: Label,
    pub(crate) conflict: Conflict,
    pub(crate) paused: Option<Arc<str>>,
    pub(crate) paused_since: Option<DateTime<Utc>>,
    pub(crate) next: Option<DateTime<Utc>>,
    /// Difference between the wall clock and the timeline of the schedule when it starts.
    pub(crate) lag: TimeDelta,
    /// Decisions of an earlier scheduler about it.
    pub(crate) decided: Decided,
    /// Result of comparing the trigger with the one that it replaces, once known.
    pub(crate) compared: Option<Compared>,
}

impl Schedule {
    /// Creates a schedule that runs `task` at each instant of `trigger`, which may be an
    /// `Arc<dyn Trigger>`.
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
            lag: TimeDelta::zero(),
            decided: Decided::default(),
            compared: None,
        }
    }

    /// Validates the settings and the names.
    pub(crate) fn validate(&self) -> Result<()> {
        self.id.iter().try_for_each(ScheduleId::validate)?;
        self.label.validate()?;
        self.policies.validate()
    }

    /// Sets the id. Without one, the scheduler generates a number.
    #[must_use]
    pub fn id(mut self, id: impl Into<ScheduleId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the policy for an id that exists. By default [`add`](crate::Scheduler::add) refuses it.
    #[must_use]
    pub fn on_conflict(mut self, conflict: Conflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// Sets a name for people. Jobs have the name of the task.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.label.name = Some(name.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.label.tags.add(tag.into());
        self
    }

    /// Sets the metadata value of a key.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.label.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds the schedule in a paused state: it runs nothing until it is resumed.
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

    /// Sets the policy for late instants.
    #[must_use]
    pub fn misfire(mut self, misfire: Misfire) -> Self {
        self.policies.misfire = misfire;
        self
    }

    /// Restricts runs later than the grace to these hours; outside of them they are missed. The time
    /// of the start counts: a run that waits for a permit may become late.
    #[must_use]
    pub fn late_hours(mut self, hours: Hours) -> Self {
        self.policies.hours = Some(hours);
        self
    }

    /// Sets the policy for an instant that is due while an earlier run is active.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policies.overlap = overlap;
        self
    }

    /// Sets how many runs may be active before the overlap policy applies. One by default.
    ///
    /// No body begins beside as many others as the limit allows at that time, unless the policy is
    /// [`Overlap::AllowAll`]. Runs that were accepted before a lower limit was set wait for others to end.
    #[must_use]
    pub fn max_instances(mut self, limit: usize) -> Self {
        self.policies.max_instances = limit;
        self
    }

    /// Sets the maximum number of buffered runs. 1,000 by default.
    #[must_use]
    pub fn buffer_limit(mut self, limit: usize) -> Self {
        self.policies.buffer_limit = limit;
        self
    }

    /// Puts the schedule into a group. The active runs of all schedules of the group count for the
    /// overlap policy. Each schedule keeps its own policy and limit.
    #[must_use]
    pub fn group(mut self, group: impl Into<Arc<str>>) -> Self {
        self.policies.group = Some(group.into());
        self
    }

    /// Delays each start by up to `limit`, and by less than the time to the next instant. A hash of
    /// the id and the instant decides, so the delay is the same in every process. The nominal time
    /// does not change.
    #[must_use]
    pub fn jitter(mut self, limit: Duration) -> Self {
        self.policies.jitter = limit;
        self
    }

    /// Pauses the schedule after `limit` consecutive failed runs, with the last error as the reason.
    /// Never by default.
    ///
    /// A run counts once, after its last attempt. Runs that were cancelled or never began, and runs of
    /// [`run_now`](crate::Scheduler::run_now), do not count. A success, a resumption and a new task
    /// reset the count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use scheduler_core::{Schedule, Task, trigger::Interval};
    /// let hourly = Interval::every(Duration::from_secs(3600))?;
    /// let import = Task::new(|_| async { Err::<(), _>("the file is not there") });
    /// let schedule = Schedule::new(hourly, import).id("import").pause_after_failures(3);
    /// # let _ = schedule;
    /// # Ok::<(), scheduler_core::trigger::TriggerError>(())
    /// ```
    #[must_use]
    pub fn pause_after_failures(mut self, limit: usize) -> Self {
        self.policies.failure_limit = Some(limit);
        self
    }

    /// Sets the number of records that are kept for [`history`](crate::Scheduler::history). The
    /// default is [`Options::history`](crate::Options::history).
    #[must_use]
    pub fn history(mut self, decisions: usize) -> Self {
        self.policies.history = Some(decisions);
        self
    }
}
