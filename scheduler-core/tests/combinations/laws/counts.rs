//! Laws about counts: what is told in several places is the same in each.

use std::collections::BTreeSet;

use scheduler_core::{EventKind, JobId, OutcomeKind};

use super::{Trial, Violation, ledger::ended};
use crate::play::Life;

pub(crate) fn agree(trial: &Trial<'_>) -> Vec<Violation> {
    let lives = trial.log.lives.iter().enumerate();
    lives
        .flat_map(|(number, life)| of_life(trial, number, life))
        .collect()
}

fn of_life(trial: &Trial<'_>, number: usize, life: &Life) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut same = |what: &str, one: usize, other: usize| {
        if one != other {
            violations.push(format!("life {number}: {what}: {one} and {other}"));
        }
    };
    let metrics = life.metrics;
    let ends = metrics.succeeded
        + metrics.failed
        + metrics.timed_out
        + metrics.panicked
        + metrics.cancelled
        + metrics.lost;
    let ends = usize::try_from(ends).unwrap();
    let finished = |kind: Option<OutcomeKind>| {
        let events = life.events.iter();
        let kinds = events.filter_map(|event| match &event.kind {
            EventKind::JobFinished { outcome, .. } => Some(outcome.kind()),
            _ => None,
        });
        kinds
            .filter(|known| kind.is_none_or(|kind| *known == kind))
            .count()
    };
    let events = |wanted: fn(&EventKind) -> bool| {
        life.events
            .iter()
            .filter(|event| wanted(&event.kind))
            .count()
    };
    same("ends in metrics and events", ends, finished(None));
    same(
        "successes in metrics and events",
        metrics.succeeded as usize,
        finished(Some(OutcomeKind::Succeeded)),
    );
    same(
        "cancellations in metrics and events",
        metrics.cancelled as usize,
        finished(Some(OutcomeKind::Cancelled)),
    );
    let bad = metrics.failed + metrics.timed_out + metrics.panicked + metrics.lost;
    same(
        "failures in metrics and of the handler",
        bad as usize,
        life.failures.len(),
    );
    let distinct: BTreeSet<JobId> = life.failures.iter().copied().collect();
    same(
        "failures of the handler, and distinct ones",
        life.failures.len(),
        distinct.len(),
    );
    same(
        "retries in metrics and events",
        metrics.retried as usize,
        events(|kind| matches!(kind, EventKind::JobRetrying { .. })),
    );
    let starts = trial.starts().filter(|(_, run)| run.life == number).count();
    same(
        "starts of bodies and events",
        starts,
        events(|kind| matches!(kind, EventKind::JobStarted(_))),
    );
    same(
        "accepted in metrics and events",
        metrics.accepted as usize,
        events(|kind| matches!(kind, EventKind::JobScheduled { .. })),
    );
    if life.history.is_some() {
        same(
            "ends in the history and events",
            ended(life).len(),
            finished(None),
        );
    }
    same("jobs that are left", metrics.jobs(), 0);
    violations
}
