//! Laws about counts: numbers that are reported in several places agree.

use std::collections::BTreeSet;

use scheduler_core::{
    EventKind, JobId,
    job::OutcomeKind,
    schedule::{RunCause, Verdict},
};

use super::{Trial, Violation};
use crate::{log::Life, plan::Disturbance};

pub(crate) fn agree(trial: &Trial<'_>) -> Vec<Violation> {
    let lives = trial.log.lives.iter().enumerate();
    lives
        .flat_map(|(number, life)| of_life(trial, number, life))
        .collect()
}

/// Two numbers that must be equal.
struct Pairs {
    life: usize,
    violations: Vec<Violation>,
}

impl Pairs {
    fn same(&mut self, what: &str, one: u64, other: u64) {
        if one != other {
            let life = self.life;
            self.violations
                .push(format!("life {life}: {what}: {one} and {other}"));
        }
    }
}

/// Returns the number of events of a kind.
fn count(life: &Life, wanted: impl Fn(&EventKind) -> bool) -> u64 {
    let events = life.events.iter();
    events.filter(|event| wanted(&event.kind)).count() as u64
}

fn ends(life: &Life, wanted: impl Fn(OutcomeKind) -> bool) -> u64 {
    count(
        life,
        |kind| matches!(kind, EventKind::JobFinished { outcome, .. } if wanted(outcome.kind())),
    )
}

fn of_life(trial: &Trial<'_>, number: usize, life: &Life) -> Vec<Violation> {
    let mut pairs = Pairs {
        life: number,
        violations: Vec::new(),
    };
    let metrics = life.metrics;
    pairs.same(
        "ends in metrics and events",
        metrics.ended(),
        ends(life, |_| true),
    );
    for (outcome, counted) in [
        (OutcomeKind::Succeeded, metrics.succeeded),
        (OutcomeKind::Failed, metrics.failed),
        (OutcomeKind::TimedOut, metrics.timed_out),
        (OutcomeKind::Panicked, metrics.panicked),
        (OutcomeKind::Cancelled, metrics.cancelled),
        (OutcomeKind::Lost, metrics.lost),
    ] {
        let told = ends(life, |kind| kind == outcome);
        pairs.same(&format!("{outcome:?} in metrics and events"), counted, told);
    }
    let handled = life.failures.len() as u64;
    pairs.same(
        "failures in metrics and of the handler",
        metrics.failures(),
        handled,
    );
    let distinct: BTreeSet<JobId> = life.failures.iter().copied().collect();
    pairs.same(
        "failures of the handler, and distinct ones",
        handled,
        distinct.len() as u64,
    );
    let retried = count(life, |kind| matches!(kind, EventKind::JobRetrying { .. }));
    pairs.same("retries in metrics and events", metrics.retried, retried);
    let begun = trial.starts().filter(|(_, run)| run.life == number);
    let told = count(life, |kind| matches!(kind, EventKind::JobStarted(_)));
    pairs.same("starts of bodies and events", begun.count() as u64, told);
    let accepted = count(life, |kind| matches!(kind, EventKind::JobScheduled { .. }));
    pairs.same("accepted in metrics and events", metrics.accepted, accepted);
    pairs.same("accepted and ended", metrics.accepted, metrics.ended());
    pairs.same("jobs that are left", metrics.jobs() as u64, 0);
    if let Some(ended) = ended_of_schedule(life) {
        let jobs = own_jobs(life);
        pairs.same("ends in the history and events", ended.len() as u64, jobs);
    }
    pairs.violations
}

/// Returns the number of jobs of the schedule.
fn own_jobs(life: &Life) -> u64 {
    let is_own = |kind: &EventKind| match kind {
        EventKind::JobScheduled { schedule, .. } => {
            schedule.as_ref().is_some_and(|id| id.as_str() == "s")
        }
        _ => false,
    };
    count(life, is_own)
}

/// Returns the finished jobs of the schedule, according to its history.
fn ended_of_schedule(life: &Life) -> Option<BTreeSet<JobId>> {
    let history = life.history.as_ref()?.iter();
    let jobs = history.filter_map(|decision| match decision.verdict {
        Verdict::Ran { job, .. } | Verdict::Cancelled { job, .. } => Some(job),
        _ => None,
    });
    Some(jobs.collect())
}

/// The counters of a schedule agree with its history and its events.
pub(crate) fn of_schedules(trial: &Trial<'_>) -> Vec<Violation> {
    let is_backfill = |(_, call)| matches!(call, Disturbance::Backfill(..));
    if trial.calls().any(is_backfill) {
        // Events about instants that a backfill skips have no cause.
        return Vec::new();
    }
    let lives = trial.log.lives.iter().enumerate();
    lives
        .flat_map(|(number, life)| of_schedule(number, life))
        .collect()
}

fn of_schedule(number: usize, life: &Life) -> Vec<Violation> {
    let (Some(info), Some(history)) = (&life.info, &life.standing) else {
        return Vec::new();
    };
    let (mut jobs, mut instants) = (BTreeSet::new(), 0);
    for decision in history {
        let asked = matches!(decision.cause, RunCause::RunNow | RunCause::Backfill);
        if asked || decision.verdict == Verdict::Buffered {
            continue;
        }
        instants += decision.span.count.known();
        if let Verdict::Started(job) | Verdict::Ran { job, .. } | Verdict::Cancelled { job, .. } =
            decision.verdict
        {
            jobs.insert(job);
        }
    }
    let started = jobs.len() as u64;
    let mut pairs = Pairs {
        life: number,
        violations: Vec::new(),
    };
    pairs.same("started and the history", info.started, started);
    pairs.same("skipped and the history", info.skipped, instants - started);
    pairs.violations
}
