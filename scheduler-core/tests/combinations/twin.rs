//! Plays each scenario twice: with a handover, and without one. Both leave out the state that an
//! export leaves out: active and buffered runs, and the state of the scheduler.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scheduler_core::schedule::{RunCause, Span, Verdict};

use crate::{
    laws::decided,
    log::{Entry, Log, Run, Whose},
    plan::{self, Disturbance, Plan, Settings},
    play::play,
};

/// Generates scenarios with handovers, in which runs take no time and do not wait.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let position = any::<prop::sample::Index>();
    (plan::plans(), position, 0_u64..12_000).prop_map(|(plan, position, delay)| {
        let steps = plan.steps.into_iter();
        let steps = steps.filter_map(|(delay, step)| Some((delay, exported(step)?)));
        let mut steps: Vec<_> = steps.flat_map(noticed).collect();
        let at = position.index(steps.len() + 1);
        steps.insert(at, (delay, Disturbance::Handover));
        Plan {
            settings: at_rest(&plan.settings),
            steps,
            ..plan
        }
    })
}

/// Returns the call, if its effect is part of an export.
fn exported(call: Disturbance) -> Option<Disturbance> {
    use Disturbance as D;
    match call {
        D::Pause | D::Resume | D::RunNow | D::Backfill(..) | D::OtherJob | D::ShutDown(_) => None,
        D::UpdateMisfire(misfire) => Some(D::UpdateMisfire(misfire.pace(Duration::ZERO))),
        call => Some(call),
    }
}

/// Adds a comparison of the clocks before and after a step of the clock, because the driver would
/// notice the step at an arbitrary time.
fn noticed((delay, step): (u64, Disturbance)) -> Vec<(u64, Disturbance)> {
    let look = Disturbance::Look;
    match step {
        Disturbance::Jump(_) => vec![(delay, look), (0, step), (0, look)],
        step => vec![(delay, step)],
    }
}

fn at_rest(settings: &Settings) -> Settings {
    Settings {
        misfire: settings.misfire.pace(Duration::ZERO),
        grouped: false,
        takes: 0,
        failing: 0,
        rate: None,
        permits: None,
        attempt_timeout: None,
        start_within: None,
        ..settings.clone()
    }
}

/// Plays a plan with and without its handovers, and returns the differences of the logs.
pub(crate) fn differences(plan: &Plan) -> Vec<String> {
    let mut alone = plan.clone();
    for (_, step) in &mut alone.steps {
        if *step == Disturbance::Handover {
            *step = Disturbance::Look;
        }
    }
    let (moved, alone) = (play(plan), play(&alone));
    let runs = compared("run", starts(&moved), starts(&alone));
    let is_whole = |log: &Log| log.lives.iter().all(|life| life.history.is_some());
    let records = if is_whole(&moved) && is_whole(&alone) {
        compared("record", records(&moved), records(&alone))
    } else {
        Vec::new()
    };
    [runs, records].concat()
}

/// Returns when each run starts, and its nominal time.
fn starts(log: &Log) -> Vec<String> {
    let starts = log.starts().filter(|(_, run)| run.whose == Whose::Own);
    let start = |(entry, run): (&Entry, Run)| {
        let (nominal, elapsed) = (run.nominal.time(), entry.elapsed);
        format!("{nominal} {:?} at {elapsed:?}", run.cause)
    };
    starts.map(start).collect()
}

/// Returns the decision about each instant, with its time.
fn records(log: &Log) -> Vec<String> {
    let record = |span: Span, cause: RunCause, at: DateTime<Utc>, verdict: Verdict| {
        let verdict = match verdict {
            Verdict::Ran { outcome, .. } => format!("{outcome:?}"),
            Verdict::Cancelled { reason, .. } => format!("{reason:?}"),
            verdict => format!("{verdict:?}"),
        };
        format!("{span} {cause:?} at {}: {verdict}", at.time())
    };
    let known = decided(&log.lives);
    known
        .map(|one| record(one.span, one.cause, one.at, one.verdict))
        .collect()
}

/// Returns the entries that one of the two has more often than the other.
fn compared(what: &str, moved: Vec<String>, alone: Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, i32> = BTreeMap::new();
    for one in moved {
        *counts.entry(one).or_default() += 1;
    }
    for one in alone {
        *counts.entry(one).or_default() -= 1;
    }
    let differing = counts.into_iter().filter(|(_, count)| *count != 0);
    differing
        .map(|(one, count)| {
            let whose = if count > 0 { "with" } else { "without" };
            format!("{what} only {whose} a handover: {one}")
        })
        .collect()
}
