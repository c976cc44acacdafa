//! The stage of the cases about schedules: one scheduler, one schedule, and times in seconds since
//! the beginning.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Event, EventKind, Options, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo, SchedulerExt,
    Task,
    schedule::{Decision, ResumeFrom, RunCause, ScheduleChange, SkipReason, Verdict},
    trigger::Interval,
};

use super::record::Record;
use crate::{Backend, World};

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// Half a second: between two instants of a secondly schedule.
pub(super) const HALF: Duration = Duration::from_millis(500);

/// The first and last instant of a skipped span, in seconds since the beginning, and the reason.
pub(super) type Skipped = (i64, i64, SkipReason);

/// A started scheduler, and a record of the runs of its schedule.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) record: Record,
    pub(super) begun: DateTime<Utc>,
}

impl Stage {
    pub(super) fn new(backend: &dyn Backend) -> Self {
        Self::with(backend, Options::default())
    }

    pub(super) fn with(backend: &dyn Backend, options: Options) -> Self {
        Self::on(World::with(backend, options))
    }

    pub(super) fn on(world: World) -> Self {
        let world = world.started();
        Self {
            record: Record::new(&world.time),
            begun: world.wall(),
            world,
        }
    }

    /// Returns a schedule that is due every second and whose runs take no time.
    pub(super) fn secondly(&self) -> Schedule {
        self.secondly_as(self.record.task())
    }

    pub(super) fn secondly_as(&self, task: Task) -> Schedule {
        Schedule::new(every(SECOND), task).id("it")
    }

    pub(super) fn add(&self, schedule: Schedule) -> ScheduleHandle {
        self.world.call(|it| it.add(schedule).expect("added"))
    }

    pub(super) fn pause(&self, reason: &str) {
        let paused = self.world.call(|it| it.schedule(&it_id()).pause(reason));
        paused.expect("paused");
    }

    pub(super) fn resume(&self, from: ResumeFrom) {
        let resumed = self.world.call(|it| it.schedule(&it_id()).resume(from));
        resumed.expect("resumed");
        self.world.settle();
    }

    pub(super) fn update(&self, change: ScheduleChange) {
        let updated = self.world.call(|it| it.schedule(&it_id()).update(change));
        updated.expect("changed");
        self.world.settle();
    }

    /// Makes the schedule late by `by`: the scheduler is paused meanwhile.
    pub(super) fn come_late(&self, by: Duration) {
        self.world.call(|it| it.pause().expect("paused"));
        self.world.advance(by);
        self.world.call(|it| it.resume().expect("resumed"));
        self.world.settle();
    }

    pub(super) fn info(&self) -> ScheduleInfo {
        let info = self.world.call(|it| it.schedule(&it_id()).info());
        info.expect("exists")
    }

    pub(super) fn history(&self) -> Vec<Decision> {
        let history = self.world.call(|it| it.schedule(&it_id()).history());
        history.expect("exists")
    }

    /// Returns the records of the history, each as its first instant and its verdict.
    pub(super) fn verdicts(&self) -> Vec<(i64, Verdict)> {
        let history = self.history();
        let pair = |known: &Decision| (self.second(known.span.from), known.verdict);
        history.iter().map(pair).collect()
    }

    pub(super) fn at(&self, second: i64) -> DateTime<Utc> {
        self.begun + TimeDelta::seconds(second)
    }

    pub(super) fn second(&self, at: DateTime<Utc>) -> i64 {
        (at - self.begun).num_seconds()
    }

    /// Returns the nominal times of the runs, in seconds since the beginning.
    pub(super) fn ran(&self) -> Vec<i64> {
        let nominals = self.record.nominals();
        nominals.into_iter().map(|at| self.second(at)).collect()
    }

    /// Returns when the runs began, in milliseconds since the beginning.
    pub(super) fn began(&self) -> Vec<i64> {
        let runs = self.record.runs();
        runs.iter()
            .map(|run| (run.at - self.begun).num_milliseconds())
            .collect()
    }

    pub(super) fn causes(&self) -> Vec<RunCause> {
        let runs = self.record.runs();
        runs.iter().filter_map(|run| run.cause).collect()
    }

    /// Returns the spans that skip events have reported since the last call.
    pub(super) fn skipped(&mut self) -> Vec<Skipped> {
        let events = self.world.events();
        self.skips_of(&events)
    }

    pub(super) fn skips_of(&self, events: &[Event]) -> Vec<Skipped> {
        let skip = |event: &Event| match &event.kind {
            EventKind::OccurrencesSkipped { span, reason, .. } => {
                Some((self.second(span.from), self.second(span.to), *reason))
            }
            _ => None,
        };
        events.iter().filter_map(skip).collect()
    }
}

pub(super) fn it_id() -> ScheduleId {
    ScheduleId::new("it")
}

pub(super) fn every(period: Duration) -> Interval {
    Interval::every(period).expect("not zero")
}

/// Spans of one instant each that were skipped for `reason`.
pub(super) fn single<const N: usize>(seconds: [i64; N], reason: SkipReason) -> [Skipped; N] {
    seconds.map(|second| (second, second, reason))
}
