//! What the engine knows of one schedule.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    clock::Timelines, footing::Footing, lanes::Lane, ledger::Ledger, pacing::Pacing,
    repeats::Passes, slab::Key,
};
use crate::{
    Now, Pause, Schedule, ScheduleEnd, ScheduleId, ScheduleInfo, Task,
    panic::Contained,
    schedule::{Definition, Label, Policies},
    trigger::{Asked, Timeline, Trigger},
};

/// A schedule. What nearly all of them need is here, the rest apart.
pub(crate) struct ScheduleRecord {
    pub(super) id: ScheduleId,
    pub(super) trigger: Contained<Arc<dyn Trigger>>,
    /// Its rule as it was defined, if that was relative and has become absolute.
    pub(super) relative: Option<Contained<Arc<dyn Trigger>>>,
    pub(super) task: Task,
    /// `None` for the default ones.
    pub(super) policies: Option<Arc<Policies>>,
    pub(super) label: Option<Box<Label>>,
    pub(super) held: Option<Box<Held>>,
    /// The instant it waits for.
    pub(super) nominal: Option<DateTime<Utc>>,
    /// How far the start for that instant is shifted.
    pub(super) shift: TimeDelta,
    /// The deadline of that start, if it is armed.
    pub(super) due: Option<u64>,
    /// Goes up with everything that makes an answer of its trigger void.
    pub(super) revision: u32,
    /// Which readings its trigger goes by.
    pub(super) timeline: Timeline,
    /// What those go by if they are of elapsed time.
    pub(super) footing: Footing,
    /// Where its trigger is asked.
    pub(super) asked: Asked,
    /// How many questions to its members the trigger took the last time.
    pub(super) last_cost: u32,
    /// It is off the list, and kept only for its runs.
    pub(super) over: bool,
    /// Why it waits for no instant, although it is on the list.
    pub(super) ended: Option<ScheduleEnd>,
    /// Present from the first decision on.
    pub(super) life: Option<Box<Life>>,
}

/// What has become of a schedule so far.
#[derive(Default)]
pub(crate) struct Life {
    /// Its runs, unless it shares a group's lane.
    pub(super) lane: Lane,
    pub(super) ledger: Ledger,
    /// Runs that wait until it is resumed, and the numbers of their claims.
    pub(super) parked: Vec<(u32, Key)>,
    /// Catch-up runs whose turn comes later.
    pub(super) pacing: Pacing,
    pub(super) started: u64,
    pub(super) skipped: u64,
    /// How many runs in a row have failed.
    pub(super) failures: usize,
    pub(super) last: Option<DateTime<Utc>>,
    /// What it had decided when the wall clock was set back.
    pub(super) passes: Option<Arc<Passes>>,
    /// Since when it has had the rule that it has, if it had another one before; on the wall clock.
    pub(super) ruled_since: Option<DateTime<Utc>>,
}

/// A pause, as it is kept.
pub(crate) struct Held {
    pub(super) pause: Pause,
    /// When it began, on the timeline of the schedule.
    pub(super) reading: DateTime<Utc>,
}

impl Held {
    /// A pause that began then: by the wall clock, and on the timeline of the schedule.
    pub(super) const fn new(
        reason: Arc<str>,
        since: DateTime<Utc>,
        reading: DateTime<Utc>,
    ) -> Self {
        Self {
            pause: Pause::new(reason, since),
            reading,
        }
    }

    /// The same for another reason.
    pub(super) fn for_reason(mut self, reason: Arc<str>) -> Self {
        self.pause.reason = reason;
        self
    }
}

impl ScheduleRecord {
    pub(super) fn new(id: ScheduleId, schedule: Schedule) -> Self {
        let is_plain = schedule.policies == Policies::DEFAULT;
        let is_unlabelled = schedule.label == Label::default();
        Self {
            id,
            trigger: schedule.trigger,
            relative: None,
            timeline: schedule.timeline,
            footing: Footing::lagging(schedule.lag),
            asked: schedule.asked,
            last_cost: 0,
            task: schedule.task,
            policies: (!is_plain).then(|| Arc::new(schedule.policies)),
            label: (!is_unlabelled).then(|| Box::new(schedule.label)),
            held: None,
            nominal: schedule.next,
            shift: TimeDelta::zero(),
            due: None,
            revision: 0,
            over: false,
            ended: None,
            life: None,
        }
    }

    /// The same for one that is added, paused if its definition says so.
    pub(super) fn added(id: ScheduleId, schedule: Schedule, clocks: &Timelines, now: &Now) -> Self {
        let (paused, since) = (schedule.paused.clone(), schedule.paused_since);
        let mut record = Self::new(id, schedule);
        if let Some(reason) = paused {
            let since = since.unwrap_or(now.wall);
            let reading = record.own(clocks, since, now);
            record.held = Some(Box::new(Held::new(reason, since, reading)));
        }
        record
    }

    pub(super) fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.policies.as_deref().unwrap_or(DEFAULT)
    }

    pub(super) fn life(&mut self) -> &mut Life {
        self.life.get_or_insert_default()
    }

    pub(super) fn ledger(&self) -> Option<&Ledger> {
        Some(&self.life.as_deref()?.ledger)
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.held.is_some()
    }

    /// Whether late runs of it wait for their turn.
    pub(super) fn keeps_late_runs(&self) -> bool {
        let life = self.life.as_deref();
        life.is_some_and(|life| life.pacing.kept().len() > 0)
    }

    /// Whether a timer with this deadline is still wanted.
    pub(super) fn waits_for(&self, deadline: u64) -> bool {
        self.due == Some(deadline)
    }

    /// The point of its timeline at which the start for the instant it waits for is due.
    pub(super) fn start(&self) -> Option<DateTime<Utc>> {
        let nominal = self.nominal?;
        if self.shift.is_zero() {
            return Some(nominal);
        }
        Some(nominal.checked_add_signed(self.shift).unwrap_or(nominal))
    }

    /// Its description; `running` and `kept` are known to its lane.
    pub(super) fn info(&self, running: usize, kept: usize) -> ScheduleInfo {
        let id = self.id.clone();
        let info = ScheduleInfo::new(id, self.task.name.clone(), self.nominal, running);
        let label = self.label.as_deref().cloned().unwrap_or_default();
        let life = self.life.as_deref();
        ScheduleInfo {
            kept: kept + life.map_or(0, |life| life.pacing.kept().len()),
            ended: self.ended,
            paused: self.held.as_ref().map(|held| held.pause.clone()),
            started: life.map_or(0, |life| life.started),
            skipped: life.map_or(0, |life| life.skipped),
            failures: life.map_or(0, |life| life.failures),
            last: life.and_then(|life| life.last),
            definition: Some(Definition {
                trigger: self.trigger.clone(),
                policies: self.policies().clone(),
                lag: TimeDelta::zero(),
                task: self.task.clone(),
            }),
            ..info.with_label(label)
        }
    }
}
