//! Flaws of schedules: of their settings, of the calls about them, and of their history.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, ErrorKind, Job, JobHandle, Misfire, Overlap, Result, Schedule, ScheduleHandle,
    ScheduleId, ScheduleInfo, SchedulerExt, Task,
    schedule::{
        Conflict, Decision, Explanation, MisfirePolicy, ResumeFrom, ScheduleChange, ScheduleEnd,
        SkipReason, Verdict, Which,
    },
};

use super::twist::{Scene, Twist};

/// A twist that changes the definition of each added schedule.
pub(super) struct Defines(pub(super) fn(Schedule) -> Schedule);

#[async_trait]
impl Twist for Defines {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        on.inner.add((self.0)(schedule))
    }
}

/// Mutant 151: a schedule with an existing id replaces it.
pub(super) const ALWAYS_REPLACES: Defines = Defines(|it| it.on_conflict(Conflict::Replace));
/// Mutant 152: a schedule with an existing id is refused under every policy.
pub(super) const ALWAYS_REFUSES: Defines = Defines(|it| it.on_conflict(Conflict::Refuse));
/// Mutant 162: jitter is ignored.
pub(super) const NO_JITTER: Defines = Defines(|it| it.jitter(Duration::ZERO));
/// Mutant 163: settings that let nothing run are removed.
pub(super) const DROPS_INVALID_SETTINGS: Defines = Defines(|it| {
    let it = it.max_instances(1).buffer_limit(1_000);
    it.pause_after_failures(99).misfire(Misfire::default())
});
/// Mutant 164: consecutive failures pause nothing.
pub(super) const NEVER_PAUSES_ON_FAILURES: Defines =
    Defines(|it| it.pause_after_failures(usize::MAX));
/// Mutant 183: max_instances is always one.
pub(super) const ONE_AT_A_TIME: Defines = Defines(|it| it.max_instances(1));
/// Mutant 184: the buffer has no limit.
pub(super) const KEEPS_ANY_NUMBER: Defines = Defines(|it| it.buffer_limit(usize::MAX));
/// Mutant 189: no record is ever dropped.
pub(super) const NEVER_FORGETS: Defines = Defines(|it| it.history(1_000));

/// A twist that updates each schedule after it was added, depending on its definition.
pub(super) struct Redefines(pub(super) fn(&ScheduleInfo) -> ScheduleChange);

#[async_trait]
impl Twist for Redefines {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let added = on.inner.add(schedule)?;
        if let Ok(info) = added.info() {
            added.update((self.0)(&info))?;
        }
        Ok(added)
    }
}

fn with_misfire(info: &ScheduleInfo, change: impl FnOnce(Misfire) -> Misfire) -> ScheduleChange {
    ScheduleChange::new().misfire(change(info.misfire()))
}

fn with_policy(
    info: &ScheduleInfo,
    change: impl FnOnce(MisfirePolicy) -> MisfirePolicy,
) -> ScheduleChange {
    with_misfire(info, |mut misfire| {
        misfire.policy = change(misfire.policy);
        misfire
    })
}

/// Mutant 170: an instant exactly as late as the grace is a misfire.
pub(super) const EXCLUDES_THE_GRACE: Redefines = Redefines(|info| {
    let shorter = |it: Misfire| it.grace(it.grace.saturating_sub(Duration::from_nanos(1)));
    with_misfire(info, shorter)
});
/// Mutant 171: Skip runs once.
pub(super) const NEVER_SKIPS: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::Skip => MisfirePolicy::FireOnce(Which::Latest),
        other => other,
    })
});
/// Mutant 172: FireOnce takes the earliest instant for the latest.
pub(super) const MISTAKES_THE_FIRST_FOR_THE_LAST: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireOnce(Which::Latest) => MisfirePolicy::FireOnce(Which::Earliest),
        MisfirePolicy::FireOnce(Which::Earliest) => MisfirePolicy::FireOnce(Which::Latest),
        other => other,
    })
});
/// Mutant 173: a run that replaces several instants does not know them.
pub(super) const COVERS_NOTHING: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireOnce(_) => MisfirePolicy::FireAll { max: 1 },
        other => other,
    })
});
/// Mutant 174: FireAll runs one instant more than its limit.
pub(super) const FIRES_ONE_MORE: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireAll { max } => MisfirePolicy::FireAll { max: max + 1 },
        other => other,
    })
});
/// Mutant 175: the catch-up window is ignored.
pub(super) const NOTHING_IS_TOO_OLD: Redefines = Redefines(|info| {
    with_misfire(info, |mut misfire| {
        misfire.window = None;
        misfire
    })
});
/// Mutant 176: the hours of late runs are ignored.
pub(super) const AT_ANY_HOUR: Redefines = Redefines(|_| ScheduleChange::new().late_hours(None));
/// Mutant 177: the pace of catch-up runs is ignored.
pub(super) const NO_PACE: Redefines =
    Redefines(|info| with_misfire(info, |misfire| misfire.pace(Duration::ZERO)));
