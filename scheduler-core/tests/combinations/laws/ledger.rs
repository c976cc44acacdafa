//! Laws about the records: each instant has one, and each decision is carried out.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    EventKind, ScheduleId,
    schedule::{Count, Decision, Explanation, RunCause, SkipReason, Span, Verdict},
};

use super::{JITTER, SLACK, Trial, Violation, is_primary};
use crate::{
    log::{Entry, Life, Said, What},
    plan::{Disturbance, PERIOD, Rule},
    present::Present,
};

/// Returns the records of instants that were due, without those of calls.
fn recorded(life: &Life) -> impl Iterator<Item = &Decision> {
    let history = life.history.iter().flatten();
    history.filter(|decision| is_primary(decision.cause))
}

/// Returns whether a record is of an instant that a scheduler dropped at a handover and its
/// successor decides.
fn is_left(life: &Life, is_last: bool, span: Span, reason: Option<SkipReason>) -> bool {
    let next = life.info.as_ref().and_then(|info| info.next);
    let goes_on = next.is_some_and(|next| next <= span.from);
    !is_last && goes_on && reason == Some(SkipReason::Shutdown)
}

fn wrong_cover(trial: &Trial<'_>, spans: &[Span]) -> Vec<Violation> {
    let covers =
        |instant: &DateTime<Utc>| spans.iter().filter(|span| span.contains(*instant)).count();
    // An instant of one rule lies within a stretch of another one.
    let is_exact = !trial.repeats() && trial.phases().len() == 1;
    let is_decided = trial.is_decided();
    let due = trial.due().into_iter();
    let wrong = due
        .map(|(instant, times)| (instant, covers(&instant), times))
        .filter(|(_, count, times)| {
            let is_missing = is_decided && (*count == 0 || is_exact && *count < *times);
            is_missing || is_exact && count > times
        });
    wrong
        .map(|(instant, count, _)| format!("{count} of {}", instant.time()))
        .collect()
}

/// Returns the lives, each with whether it is the last one.
fn lives<'a>(trial: &'a Trial<'_>) -> impl Iterator<Item = (&'a Life, bool)> {
    let last = trial.log.lives.len() - 1;
    let numbered = trial.log.lives.iter().enumerate();
    numbered.map(move |(number, life)| (life, number == last))
}

/// Returns the records of instants, except those that a successor decides.
fn decisions<'a>(trial: &'a Trial<'_>) -> impl Iterator<Item = &'a Decision> {
    decided(&trial.log.lives)
}

/// Returns the records of the instants that these lives decided.
pub(crate) fn decided(lives: &[Life]) -> impl Iterator<Item = &Decision> {
    let last = lives.len() - 1;
    lives.iter().enumerate().flat_map(move |(number, life)| {
        let history = life.history.iter().flatten();
        let is_last = number == last;
        history.filter(move |known| !is_left(life, is_last, known.span, known.verdict.reason()))
    })
}

/// Returns whether no record was evicted.
fn is_whole(trial: &Trial<'_>) -> bool {
    trial.log.lives.iter().all(|life| life.history.is_some())
}

pub(crate) fn one_record_each(trial: &Trial<'_>) -> Vec<Violation> {
    if !is_whole(trial) {
        return Vec::new();
    }
    let own = decisions(trial).filter(|known| is_primary(known.cause));
    wrong_cover(trial, &own.map(|known| known.span).collect::<Vec<_>>())
}

/// Each instant has one record for each cause, even if it repeats.
pub(crate) fn one_record_each_cause(trial: &Trial<'_>) -> Vec<Violation> {
    if trial.phases().len() > 1 {
        return Vec::new();
    }
    let rule = trial.plan.settings.rule;
    let mut known: BTreeMap<(DateTime<Utc>, u32), usize> = BTreeMap::new();
    for decision in decisions(trial) {
        let pass = match decision.cause {
            RunCause::Due | RunCause::CatchUp => 0,
            RunCause::ClockRepeat(pass) => pass,
            _ => continue,
        };
        let from = decision.span.from - TimeDelta::nanoseconds(1);
        for instant in rule.instants(from, decision.span.to) {
            *known.entry((instant, pass)).or_default() += 1;
        }
    }
    let twice = known.into_iter().filter(|(_, records)| *records > 1);
    twice.map(|what| format!("{what:?}")).collect()
}

pub(crate) fn one_event_each(trial: &Trial<'_>) -> Vec<Violation> {
    let is_backfill = |(_, call)| matches!(call, Disturbance::Backfill(..));
    if trial.calls().any(is_backfill) {
        // What a backfill leaves out is an event without a cause.
        return Vec::new();
    }
    let own = |id: &ScheduleId| id.as_str() == "s";
    let mut spans = Vec::new();
    for (life, is_last) in lives(trial) {
        for event in &life.events {
            match &event.kind {
                EventKind::JobScheduled {
                    nominal,
                    run: Some(run),
                    schedule: Some(schedule),
                    ..
                } if is_primary(run.cause) && own(schedule) => spans.push(Span::single(*nominal)),
                EventKind::OccurrencesSkipped {
                    span,
                    schedule,
                    reason,
                } if own(schedule) && !is_left(life, is_last, *span, Some(*reason)) => {
                    spans.push(*span);
                }
                _ => {}
            }
        }
    }
    wrong_cover(trial, &spans)
}

