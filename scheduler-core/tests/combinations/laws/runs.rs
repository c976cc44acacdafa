//! Laws about the starts of bodies.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use scheduler_core::{JobId, schedule::RunCause};

use super::{JITTER, Trial, Violation};
use crate::{
    log::{Entry, Run, What, Whose},
    plan::{Disturbance, Settings},
    present::Present,
};

pub(super) fn tell(entry: &Entry, run: Run) -> Violation {
    format!("{run:?} at {:?}, {}", entry.elapsed, entry.wall.time())
}

/// Returns the starts for which `is_wrong` returns true, given the state at that time.
fn starts_where(
    trial: &Trial<'_>,
    mut is_wrong: impl FnMut(&Present, &Entry, Run) -> bool,
) -> Vec<Violation> {
    let mut present = Present::of(&trial.plan.settings);
    let mut violations = Vec::new();
    for entry in &trial.log.entries {
        present.pass(entry);
        if let What::Start(run) = entry.what
            && is_wrong(&present, entry, run)
        {
            violations.push(tell(entry, run));
        }
    }
    violations
}

pub(crate) fn none_is_early(trial: &Trial<'_>) -> Vec<Violation> {
    // What had come before the clock was set back may start.
    let back = trial.set_back();
    starts_where(trial, |_, entry, run| {
        let latest = trial.times(entry).max().unwrap();
        run.is_own_instant() && run.attempt == 1 && latest + back < run.nominal
    })
}

/// No body begins while the scheduler is paused, and no run of an instant while the schedule is
/// paused.
pub(crate) fn none_in_a_pause(trial: &Trial<'_>) -> Vec<Violation> {
    starts_where(trial, |present, _, run| {
        present.is_paused || (present.is_schedule_paused && run.is_own_instant())
    })
}

pub(crate) fn none_after_remove(trial: &Trial<'_>) -> Vec<Violation> {
    starts_where(trial, |present, _, run| {
        present.is_removed && run.whose == Whose::Own
    })
}

/// Late runs start within the hours and the catch-up window.
pub(crate) fn late_ones_within_their_limits(trial: &Trial<'_>) -> Vec<Violation> {
    let mut in_force = vec![(Duration::ZERO, trial.plan.settings.clone())];
    starts_where(trial, |present, entry, run| {
        if in_force
            .last()
            .is_none_or(|(_, last)| *last != present.settings)
        {
            in_force.push((entry.elapsed, present.settings.clone()));
        }
        let is_late = run.cause == Some(RunCause::CatchUp) && run.attempt == 1;
        is_late
            && run.whose == Whose::Own
            && !in_force
                .iter()
                .any(|(_, settings)| may_be_so_late(trial, settings, entry, run))
    })
}

fn may_be_so_late(trial: &Trial<'_>, settings: &Settings, entry: &Entry, run: Run) -> bool {
    let earliest = trial.times(entry).min().unwrap();
    let late = earliest - run.nominal - JITTER;
    let grace = settings.misfire.grace;
    let window = settings.misfire.window.map(|window| window.max(grace));
    let in_window = window.is_none_or(|window| late <= TimeDelta::from_std(window).unwrap());
    let in_hours = settings
        .hours()
        .is_none_or(|hours| hours.contains(entry.wall));
    in_window && in_hours
}

/// There are never more active bodies than permits, and never more active runs of the schedule and
/// its group than the overlap policy allows.
pub(crate) fn concurrency(trial: &Trial<'_>) -> Vec<Violation> {
    let mut present = Present::of(&trial.plan.settings);
    let mut running: BTreeMap<JobId, Run> = BTreeMap::new();
    let mut violations = Vec::new();
    for entry in &trial.log.entries {
        present.pass(entry);
        match entry.what {
            What::Call(Disturbance::Handover) => running.clear(),
            What::End(job) => drop(running.remove(&job)),
            What::Start(run) => {
                running.insert(run.job, run);
                let permits = trial.plan.settings.permits.unwrap_or(usize::MAX);
                let most = most_beside(&present.settings, run);
                let beside = running.values().filter(|other| {
                    other.is_of_instant() && is_beside(&present.settings, run, **other)
                });
                if running.len() > permits || beside.count() > most {
                    violations.push(tell(entry, run));
                }
            }
            _ => {}
        }
    }
    violations
}

