//! Laws about the records: one for each instant, none that is not carried out.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{Count, Decision, EventKind, Explanation, JobId, SkipReason, Span, Verdict};

use super::{SLACK, Trial, Violation, is_primary};
use crate::{
    plan::{Disturbance, PERIOD},
    play::{Life, What},
};

/// The stretches of instants that came by themselves, as the histories have them.
fn recorded(life: &Life) -> impl Iterator<Item = &Decision> {
    let history = life.history.iter().flatten();
    history.filter(|decision| is_primary(decision.cause))
}

/// Whether a scheduler that was handed over has given up at its end what its successor decides.
fn is_left(trial: &Trial<'_>, life: &Life, span: Span, reason: Option<SkipReason>) -> bool {
    let is_last = std::ptr::eq(life, trial.last_life());
    let goes_on = life.next.is_some_and(|next| next <= span.from);
    !is_last && goes_on && reason == Some(SkipReason::Shutdown)
}

fn given_up(decision: &Decision) -> Option<SkipReason> {
    match decision.verdict {
        Verdict::Skipped(reason) => Some(reason),
        _ => None,
    }
}

fn wrong_cover(trial: &Trial<'_>, spans: &[Span]) -> Vec<Violation> {
    let instants = trial.due();
    let covers =
        |instant: &DateTime<Utc>| spans.iter().filter(|span| span.contains(*instant)).count();
    let wrong = instants
        .iter()
        .map(|instant| (instant, covers(instant)))
        .filter(|(_, count)| *count == 0 || *count > 1 && !trial.repeats());
    wrong
        .map(|(instant, count)| format!("{count} of {}", instant.time()))
        .collect()
}

pub(crate) fn one_record_each(trial: &Trial<'_>) -> Vec<Violation> {
    if trial.log.lives.iter().any(|life| life.history.is_none()) {
        return Vec::new();
    }
    let decided = |life| {
        let own = recorded(life).map(|decision| (decision.span, given_up(decision)));
        own.filter(move |&(span, reason)| !is_left(trial, life, span, reason))
    };
    let decided = trial.log.lives.iter().flat_map(decided);
    wrong_cover(trial, &decided.map(|(span, _)| span).collect::<Vec<_>>())
}

pub(crate) fn one_event_each(trial: &Trial<'_>) -> Vec<Violation> {
    let spans_of = |life: &Life| {
        let spans = life.events.iter().filter_map(|event| match &event.kind {
            EventKind::JobScheduled {
                nominal,
                run: Some(run),
                ..
            } if is_primary(run.cause) => Some(Span::single(*nominal)),
            EventKind::OccurrencesSkipped { span, reason, .. } => {
                Some(*span).filter(|&span| !is_left(trial, life, span, Some(*reason)))
            }
            _ => None,
        });
        spans.collect::<Vec<_>>()
    };
    let spans = trial.log.lives.iter().flat_map(spans_of);
    let has_backfill = trial.calls().any(|(_, call)| call == Disturbance::Backfill);
    if has_backfill {
        // What a backfill leaves out is an event without a cause.
        return Vec::new();
    }
    wrong_cover(trial, &spans.collect::<Vec<_>>())
}

/// Every record is about instants of the rule, and counts them.
pub(crate) fn spans_count(trial: &Trial<'_>) -> Vec<Violation> {
    let before = TimeDelta::nanoseconds(1);
    let is_sound = |span: &Span| {
        let instants = trial.rule().instants(span.from - before, span.to);
        let counted = match span.count {
            Count::Exactly(count) => count == instants.len() as u64,
            Count::AtLeast(count) => count <= instants.len() as u64,
        };
        counted && instants.first() == Some(&span.from) && instants.last() == Some(&span.to)
    };
    let decisions = trial.log.lives.iter().flat_map(recorded);
    let wrong = decisions.filter(|decision| !is_sound(&decision.span));
    wrong.map(|decision| format!("{decision:?}")).collect()
}

/// Where runs are short and nothing holds them up, each record is final soon.
pub(crate) fn nothing_hangs(trial: &Trial<'_>) -> Vec<Violation> {
    let settings = &trial.plan.settings;
    if settings.takes > 1 || settings.rate.is_some() || settings.failing > 0 {
        return Vec::new();
    }
    let old = trial.end() - TimeDelta::seconds(12 * PERIOD);
    let open =
        |decision: &&Decision| matches!(decision.verdict, Verdict::Buffered | Verdict::Started(_));
    let hanging = recorded(trial.last_life()).filter(open);
    hanging
        .filter(|decision| decision.span.to < old)
        .map(|decision| format!("{decision:?}"))
        .collect()
}

/// Every instant of a schedule that lived through has a record, and the one that the history has.
pub(crate) fn explained(trial: &Trial<'_>) -> Vec<Violation> {
    let life = trial.last_life();
    let Some(history) = &life.history else {
        return Vec::new();
    };
    if trial.log.lives.len() > 1 || trial.is_removed() {
        return Vec::new();
    }
    let last = trial.end() - SLACK;
    let wrong = |explanation: &Explanation| match explanation {
        Explanation::Decided(decision) => !history
            .iter()
            .any(|known| known.span == decision.span && known.cause == decision.cause),
        _ => true,
    };
    let due = life
        .explained
        .iter()
        .filter(|(instant, _)| *instant <= last);
    let wrong = due.filter(|(_, explanation)| wrong(explanation));
    wrong
        .map(|(instant, explanation)| format!("{}: {explanation:?}", instant.time()))
        .collect()
}

/// At rest, the next instant is the next one of the rule, or one that jitter holds.
pub(crate) fn next_times(trial: &Trial<'_>) -> Vec<Violation> {
    let jitter = TimeDelta::seconds(4);
    let (mut scheduler, mut schedule, mut removed) = (false, false, false);
    // Nothing wakes the driver when the clock is set: it finds out at its next wake.
    let mut found_out = Duration::ZERO;
    let mut violations = Vec::new();
    for entry in &trial.log.entries {
        if let What::Call(Disturbance::Jump(_)) = entry.what {
            found_out = entry.elapsed + Duration::from_secs(PERIOD as u64);
        }
        let jumped = entry.elapsed < found_out;
        match entry.what {
            What::Call(Disturbance::Pause) => scheduler = true,
            What::Call(Disturbance::Resume | Disturbance::Handover) => scheduler = false,
            What::Call(Disturbance::PauseSchedule) => schedule = true,
            What::Call(Disturbance::ResumeSchedule(_)) => schedule = false,
            What::Call(Disturbance::Remove) => removed = true,
            What::Next(told) if !scheduler && !schedule && !removed => {
                let now = trial.time(entry);
                let next = trial.rule().next_after(now);
                let held = told.is_some_and(|told| told <= now && (jumped || now - told <= jitter));
                let repeated = trial.repeats();
                if told != next && !held && !repeated {
                    violations.push(format!("at {}: {told:?}, expected {next:?}", now.time()));
                }
            }
            _ => {}
        }
    }
    violations
}

/// The jobs of a life that have ended, as its history has them.
pub(crate) fn ended(life: &Life) -> BTreeSet<JobId> {
    let history = life.history.iter().flatten();
    let jobs = history.filter_map(|decision| match decision.verdict {
        Verdict::Ran { job, .. } | Verdict::Cancelled { job, .. } => Some(job),
        _ => None,
    });
    jobs.collect()
}
