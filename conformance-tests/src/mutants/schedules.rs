//! Flaws of the calls about schedules.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, ErrorKind, Job, JobHandle, Result, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo,
    SchedulerExt, Task,
    schedule::{ResumeFrom, ScheduleChange, ScheduleEnd},
};

use super::twist::{Scene, Twist};

/// Returns the state of a schedule, if `wanted` accepts it.
pub(super) fn shown(
    on: &Scene,
    id: &ScheduleId,
    wanted: impl FnOnce(&ScheduleInfo) -> bool,
) -> Result<ScheduleInfo> {
    let info = on.inner.schedule(id).info()?;
    match wanted(&info) {
        true => Ok(info),
        false => Err(Error::UnknownSchedule(id.clone())),
    }
}

/// Mutant 380: a schedule that is never due is not found.
pub(super) struct HidesTheNeverDue;

#[async_trait]
impl Twist for HidesTheNeverDue {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        shown(on, id, |info| info.ended.is_none())
    }
}

/// Mutant 150: labels of schedules are not shown.
pub(super) struct HidesLabels;

#[async_trait]
impl Twist for HidesLabels {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        let mut info = on.inner.schedule(id).info()?;
        info.tags.clear();
        info.metadata.clear();
        Ok(info)
    }
}

/// Mutant 153: a replacement removes the old schedule and adds the new one.
pub(super) struct ReplacesByRemoving;

#[async_trait]
impl Twist for ReplacesByRemoving {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        if let Some(id) = schedule.get_id() {
            on.inner.schedule(id).remove().unwrap_or_default();
        }
        on.inner.add(schedule)
    }
}

/// Mutant 154: a paused schedule is shown as paused, and runs.
pub(super) struct OnlyPromisesToPause;

#[async_trait]
impl Twist for OnlyPromisesToPause {
    fn pause_schedule(&self, _: &Scene, _: &ScheduleId, _: &str) -> Result<()> {
        Ok(())
    }
}

/// Mutant 155: the first reason of a pause is never replaced.
pub(super) struct KeepsTheFirstReason;

#[async_trait]
impl Twist for KeepsTheFirstReason {
    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        match on.inner.schedule(id).info() {
            Ok(info) if info.is_paused() => Ok(()),
            _ => on.inner.schedule(id).pause(reason),
        }
    }
}

/// Mutant 156: half of a refused change is applied.
pub(super) struct MakesHalfAChange;

#[async_trait]
impl Twist for MakesHalfAChange {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let answer = on.inner.schedule(id).update(change);
        if matches!(&answer, Err(error) if error.kind() == ErrorKind::InvalidConfig) {
            on.inner
                .schedule(id)
                .update(ScheduleChange::new().name("after"))?;
        }
        answer
    }
}

/// Mutant 157: a change is acknowledged and not applied.
pub(super) struct OnlyPromisesToChange;

#[async_trait]
impl Twist for OnlyPromisesToChange {
    fn update(&self, _: &Scene, _: &ScheduleId, _: ScheduleChange) -> Result<()> {
        Ok(())
    }
}

/// A twist that resumes each schedule from a fixed point, whatever the call requests.
pub(super) struct Resumes(pub(super) ResumeFrom);

#[async_trait]
impl Twist for Resumes {
    fn resume_schedule(&self, on: &Scene, id: &ScheduleId, _: ResumeFrom) -> Result<()> {
        on.inner.schedule(id).resume(self.0)
    }
}

/// Mutant 158: after ResumeFrom::Now the instants of the pause run.
pub(super) const RESUMES_WHERE_IT_STOOD: Resumes = Resumes(ResumeFrom::WhereItStood);
/// Mutant 159: after any resumption the instants of the pause are skipped.
pub(super) const RESUMES_FROM_NOW: Resumes = Resumes(ResumeFrom::Now);

/// Mutant 160: run_now submits an unrelated job.
#[derive(Default)]
pub(super) struct RunsAnyJob(Mutex<BTreeMap<ScheduleId, Task>>);

#[async_trait]
impl Twist for RunsAnyJob {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let task = schedule.get_task().clone();
        let added = on.inner.add(schedule)?;
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.insert(added.id().clone(), task);
        Ok(added)
    }

    fn run_now(&self, on: &Scene, id: &ScheduleId) -> Result<JobHandle> {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let task = tasks.get(id).cloned();
        drop(tasks);
        match task {
            Some(task) => on.inner.try_submit(Job::from(task)),
            None => on.inner.schedule(id).run_now(),
        }
    }
}

/// Mutant 161: a removed schedule is only paused.
pub(super) struct OnlyPausesWhatIsRemoved;

#[async_trait]
impl Twist for OnlyPausesWhatIsRemoved {
    fn remove(&self, on: &Scene, id: &ScheduleId) -> Result<()> {
        on.inner.schedule(id).pause("removed")
    }
}

/// Mutant 165: the preview begins one instant too late.
pub(super) struct PreviewsTooLate;

#[async_trait]
impl Twist for PreviewsTooLate {
    fn next_times(&self, on: &Scene, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let mut times = on.inner.schedule(id).next_times(count.saturating_add(1))?;
        times.drain(..times.len().min(1));
        Ok(times)
    }
}

/// Mutant 361: a schedule whose trigger has ended is not listed.
pub(super) struct HidesTheExhausted;

#[async_trait]
impl Twist for HidesTheExhausted {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        shown(on, id, |info| info.ended != Some(ScheduleEnd::Exhausted))
    }
}

/// Mutant 363: ResumeFrom::Now skips instants from before the pause too.
pub(super) struct SkipsFromBeforeThePause;

#[async_trait]
impl Twist for SkipsFromBeforeThePause {
    fn resume_schedule(&self, on: &Scene, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        let from = match from {
            ResumeFrom::Now => ResumeFrom::At(on.runtime.now().wall()),
            other => other,
        };
        on.inner.schedule(id).resume(from)
    }
}

/// Mutant 364: a change of jitter has no effect on a paused schedule.
pub(super) struct KeepsThePausedJitter;

#[async_trait]
impl Twist for KeepsThePausedJitter {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let info = on
            .inner
            .schedule(id)
            .info()
            .ok()
            .filter(ScheduleInfo::is_paused);
        let change = match info {
            Some(info) => change.jitter(info.jitter()),
            None => change,
        };
        on.inner.schedule(id).update(change)
    }
}

/// Mutant 520: a change of max_instances takes effect only while no run is active or waits.
pub(super) struct NarrowsIdleSchedulesOnly;

#[async_trait]
impl Twist for NarrowsIdleSchedulesOnly {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let info = on
            .inner
            .schedule(id)
            .info()
            .ok()
            .filter(|info| info.running > 0);
        let change = match info {
            Some(info) => change
                .overlap(info.overlap())
                .max_instances(info.max_instances()),
            None => change,
        };
        on.inner.schedule(id).update(change)
    }
}