/// Returns the maximum number of active bodies, including this one.
fn most_beside(settings: &Settings, run: Run) -> usize {
    match run.whose {
        Whose::Own if run.is_of_instant() => settings.limit(),
        Whose::Neighbour => 1,
        _ => usize::MAX,
    }
}

/// Returns whether `run` must not overlap with `other`.
fn is_beside(settings: &Settings, run: Run, other: Run) -> bool {
    let counts = other.whose != Whose::Own || settings.limit() < usize::MAX;
    counts && (settings.grouped || run.whose == other.whose)
}

/// Returns the starts of one life that follow each other in less than `gap`.
fn too_dense(trial: &Trial<'_>, gap: Duration, counts: impl Fn(Run) -> bool) -> Vec<Violation> {
    let starts: Vec<_> = trial.starts().filter(|(_, run)| counts(*run)).collect();
    let pairs = starts.windows(2).filter(|pair| {
        pair[0].1.life == pair[1].1.life && pair[1].0.elapsed - pair[0].0.elapsed < gap
    });
    pairs
        .map(|pair| {
            format!(
                "{} after {:?}",
                tell(pair[1].0, pair[1].1),
                pair[0].0.elapsed
            )
        })
        .collect()
}

pub(crate) fn pace(trial: &Trial<'_>) -> Vec<Violation> {
    let changed = trial.calls().filter_map(|(_, call)| match call {
        Disturbance::UpdateMisfire(misfire) => Some(misfire.pace),
        _ => None,
    });
    let own = trial.plan.settings.misfire.pace;
    let pace = changed.fold(own, Duration::min);
    too_dense(trial, pace, |run| {
        let is_late = run.cause == Some(RunCause::CatchUp);
        is_late && run.whose == Whose::Own && run.attempt == 1
    })
}

pub(crate) fn rate(trial: &Trial<'_>) -> Vec<Violation> {
    match trial.plan.settings.rate {
        Some(seconds) => too_dense(trial, Duration::from_secs(seconds), |run| {
            run.whose != Whose::Neighbour
        }),
        None => Vec::new(),
    }
}

/// Each backfill keeps its pace and its concurrency. Several backfills may run at the same time.
pub(crate) fn backfills_keep_their_limits(trial: &Trial<'_>) -> Vec<Violation> {
    let asked: Vec<_> = trial
        .calls()
        .filter_map(|(_, call)| match call {
            Disturbance::Backfill(most, pace) => Some((most, pace)),
            _ => None,
        })
        .collect();
    let [(most, pace)] = asked[..] else {
        return Vec::new();
    };
    let is_backfill = |run: Run| run.cause == Some(RunCause::Backfill);
    let mut violations = too_dense(trial, Duration::from_secs(pace), |run| {
        is_backfill(run) && run.attempt == 1
    });
    let mut running = Vec::new();
    for entry in &trial.log.entries {
        match entry.what {
            What::End(job) => running.retain(|other| *other != job),
            What::Start(run) if is_backfill(run) => {
                running.push(run.job);
                if running.len() > most {
                    violations.push(tell(entry, run));
                }
            }
            _ => {}
        }
    }
    violations
}

pub(crate) fn attempts(trial: &Trial<'_>) -> Vec<Violation> {
    let mut last: BTreeMap<(usize, JobId), Run> = BTreeMap::new();
    let mut violations = Vec::new();
    for (entry, run) in trial.starts() {
        let before = last.insert((run.life, run.job), run);
        let expected = before.map_or(1, |before| before.attempt + 1);
        let stays = before.is_none_or(|before| before.nominal == run.nominal);
        if run.attempt != expected || !stays || run.attempt > trial.plan.settings.attempts {
            violations.push(format!("{}, before it {before:?}", tell(entry, run)));
        }
    }
    violations
}