/// Every record covers instants of a trigger that the schedule had, and their number is right.
pub(crate) fn spans_count(trial: &Trial<'_>) -> Vec<Violation> {
    let rules: Vec<Rule> = trial.phases().iter().map(|phase| phase.rule).collect();
    let is_sound = |span: &Span| rules.iter().any(|rule| counts(*rule, span));
    let decisions = trial.log.lives.iter().flat_map(recorded);
    let wrong = decisions.filter(|decision| !is_sound(&decision.span));
    wrong.map(|decision| format!("{decision:?}")).collect()
}

fn counts(rule: Rule, span: &Span) -> bool {
    let instants = rule.instants(span.from - TimeDelta::nanoseconds(1), span.to);
    let counted = match span.count {
        Count::Exactly(count) => count == instants.len() as u64,
        Count::AtLeast(count) => count <= instants.len() as u64,
    };
    counted && instants.first() == Some(&span.from) && instants.last() == Some(&span.to)
}

/// A trigger limited to `max` instants has records of at most that many, including all handovers.
pub(crate) fn limited_rules_end(trial: &Trial<'_>) -> Vec<Violation> {
    let (Rule::Limited(max), [_]) = (trial.plan.settings.rule, trial.phases()) else {
        return Vec::new();
    };
    let decisions = decisions(trial).filter(|known| is_primary(known.cause));
    let instants: u64 = decisions.map(|known| known.span.count.known()).sum();
    let too_many = instants > max as u64;
    too_many
        .then(|| format!("{instants} of {max}"))
        .into_iter()
        .collect()
}

/// If runs are short and unlimited, each record is final soon.
pub(crate) fn nothing_hangs(trial: &Trial<'_>) -> Vec<Violation> {
    let settings = &trial.plan.settings;
    let is_slow = settings.takes > 3 || settings.rate.is_some() || settings.failing > 0;
    if is_slow || trial.plan.ending != crate::plan::Ending::Rest {
        return Vec::new();
    }
    let old = trial.end() - TimeDelta::seconds(12 * PERIOD);
    let open =
        |decision: &&Decision| matches!(decision.verdict, Verdict::Buffered | Verdict::Started(_));
    let standing = trial.last_life().standing.iter().flatten();
    let hanging = standing.filter(|known| is_primary(known.cause) && open(known));
    hanging
        .filter(|decision| decision.span.to < old)
        .map(|decision| format!("{decision:?}"))
        .collect()
}

/// The explanation of every instant is the record that the history has.
pub(crate) fn explained(trial: &Trial<'_>) -> Vec<Violation> {
    let life = trial.last_life();
    let Some(history) = &life.standing else {
        return Vec::new();
    };
    let has_one_rule = trial.phases().len() == 1 && trial.log.lives.len() == 1;
    if !has_one_rule || trial.is_removed() || !trial.is_decided() {
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

/// Returns the observed states of a schedule at rest, without a pause and without a recent clock
/// jump.
fn at_rest<'a>(trial: &'a Trial<'_>) -> impl Iterator<Item = (&'a Entry, &'a Said, bool)> {
    let mut present = Present::of(&trial.plan.settings);
    trial.log.entries.iter().filter_map(move |entry| {
        present.pass(entry);
        let What::Rest(said) = &entry.what else {
            return None;
        };
        let is_held = present.is_paused || present.is_schedule_paused || said.is_paused;
        // Nothing wakes the driver when the clock is set: it finds out at its next wake.
        let found_out = |set| entry.elapsed >= set + Duration::from_secs(PERIOD as u64);
        let is_known = present.clock_set.is_none_or(found_out);
        let goes = !is_held && !present.is_removed && present.ending.is_none();
        goes.then_some((entry, said, is_known))
    })
}

/// At rest, `next_times` returns the next instant of the trigger, or one whose start is delayed by
/// jitter.
pub(crate) fn next_times(trial: &Trial<'_>) -> Vec<Violation> {
    if trial.repeats() {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (entry, said, is_known) in at_rest(trial) {
        let now = trial.time(entry);
        let told = said.next.as_ref().map(|(instant, _)| *instant);
        let next = trial.rule(entry).next_after(now);
        let is_held = |told: DateTime<Utc>| told <= now && (!is_known || now - told <= JITTER);
        if told != next && !told.is_some_and(is_held) {
            violations.push(format!("at {}: {told:?}, expected {next:?}", now.time()));
        }
    }
    violations
}

/// The next instant is explained as not due yet.
pub(crate) fn what_is_next_is_to_come(trial: &Trial<'_>) -> Vec<Violation> {
    if trial.repeats() || trial.phases().len() > 1 {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (entry, said, _) in at_rest(trial) {
        let now = trial.time(entry);
        let agrees = |(instant, explained): &(DateTime<Utc>, Explanation)| match explained {
            Explanation::NotYet => *instant > now,
            Explanation::Undecided => *instant <= now,
            // A call has asked for it besides.
            Explanation::Decided(known) => !is_primary(known.cause),
            _ => false,
        };
        if !said.next.as_ref().is_none_or(agrees) {
            violations.push(format!("at {}: {:?}", now.time(), said.next));
        }
    }
    violations
}
