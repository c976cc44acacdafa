//! Flaws of schedules whose last run has not ended, and of the checks of texts.

use std::any::Any;

use scheduler_core::{
    Error, Job, JobHandle, Result, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo,
    SchedulerExt,
    implement::ScheduleControl,
    schedule::{Decision, ScheduleEnd},
};

use super::{
    schedules::shown,
    twist::{Scene, Twist},
};

/// Mutant 611: a schedule leaves the list with its last instant, although the run waits for a permit.
pub(super) struct HidesTheLastRun;

fn is_shown(info: &ScheduleInfo) -> bool {
    info.ended != Some(ScheduleEnd::Exhausted) || info.kept > 0 || info.is_paused()
}

impl Twist for HidesTheLastRun {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        shown(on, id, is_shown)
    }

    fn remove(&self, on: &Scene, id: &ScheduleId) -> Result<()> {
        shown(on, id, is_shown)?;
        on.inner.schedule(id).remove()
    }
}

/// Mutant 612: a schedule that has ended keeps its id until its last run has ended.
pub(super) struct KeepsTheId;

impl Twist for KeepsTheId {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let listed = on.inner.schedules();
        let taken = |id: &&ScheduleId| listed.iter().any(|info| info.id == **id);
        match schedule.get_id().filter(taken) {
            Some(id) => Err(Error::DuplicateId(id.clone())),
            None => on.inner.add(schedule),
        }
    }
}

/// Kept by the handles of mutant 613.
struct NoRecords;

/// Mutant 613: the history of a schedule is empty once its scheduler was dropped.
pub(super) struct ForgetsItsScheduler;

impl Twist for ForgetsItsScheduler {
    fn kept(&self, _: &Scene, _: &ScheduleId) -> Box<dyn Any + Send + Sync> {
        Box::new(NoRecords)
    }
}

/// Returns the history by a control whose scheduler was dropped.
pub(super) fn history_after_drop(
    of: &dyn ScheduleControl,
    id: &ScheduleId,
    kept: &dyn Any,
) -> Result<Vec<Decision>> {
    if kept.is::<NoRecords>() {
        return Ok(Vec::new());
    }
    of.history(id)
}

/// Mutant 614: the name of a job may be any text.
pub(super) struct TakesAnyName;

impl Twist for TakesAnyName {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.try_submit(plain(job))
    }
}

fn plain(job: Job) -> Job {
    match job
        .get_name()
        .map(|name| name.chars().any(char::is_control))
    {
        Some(true) => job.name("plain"),
        _ => job,
    }
}

/// Mutant 615: the reason of a pause may be any text.
pub(super) struct TakesAnyReason;

impl Twist for TakesAnyReason {
    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        let visible: String = reason
            .chars()
            .filter(|letter| !letter.is_control())
            .collect();
        on.inner.schedule(id).pause(&visible)
    }
}
