//! [`ScheduleRecord`]: a schedule in the engine.

use std::sync::Arc;

use super::{
    armed::Armed,
    ledger::Ledger,
    pacing::Pacing,
    run_lanes::{Lane, Presence},
    timeline::TimelineState,
};
use crate::{
    Backfill, BackfillId, Pause, Schedule, ScheduleEnd, ScheduleId, ScheduleInfo, Task,
    base::{
        panic::Contained,
        unix_time::{UnixTime, nanos_of},
    },
    engine::cx::Cx,
    schedule::{BackfillQuestion, Cursor, Definition, Label, Live, Policies, repeats::Passes},
    trigger::{Asked, Timeline, Trigger},
};

/// A schedule in the engine. Rarely used fields are in `ScheduleStats`.
pub(crate) struct ScheduleRecord {
    pub(super) id: ScheduleId,
    pub(super) trigger: Contained<Arc<dyn Trigger>>,
    /// The trigger as defined; `None` unless it was relative and has been anchored.
    pub(super) relative: Option<Contained<Arc<dyn Trigger>>>,
    pub(super) task: Task,
    /// Policies of the schedule; `None` for the defaults.
    pub(super) policies: Option<Arc<Policies>>,
    pub(super) label: Option<Box<Label>>,
    pub(super) held: Option<Box<Held>>,
    /// The next instant.
    pub(super) nominal: Option<UnixTime>,
    /// Jitter of the start for the next instant, in nanoseconds.
    pub(super) shift: u64,
    /// Armed deadline of that start.
    pub(super) due: Armed,
    /// Number that increases with every change which makes pending trigger results void.
    pub(super) revision: u32,
    /// The timeline that the trigger follows.
    pub(super) timeline: Timeline,
    /// The offset of the timeline, if it follows elapsed time.
    pub(super) timeline_state: TimelineState,
    /// Where the trigger is called.
    pub(super) asked: Asked,
    /// Number of member calls in the last trigger call.
    pub(super) last_cost: u32,
    /// Whether the schedule was removed and is kept only for its runs.
    pub(super) over: bool,
    /// Reason why a listed schedule has no further instant.
    pub(super) ended: Option<ScheduleEnd>,
    /// Statistics; `None` before the first decision.
    pub(super) stats: Option<Box<ScheduleStats>>,
}

/// Statistics and rarely used state of a schedule.
#[derive(Default)]
pub(crate) struct ScheduleStats {
    /// The lane of the schedule, unless it shares that of a group.
    pub(super) run_lane: Lane,
    /// Numbers of runs of this schedule in its lane.
    pub(super) presence: Presence,
    pub(super) ledger: Ledger,
    /// Waiting catch-up runs.
    pub(super) pacing: Pacing,
    pub(super) started: u64,
    pub(super) skipped: u64,
    /// Number of consecutive failed runs.
    pub(super) failures: usize,
    pub(super) last: Option<UnixTime>,
    /// Number of backfills of the schedule in progress.
    pub(super) backfills: usize,
    /// Ranges of instants that were decided before the wall clock was set back.
    pub(super) passes: Option<Arc<Passes>>,
    /// Wall-clock time at which the schedule got its trigger; `None` if it never had another one.
    pub(super) ruled_since: Option<UnixTime>,
}

/// A pause of a schedule.
pub(crate) struct Held {
    reason: Arc<str>,
    /// Begin of the pause.
    pub(super) since: UnixTime,
    /// Begin of the pause on the timeline of the schedule.
    pub(super) reading: UnixTime,
}

impl Held {
    /// Creates a pause with its begin by the wall clock and on the timeline of the schedule.
    pub(super) const fn new(reason: Arc<str>, since: UnixTime, reading: UnixTime) -> Self {
        Self {
            reason,
            since,
            reading,
        }
    }

    /// Replaces the reason.
    pub(super) fn for_reason(mut self, reason: Arc<str>) -> Self {
        self.reason = reason;
        self
    }

    /// Returns the pause as users see it.
    fn pause(&self) -> Pause {
        Pause::new(self.reason.clone(), self.since.date())
    }
}

impl ScheduleRecord {
    pub(super) fn new(id: ScheduleId, schedule: Schedule) -> Self {
        let is_plain = schedule.policies == Policies::DEFAULT;
        let is_unlabelled = schedule.label == Label::default();
        let timeline_state = TimelineState::of(nanos_of(schedule.lag), &schedule.decided);
        let stats = schedule.decided.passes.map(|passes| ScheduleStats {
            passes: Some(passes),
            ..ScheduleStats::default()
        });
        Self {
            id,
            trigger: schedule.trigger,
            relative: None,
            timeline: schedule.timeline,
            timeline_state,
            asked: schedule.asked,
            last_cost: 0,
            task: schedule.task,
            policies: (!is_plain).then(|| Arc::new(schedule.policies)),
            label: (!is_unlabelled).then(|| Box::new(schedule.label)),
            held: None,
            nominal: schedule.next.map(UnixTime::of),
            shift: 0,
            due: Armed::default(),
            revision: 0,
            over: false,
            ended: None,
            stats: stats.map(Box::new),
        }
    }

