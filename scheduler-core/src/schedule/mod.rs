//! Work that recurs: a task, a trigger, and what to do when the two meet trouble.

mod backfill;
mod change;
mod decision;
mod id;
mod info;
mod misfire;
mod overlap;
mod policies;
mod run;
mod tags;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    backfill::{
        Backfill, BackfillControl, BackfillEnd, BackfillFailure, BackfillHandle, BackfillId,
        BackfillOrder, BackfillReport, BackfillTimes, Rerun,
    },
    change::{Conflict, ResumeFrom, ScheduleChange},
    decision::{Decision, Explanation, SkipReason, Verdict},
    id::ScheduleId,
    info::{Pause, ScheduleEnd, ScheduleInfo},
    misfire::{Hours, Misfire, MisfirePolicy, Which},
    overlap::Overlap,
    run::{Count, RunCause, RunFacts, Span},
};
pub(crate) use self::{
    backfill::{BackfillCell, BackfillHost},
    info::Definition,
    policies::{Label, Policies},
};
use crate::{
    Result, Task,
    engine::Compared,
    panic::Contained,
    trigger::{Asked, Timeline, Trigger},
};

/// A task, when to run it, and the policies for when that does not go smoothly.
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
    /// Asked once, where user code may be called.
    pub(crate) timeline: Timeline,
    /// Asked once, too.
    pub(crate) asked: Asked,
    pub(crate) task: Task,
    pub(crate) policies: Policies,
    pub(crate) label: Label,
    pub(crate) conflict: Conflict,
    pub(crate) paused: Option<Arc<str>>,
    pub(crate) paused_since: Option<DateTime<Utc>>,
    pub(crate) next: Option<DateTime<Utc>>,
    /// How far its timeline lags behind the wall clock when it becomes live.
    pub(crate) lag: TimeDelta,
    /// How its rule compares with the one it takes the place of, once that is known.
    pub(crate) compared: Option<Compared>,
}

impl Schedule {
    /// Runs `task` whenever `trigger` is due.
    pub fn new(trigger: impl Trigger, task: Task) -> Self {
        Self::with_trigger(Arc::new(trigger), task)
    }

    /// The same for a trigger that is shared or whose type is not known.
    #[must_use]
    pub fn with_trigger(trigger: Arc<dyn Trigger>, task: Task) -> Self {
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
            compared: None,
        }
    }

    /// Checks that its settings make sense, and its names.
    pub(crate) fn validate(&self) -> Result<()> {
        self.id.iter().try_for_each(ScheduleId::validate)?;
        self.label.validate()?;
        self.policies.validate()
    }

    /// Under this id; without one the scheduler gives it a number.
    #[must_use]
    pub fn id(mut self, id: impl Into<ScheduleId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What to do if there is a schedule of that id already. Refused by default.
    #[must_use]
    pub fn on_conflict(mut self, conflict: Conflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// Under this name, for people. Its jobs are called by the name of its task.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.label.name = Some(name.into());
        self
    }

    /// With this tag as well.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.label.tags.add(tag.into());
        self
    }

    /// With this note under that key.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.label.metadata.insert(key.into(), value.into());
        self
    }

    /// Paused from the beginning: it is there, and runs nothing until it is resumed.
    #[must_use]
    pub fn paused(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.paused = Some(reason.into());
        self
    }

    /// Goes on where an earlier one stood: it waits for `next`, which has to be an instant of its
    /// trigger, instead of the first one from now on. What has passed since goes by its misfire
    /// policy. If it takes the place of another one, what is due of that before `next` is recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged).
    ///
    /// ```
    /// # use scheduler_core::{Misfire, MisfirePolicy, Schedule, Task, trigger::Cron};
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

    /// What to do about instants that were noticed too late.
    #[must_use]
    pub fn misfire(mut self, misfire: Misfire) -> Self {
        self.policies.misfire = misfire;
        self
    }

    /// Runs that are later than the grace start within these hours only; what they would have been
    /// for is missed. The start counts: a run that had to wait for a permit may have become late.
    #[must_use]
    pub fn only_within(mut self, hours: Hours) -> Self {
        self.policies.hours = Some(hours);
        self
    }

    /// What to do when an instant is due while an earlier run is still going.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policies.overlap = overlap;
        self
    }

    /// How many runs may be waiting or going before the overlap policy has a say. One by default.
    #[must_use]
    pub fn max_instances(mut self, limit: usize) -> Self {
        self.policies.max_instances = limit;
        self
    }

    /// How many instants are kept at most to run later. 1,000 by default.
    #[must_use]
    pub fn buffer_limit(mut self, limit: usize) -> Self {
        self.policies.buffer_limit = limit;
        self
    }

    /// Overlaps with the runs of all schedules of this group, not just with its own. Each schedule
    /// keeps its own policy and limit.
    #[must_use]
    pub fn group(mut self, group: impl Into<Arc<str>>) -> Self {
        self.policies.group = Some(group.into());
        self
    }

    /// Shifts each start by up to `limit`, by a hash of the id and the instant: the same shift in
    /// every process and every run, never as far as the following instant. The instant that the run
    /// is for stays what it is.
    #[must_use]
    pub fn jitter(mut self, limit: Duration) -> Self {
        self.policies.jitter = limit;
        self
    }

    /// Pauses the schedule when so many of its runs in a row have failed, with the last error as the
    /// reason. A run counts once, after all its attempts; one that was cancelled, never began or was
    /// asked for by [`run_now`](crate::Scheduler::run_now) does not count. A success, a resumption
    /// and another task begin anew. Never by default.
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

    /// How many decisions are remembered for [`history`](crate::Scheduler::history); by default
    /// what [`Options::history`](crate::Options::history) says.
    #[must_use]
    pub fn history(mut self, decisions: usize) -> Self {
        self.policies.history = Some(decisions);
        self
    }
}
