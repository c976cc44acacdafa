//! What holds in every scenario, whatever its settings and whatever disturbs it. The laws share no
//! code with the scheduler: they know the instants of a rule by arithmetic.

mod counts;
mod ledger;
mod runs;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::RunCause;

use crate::{
    plan::{Disturbance, Plan, Rule, dawn, morning},
    play::{Entry, Life, Log, Run, What},
};

/// An instant may wait so long for its record: jitter, and the time that a question takes.
const SLACK: TimeDelta = TimeDelta::seconds(15);

/// A law that was broken, and by what.
pub(crate) type Violation = String;

/// A scenario beside what came of it.
pub(crate) struct Trial<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) log: &'a Log,
}

type Law = fn(&Trial<'_>) -> Vec<Violation>;

const LAWS: &[(&str, Law)] = &[
    ("problems on the way", |trial| trial.log.problems.clone()),
    ("nothing starts before its instant", runs::none_is_early),
    ("nothing starts in a pause", runs::none_in_a_pause),
    ("nothing starts after remove", runs::none_after_remove),
    (
        "late runs start within the hours and the window",
        runs::late_ones_within_their_limits,
    ),
    (
        "the limits of concurrency hold over starts",
        runs::concurrency,
    ),
    ("the pace of catch-up runs holds over starts", runs::pace),
    ("the rate holds over starts", runs::rate),
    ("attempts grow and the nominal time stays", runs::attempts),
    ("one record for each instant", ledger::one_record_each),
    ("one event for each instant", ledger::one_event_each),
    ("spans count their instants", ledger::spans_count),
    ("what is decided is carried out", ledger::nothing_hangs),
    ("explain agrees with the history", ledger::explained),
    ("next_times agrees with the rule", ledger::next_times),
    ("metrics, events, ledger and handler agree", counts::agree),
];

/// All that is wrong with what came of a scenario.
pub(crate) fn judge(plan: &Plan, log: &Log) -> Vec<Violation> {
    let trial = Trial { plan, log };
    let broken = |(name, law): &(&str, Law)| {
        let violations = law(&trial);
        violations
            .into_iter()
            .map(|what| format!("{name}: {what}"))
            .collect::<Vec<_>>()
    };
    LAWS.iter().flat_map(broken).collect()
}

/// Whether a run is for an instant of the rule that came by itself.
pub(crate) fn is_primary(cause: RunCause) -> bool {
    matches!(cause, RunCause::Due | RunCause::CatchUp)
}

impl Trial<'_> {
    pub(crate) fn rule(&self) -> Rule {
        self.plan.settings.rule
    }

    /// The time of an entry on the timeline of the rule.
    pub(crate) fn time(&self, entry: &Entry) -> DateTime<Utc> {
        self.on_timeline(entry.elapsed, entry.wall)
    }

    fn on_timeline(&self, elapsed: Duration, wall: DateTime<Utc>) -> DateTime<Utc> {
        match self.rule() {
            Rule::Cron => wall,
            Rule::Interval | Rule::Limited(_) => morning() + elapsed,
        }
    }

    pub(crate) fn begin(&self) -> DateTime<Utc> {
        morning()
    }

    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.on_timeline(self.log.elapsed, self.log.wall)
    }

    /// The instants that need a record: until the schedule was removed, or until shortly before the
    /// end.
    pub(crate) fn due(&self) -> Vec<DateTime<Utc>> {
        let removed = self.calls().find(|(_, call)| *call == Disturbance::Remove);
        let until = removed.map_or_else(|| self.end(), |(entry, _)| self.time(entry));
        self.rule().instants(dawn(), until - SLACK)
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = (&Entry, Disturbance)> {
        self.log
            .entries
            .iter()
            .filter_map(|entry| match entry.what {
                What::Call(call) => Some((entry, call)),
                _ => None,
            })
    }

    pub(crate) fn starts(&self) -> impl Iterator<Item = (&Entry, Run)> {
        self.log
            .entries
            .iter()
            .filter_map(|entry| match entry.what {
                What::Start(run) => Some((entry, run)),
                _ => None,
            })
    }

    /// The life that ended in peace.
    pub(crate) fn last_life(&self) -> &Life {
        self.log.lives.last().unwrap()
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.calls().any(|(_, call)| call == Disturbance::Remove)
    }

    /// How far the clock of the rule was set back in all.
    pub(crate) fn set_back(&self) -> TimeDelta {
        let seconds = |(_, call)| match call {
            Disturbance::Jump(by) if by < 0 && self.rule() == Rule::Cron => -by,
            _ => 0,
        };
        TimeDelta::seconds(self.calls().map(seconds).sum())
    }

    /// Whether instants may have come again: each of them has a record of its own.
    pub(crate) fn repeats(&self) -> bool {
        !self.set_back().is_zero()
    }
}