    /// Creates the record of an added schedule, paused if its definition says so.
    pub(super) fn added(id: ScheduleId, schedule: Schedule, cx: &Cx) -> Self {
        let (paused, since) = (schedule.paused.clone(), schedule.paused_since);
        let mut record = Self::new(id, schedule);
        if let Some(reason) = paused {
            let since = since.map_or_else(|| cx.wall(), UnixTime::of);
            let reading = record.own(cx, since);
            record.held = Some(Box::new(Held::new(reason, since, reading)));
        }
        record
    }

    pub(in crate::engine) const fn id(&self) -> &ScheduleId {
        &self.id
    }

    pub(in crate::engine) const fn task(&self) -> &Task {
        &self.task
    }

    /// Creates the first question of a backfill to the trigger.
    pub(in crate::engine) fn backfill_question(
        &self,
        backfill: BackfillId,
        what: &Backfill,
        cx: &Cx,
    ) -> BackfillQuestion {
        let live = Live {
            wall: cx.wall(),
            elapsed: self.reading(cx),
        };
        BackfillQuestion::new(backfill, what, self.trigger.clone(), live, self.asked)
    }

    #[cfg(test)]
    pub(in crate::engine) const fn shift(&self) -> u64 {
        self.shift
    }

    #[cfg(test)]
    pub(in crate::engine) const fn revision(&self) -> u32 {
        self.revision
    }

    pub(super) fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.policies.as_deref().unwrap_or(DEFAULT)
    }

    pub(super) fn stats_mut(&mut self) -> &mut ScheduleStats {
        self.stats.get_or_insert_default()
    }

    /// Records that the trigger has returned the instant at which the schedule continues after a step back of the
    /// clock, or that it is called again.
    pub(super) fn note_answer(&mut self) {
        let passes = self
            .stats
            .as_deref_mut()
            .and_then(|stats| stats.passes.as_mut());
        if let Some(passes) = passes.filter(|passes| passes.asked().is_some()) {
            Arc::make_mut(passes).note_answer();
        }
    }

    /// Returns whether the trigger is being called for the instant at which the schedule continues
    /// after a step back of the clock.
    pub(super) fn is_asked_back(&self) -> bool {
        let passes = self
            .stats
            .as_deref()
            .and_then(|stats| stats.passes.as_ref());
        passes.is_some_and(|passes| passes.asked().is_some())
    }

    pub(super) fn ledger(&self) -> Option<&Ledger> {
        Some(&self.stats.as_deref()?.ledger)
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.held.is_some()
    }

    /// Returns whether catch-up runs wait.
    pub(super) fn keeps_late_runs(&self) -> bool {
        let stats = self.stats.as_deref();
        stats.is_some_and(|stats| stats.pacing.kept().len() > 0)
    }

    /// Returns whether backfills of the schedule are in progress.
    pub(super) fn is_backfilled(&self) -> bool {
        self.stats
            .as_deref()
            .is_some_and(|stats| stats.backfills > 0)
    }

    /// Returns whether a timer entry with this deadline is current.
    pub(super) fn waits_for(&self, deadline: u64) -> bool {
        self.due.is_for(deadline)
    }

    /// Returns when the next run is due on the timeline of the schedule: its nominal time plus jitter.
    pub(super) fn start(&self) -> Option<UnixTime> {
        let nominal = self.nominal?;
        if self.shift == 0 {
            return Some(nominal);
        }
        let shifted = nominal.checked_add(self.shift.into());
        Some(shifted.unwrap_or(nominal))
    }

    /// Returns the state of the schedule for users; `running` and `kept` come from its lane.
    pub(super) fn info(&self, running: usize, kept: usize) -> ScheduleInfo {
        let id = self.id.clone();
        let next = self.nominal.map(UnixTime::date);
        let info = ScheduleInfo::new(id, self.task.name.clone(), next, running);
        let label = self.label.as_deref().cloned().unwrap_or_default();
        let stats = self.stats.as_deref();
        ScheduleInfo {
            kept: kept + stats.map_or(0, |stats| stats.pacing.kept().len()),
            ended: self.ended,
            paused: self.held.as_deref().map(Held::pause),
            started: stats.map_or(0, |stats| stats.started),
            skipped: stats.map_or(0, |stats| stats.skipped),
            failures: stats.map_or(0, |stats| stats.failures),
            last: stats.and_then(|stats| stats.last).map(UnixTime::date),
            definition: Some(Definition {
                trigger: self.trigger.clone(),
                policies: self.policies().clone(),
                cursor: Cursor::default(),
                task: self.task.clone(),
            }),
            ..info.with_label(label)
        }
    }
}