/// Mutant 179: every late instant counts as on time.
pub(super) const IS_NEVER_LATE: Redefines =
    Redefines(|info| with_misfire(info, |misfire| misfire.grace(Duration::MAX)));

/// Mutant 180: each overlap policy acts as another one.
pub(super) const MIXES_UP_OVERLAPS: Redefines = Redefines(|info| {
    let other = match info.overlap() {
        Overlap::Skip => Overlap::AllowAll,
        Overlap::BufferOne | Overlap::AllowAll => Overlap::Skip,
        Overlap::BufferAll => Overlap::BufferOne,
        Overlap::CancelOther => Overlap::TerminateOther,
        _ => Overlap::CancelOther,
    };
    ScheduleChange::new().overlap(other)
});
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

/// Mutant 219: the task of each schedule is replaced by one that does nothing.
pub(super) const RUNS_NOTHING: Redefines =
    Redefines(|_| ScheduleChange::new().task(Task::new(|_| async {})));

/// Mutant 182: groups of schedules are ignored.
pub(super) const NO_GROUPS: Redefines = Redefines(|_| ScheduleChange::new().group::<&str>(None));

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
            ResumeFrom::Now => ResumeFrom::At(on.runtime.now().wall),
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

/// A twist that changes the history that the scheduler returns.
pub(super) struct Retells(pub(super) fn(Vec<Decision>) -> Vec<Decision>);

#[async_trait]
impl Twist for Retells {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok((self.0)(on.inner.schedule(id).history()?))
    }
}

/// Mutant 186: each instant has two records.
pub(super) const WRITES_TWICE: Retells = Retells(|history| {
    let twice = history.into_iter();
    twice.flat_map(|known| [known.clone(), known]).collect()
});
/// Mutant 187: a record is not updated after the start of its run.
pub(super) const FORGETS_THE_END: Retells = Retells(|mut history| {
    for known in &mut history {
        if let Verdict::Ran { job, .. } | Verdict::Cancelled { job, .. } = known.verdict {
            known.verdict = Verdict::Started(job);
        }
    }
    history
});
/// Mutant 188: every instant that does not run has the same reason.
pub(super) const HAS_ONE_REASON: Retells = Retells(|mut history| {
    for known in &mut history {
        if let Verdict::Skipped(_) | Verdict::Missed(_) = known.verdict {
            known.verdict = Verdict::Skipped(SkipReason::Overlap);
        }
    }
    history
});

/// Mutant 362: due instants of a replaced trigger have no record.
pub(super) const FORGETS_WHAT_IS_GIVEN_UP: Retells = Retells(|mut history| {
    use SkipReason::{ScheduleChanged, ScheduleRemoved};
    let given_up = |reason| matches!(reason, ScheduleChanged | ScheduleRemoved);
    history.retain(|known| !known.verdict.reason().is_some_and(given_up));
    history
});

/// Mutant 190: explain returns nothing without a record.
pub(super) struct ExplainsRecordsOnly;

#[async_trait]
impl Twist for ExplainsRecordsOnly {
    fn explain(&self, on: &Scene, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        Ok(match on.inner.schedule(id).explain(at)? {
            Explanation::Decided(decision) => Explanation::Decided(decision),
            _ => Explanation::NoRecord,
        })
    }
}

/// Mutant 191: the history is dropped with its schedule.
pub(super) struct DropsTheHistory;

#[async_trait]
impl Twist for DropsTheHistory {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        match on.inner.schedule(id).info() {
            Ok(_) => on.inner.schedule(id).history(),
            Err(unknown) => Err(unknown),
        }
    }
}
