//! Laws about what starts, and when.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use scheduler_core::{JobId, Overlap, RunCause};

use super::{Trial, Violation, is_primary};
use crate::{
    plan::Disturbance,
    play::{Entry, Run, What},
};

fn primary(run: Run) -> bool {
    run.cause.is_some_and(is_primary)
}

fn tell(entry: &Entry, run: Run) -> Violation {
    format!("{run:?} at {:?}, {}", entry.elapsed, entry.wall.time())
}

pub(crate) fn none_is_early(trial: &Trial<'_>) -> Vec<Violation> {
    let starts = trial.starts();
    let first = starts.filter(|(_, run)| primary(*run) && run.attempt == 1);
    // What had come before the clock was set back may start.
    let back = trial.set_back();
    let early = first.filter(|(entry, run)| trial.time(entry) + back < run.nominal);
    early.map(|(entry, run)| tell(entry, run)).collect()
}

/// No body begins while the scheduler is paused; none of the schedule's own while that is.
pub(crate) fn none_in_a_pause(trial: &Trial<'_>) -> Vec<Violation> {
    let (mut scheduler, mut schedule) = (false, false);
    let mut violations = Vec::new();
    for entry in &trial.log.entries {
        match entry.what {
            What::Call(Disturbance::Pause) => scheduler = true,
            What::Call(Disturbance::Resume | Disturbance::Handover) => scheduler = false,
            What::Call(Disturbance::PauseSchedule) => schedule = true,
            What::Call(Disturbance::ResumeSchedule(_)) => schedule = false,
            What::Start(run) if scheduler || (schedule && primary(run)) => {
                violations.push(tell(entry, run));
            }
            _ => {}
        }
    }
    violations
}

pub(crate) fn none_after_remove(trial: &Trial<'_>) -> Vec<Violation> {
    let mut entries = trial.log.entries.iter();
    entries.find(|entry| matches!(entry.what, What::Call(Disturbance::Remove)));
    let started = entries.filter_map(|entry| match entry.what {
        What::Start(run) => Some(tell(entry, run)),
        _ => None,
    });
    started.collect()
}

pub(crate) fn late_ones_within_their_limits(trial: &Trial<'_>) -> Vec<Violation> {
    let settings = &trial.plan.settings;
    let window = settings
        .misfire
        .window
        .map(|window| window.max(settings.misfire.grace));
    let jitter = TimeDelta::seconds(4);
    let allowed = |entry: &Entry, run: Run| {
        let late = trial.time(entry) - run.nominal;
        let in_window =
            window.is_none_or(|window| late <= TimeDelta::from_std(window).unwrap() + jitter);
        let in_hours = settings
            .hours()
            .is_none_or(|hours| hours.contains(entry.wall));
        in_window && in_hours
    };
    let first = |run: &Run| run.cause == Some(RunCause::CatchUp) && run.attempt == 1;
    let starts = trial.starts().filter(|(_, run)| first(run));
    let wrong = starts.filter(|(entry, run)| !allowed(entry, *run));
    wrong.map(|(entry, run)| tell(entry, run)).collect()
}

/// Never more bodies than permits; no new run beside as many of the schedule's own as its policy
/// allows.
pub(crate) fn concurrency(trial: &Trial<'_>) -> Vec<Violation> {
    let settings = &trial.plan.settings;
    let (mut overlap, mut max_instances) = (settings.overlap, settings.max_instances);
    // What was accepted under another policy starts under that.
    let mut changed = trial.begin();
    let mut running: BTreeMap<JobId, Run> = BTreeMap::new();
    let mut violations = Vec::new();
    for entry in &trial.log.entries {
        match entry.what {
            What::Call(Disturbance::UpdateOverlap(other)) => {
                (overlap, changed) = (other, trial.time(entry));
            }
            What::Call(Disturbance::UpdateMaxInstances(limit)) => {
                (max_instances, changed) = (limit, trial.time(entry));
            }
            What::Call(Disturbance::ReplaceByEqual | Disturbance::UpdateToEqual) => {
                (overlap, max_instances) = (settings.overlap, settings.max_instances);
                changed = trial.time(entry);
            }
            What::Call(Disturbance::Handover) => running.clear(),
            What::End(job) => drop(running.remove(&job)),
            What::Start(run) => {
                running.insert(run.job, run);
                let own = running.values().filter(|run| primary(**run)).count();
                let of_policy = match overlap {
                    Overlap::AllowAll => usize::MAX,
                    _ => max_instances,
                };
                let permits = settings.permits.unwrap_or(usize::MAX);
                let is_new = primary(run) && run.attempt == 1 && run.nominal > changed;
                if running.len() > permits || (is_new && own > of_policy) {
                    violations.push(tell(entry, run));
                }
            }
            _ => {}
        }
    }
    violations
}

/// Starts of one life that come sooner after each other than `gap`.
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
    let pace = trial.plan.settings.misfire.pace;
    too_dense(trial, pace, |run| {
        run.cause == Some(RunCause::CatchUp) && run.attempt == 1
    })
}

pub(crate) fn rate(trial: &Trial<'_>) -> Vec<Violation> {
    match trial.plan.settings.rate {
        Some(seconds) => too_dense(trial, Duration::from_secs(seconds), |_| true),
        None => Vec::new(),
    }
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
