//! Laws that hold in every scenario, for all settings and disturbances. They share no code with the scheduler:
//! they compute the instants of a trigger by arithmetic.

mod counts;
mod ends;
mod ledger;
mod runs;

pub(crate) use self::ledger::decided;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::schedule::RunCause;

use crate::{
    log::{Entry, Life, Log, Run, What},
    plan::{Disturbance, Plan, Rule, dawn, morning},
    present::Present,
};

/// Maximum time until an instant has a record: jitter, and the time of a trigger call.
const SLACK: TimeDelta = TimeDelta::seconds(15);

/// Maximum jitter of a start.
const JITTER: TimeDelta = TimeDelta::seconds(4);

/// Description of how a law was broken.
pub(crate) type Violation = String;

/// A scenario, and the observations made in it.
pub(crate) struct Trial<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) log: &'a Log,
    /// The triggers that the schedule had, one after the other.
    phases: Vec<Phase>,
}

/// A period in which the schedule had one trigger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phase {
    pub(crate) rule: Rule,
    /// Time on the interval's own timeline at the begin of the scenario.
    origin: DateTime<Utc>,
    /// Begin and end of the period, on the timeline of the trigger.
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

type Law = fn(&Trial<'_>) -> Vec<Violation>;

const LAWS: &[(&str, Law)] = &[
    ("problems on the way", |trial| trial.log.problems.clone()),
    ("nothing starts before its instant", runs::none_is_early),
    ("nothing starts in a pause", runs::none_in_a_pause),
    ("nothing starts after remove", runs::none_after_remove),
    (
        "nothing starts after a shutdown but what it drains",
        ends::none_after_shutdown,
    ),
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
    (
        "a backfill keeps its pace and its limit",
        runs::backfills_keep_their_limits,
    ),
    ("attempts grow and the nominal time stays", runs::attempts),
    ("one record for each instant", ledger::one_record_each),
    ("one record for each cause", ledger::one_record_each_cause),
    ("one event for each instant", ledger::one_event_each),
    ("spans count their instants", ledger::spans_count),
    (
        "a limited rule yields no more than its limit",
        ledger::limited_rules_end,
    ),
    ("what is decided is carried out", ledger::nothing_hangs),
    ("nothing is open after the end", ends::nothing_is_open),
    ("explain agrees with the history", ledger::explained),
    ("next_times agrees with the rule", ledger::next_times),
    (
        "explain agrees with next_times",
        ledger::what_is_next_is_to_come,
    ),
    ("metrics, events, ledger and handler agree", counts::agree),
    (
        "the schedule counts what its history does",
        counts::of_schedules,
    ),
];

/// Returns all violations of laws in a scenario.
pub(crate) fn judge(plan: &Plan, log: &Log) -> Vec<Violation> {
    let trial = Trial::of(plan, log);
    let broken = |(name, law): &(&str, Law)| {
        let violations = law(&trial);
        violations
            .into_iter()
            .map(|what| format!("{name}: {what}"))
            .collect::<Vec<_>>()
    };
    LAWS.iter().flat_map(broken).collect()
}

/// Returns whether the cause of a run is that an instant was due for the first time.
pub(crate) fn is_primary(cause: RunCause) -> bool {
    matches!(cause, RunCause::Due | RunCause::CatchUp)
}

impl Phase {
    fn first(rule: Rule) -> Self {
        Self {
            rule,
            origin: morning(),
            from: dawn(),
            until: DateTime::<Utc>::MAX_UTC,
        }
    }

    /// Returns the time on the timeline of the trigger.
    fn time(&self, elapsed: Duration, wall: DateTime<Utc>) -> DateTime<Utc> {
        if self.rule.is_on_wall() {
            wall
        } else {
            self.origin + elapsed
        }
    }

    /// Returns whether the instant is the begin or the end of the period, where two triggers meet.
    pub(crate) fn is_edge(&self, instant: DateTime<Utc>) -> bool {
        instant == self.from || instant == self.until
    }

    fn instants(&self, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let from = self.from - TimeDelta::nanoseconds(1);
        self.rule.instants(from, self.until.min(end))
    }
}

impl<'a> Trial<'a> {
    fn of(plan: &'a Plan, log: &'a Log) -> Self {
        let mut phases = vec![Phase::first(plan.settings.rule)];
        for entry in &log.entries {
            let (What::Ruled(rule), Some(last)) = (&entry.what, phases.last_mut()) else {
                continue;
            };
            last.until = last.time(entry.elapsed, entry.wall);
            phases.push(Phase {
                rule: *rule,
                // A new trigger begins at the present wall-clock time.
                origin: entry.wall - entry.elapsed,
                from: entry.wall,
                until: DateTime::<Utc>::MAX_UTC,
            });
        }
        Self { plan, log, phases }
    }

    /// Returns the time of an entry on the timeline of its trigger.
    pub(crate) fn time(&self, entry: &Entry) -> DateTime<Utc> {
        self.phases[entry.phase].time(entry.elapsed, entry.wall)
    }

    /// Returns the times of an entry on the timelines of all triggers that the schedule has had so
    /// far.
    pub(crate) fn times(&self, entry: &Entry) -> impl Iterator<Item = DateTime<Utc>> {
        let so_far = self.phases[..=entry.phase].iter();
        so_far.map(|phase| phase.time(entry.elapsed, entry.wall))
    }

    pub(crate) fn phases(&self) -> &[Phase] {
        &self.phases
    }

    pub(crate) fn rule(&self, entry: &Entry) -> Rule {
        self.phases[entry.phase].rule
    }

    /// Returns the time after which nothing became due.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        let last = self.phases.last().unwrap();
        last.time(self.log.elapsed, self.log.wall)
    }

    /// Returns the instants that need a record, with the number of times that each was due. They
    /// end with the removal of the schedule, or shortly before the end of the scenario.
    pub(crate) fn due(&self) -> Vec<(DateTime<Utc>, usize)> {
        let removed = self.calls().find(|(_, call)| *call == Disturbance::Remove);
        let until = removed.map_or_else(|| self.end(), |(entry, _)| self.time(entry));
        let mut due = std::collections::BTreeMap::new();
        for (number, phase) in self.phases.iter().enumerate() {
            let is_last = number + 1 == self.phases.len();
            let end = if is_last { until - SLACK } else { phase.until };
            for instant in phase.instants(end) {
                *due.entry(instant).or_insert(0) += 1;
            }
        }
        due.retain(|instant, _| !self.phases.iter().any(|phase| phase.is_edge(*instant)));
        due.into_iter().collect()
    }

    /// Returns whether everything that was due by the end must be decided, because nothing was
    /// paused and no clock was set shortly before.
    pub(crate) fn is_decided(&self) -> bool {
        let mut present = Present::of(&self.plan.settings);
        let mut is_decided = true;
        for entry in &self.log.entries {
            if let What::Call(Disturbance::ShutDown(_)) = entry.what {
                let recent = Duration::from_secs(15);
                let found_out = |set| set + recent <= entry.elapsed;
                is_decided = !present.is_paused
                    && !present.is_schedule_paused
                    && present.clock_set.is_none_or(found_out);
            }
            present.pass(entry);
        }
        let info = self.last_life().info.as_ref();
        is_decided && !info.is_some_and(|info| info.is_paused())
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
        self.log.starts()
    }

    /// Returns the observations of the last scheduler.
    pub(crate) fn last_life(&self) -> &Life {
        self.log.lives.last().unwrap()
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.calls().any(|(_, call)| call == Disturbance::Remove)
    }

    /// Returns by how much the clock of the trigger was set back in total.
    pub(crate) fn set_back(&self) -> TimeDelta {
        let on_wall = self.plan.settings.rule.is_on_wall();
        let seconds = |(_, call)| match call {
            Disturbance::Jump(by) if by < 0 && on_wall => -by,
            _ => 0,
        };
        TimeDelta::seconds(self.calls().map(seconds).sum())
    }

    /// Returns whether instants may have been due again. Each repetition has its own record.
    pub(crate) fn repeats(&self) -> bool {
        !self.set_back().is_zero()
    }
}
