//! Flaws of what outlasts a change: settings of the past, counts, and values of earlier attempts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use scheduler_core::{
    Job, JobHandle, JobOutcome, Result, ScheduleHandle, ScheduleId, ScheduleInfo,
    job::{CancelMode, CancelStatus, JobPolicy, RateLimit},
    schedule::{ScheduleChange, SkipReason, Verdict},
};

use super::{
    handle::Grip,
    policies::Asks,
    schedule_history::Retells,
    twist::{Scene, Twist},
};

/// Mutant 840: a job that may be retried overtakes the others of its rate group.
pub(super) const RETRIES_FIRST: Asks = Asks(|policy| {
    if policy.retry.is_some() && policy.rate_limit.is_some() {
        policy.priority += 1;
    }
});

/// Mutant 841: the numbers of a rate group are those of its first job.
#[derive(Default)]
pub(super) struct FirstNumbers(Mutex<BTreeMap<Arc<str>, RateLimit>>);

#[async_trait]
impl Twist for FirstNumbers {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let Some(mut policy) = job.get_policy().map(|it| JobPolicy::clone(it)) else {
            return on.inner.try_submit(job);
        };
        if let Some(limit) = &mut policy.rate_limit {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let first = known.entry(limit.group.clone());
            *limit = first.or_insert_with(|| limit.clone()).clone();
        }
        on.inner.try_submit(job.policy(policy))
    }
}

/// A twist that undoes a part of each change of a schedule. It gets the schedule before and after the change.
pub(super) struct Undoes(pub(super) fn(&ScheduleInfo, &ScheduleInfo) -> Option<ScheduleChange>);

impl Undoes {
    fn undo(&self, before: &ScheduleInfo, schedule: &ScheduleHandle) -> Result<()> {
        let undone = (self.0)(before, &schedule.info()?);
        undone.map_or(Ok(()), |change| schedule.update(change))
    }
}

#[async_trait]
impl Twist for Undoes {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let schedule = on.inner.schedule(id);
        let before = schedule.info();
        schedule.update(change)?;
        before.and_then(|before| self.undo(&before, &schedule))
    }
}

/// Mutant 842: a jitter cannot be removed.
pub(super) const KEEPS_THE_JITTER: Undoes = Undoes(|before, after| {
    let is_removed = after.jitter().is_zero() && !before.jitter().is_zero();
    is_removed.then(|| ScheduleChange::new().jitter(before.jitter()))
});

/// Mutant 843: a new pace has no effect while catch-up runs wait.
pub(super) const KEEPS_THE_PACE: Undoes = Undoes(|before, after| {
    let (old, new) = (before.misfire().pace, after.misfire().pace);
    let keeps = before.kept > 0 && old != new;
    keeps.then(|| ScheduleChange::new().misfire(after.misfire().pace(old)))
});

/// Mutant 853: a schedule never leaves its group.
pub(super) const STAYS_IN_ITS_GROUP: Undoes = Undoes(|before, after| {
    let group = before.group()?.to_owned();
    (after.group() != Some(group.as_str())).then(|| ScheduleChange::new().group(group))
});

/// Mutant 851: a second pause of a queue moves the begin of the pause.
pub(super) struct PausesAnew;

#[async_trait]
impl Twist for PausesAnew {
    fn pause_queue(&self, on: &Scene, name: &str, reason: &str) -> Result<()> {
        let queue = on.inner.queue(name);
        queue.resume()?;
        queue.pause(reason)
    }
}

/// Mutant 852: catch-up runs that are given up stay recorded as buffered.
pub(super) const STAYS_BUFFERED: Retells = Retells(|mut history| {
    for known in &mut history {
        if known.verdict.reason() == Some(SkipReason::ScheduleChanged) {
            known.verdict = Verdict::Buffered;
        }
    }
    history
});

/// Mutant 844: a new task of a schedule inherits the failures of the old one.
#[derive(Default)]
pub(super) struct InheritsFailures(Mutex<BTreeMap<ScheduleId, usize>>);

#[async_trait]
impl Twist for InheritsFailures {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let schedule = on.inner.schedule(id);
        let failures = schedule.info()?.failures;
        schedule.update(change)?;
        let lost = failures - schedule.info()?.failures.min(failures);
        let mut inherited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *inherited.entry(id.clone()).or_default() += lost;
        Ok(())
    }

    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        let mut info = on.inner.schedule(id).info()?;
        let inherited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        info.failures += inherited.get(id).copied().unwrap_or_default();
        Ok(info)
    }
}

/// Mutant 845: runs that were active when their schedule joined a group never leave it.
#[derive(Default)]
pub(super) struct StaysInItsGroup(Mutex<BTreeMap<ScheduleId, usize>>);

#[async_trait]
impl Twist for StaysInItsGroup {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        let mut info = on.inner.schedule(id).info()?;
        if info.group().is_some() {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let most = known.entry(id.clone()).or_default();
            *most = info.running.max(*most);
            info.running = *most;
        }
        Ok(info)
    }
}

/// Mutant 846: the waiters of a cancelled job learn that it succeeded.
pub(super) struct HidesCancellations;

#[async_trait]
impl Grip for HidesCancellations {
    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        Ok(hidden(job.wait().await?))
    }

    fn outcome(&self, job: &JobHandle) -> Option<JobOutcome> {
        job.outcome().map(hidden)
    }
}

fn hidden(outcome: JobOutcome) -> JobOutcome {
    match outcome {
        JobOutcome::Cancelled(_) => JobOutcome::Succeeded(()),
        other => other,
    }
}

/// Mutant 847: every cancellation through a handle is immediate.
pub(super) struct CancelsAtOnce;

#[async_trait]
impl Grip for CancelsAtOnce {
    fn cancel(&self, job: &JobHandle, _: CancelMode) -> CancelStatus {
        job.cancel(CancelMode::Immediate)
    }
}

/// Mutant 848: the first value of a job counts, whatever became of its attempt.
pub(super) const FIRST_VALUE: Asks = Asks(|policy| {
    if policy.attempt_timeout.is_some() && !policy.timeout_grace.is_zero() {
        policy.retry = None;
    }
});

/// Mutant 850: the instants that a buffered run would have replaced stay part of it when it is given up.
pub(super) const PART_OF_WHAT_IS_GIVEN_UP: Retells = Retells(|mut history| {
    let next: Vec<_> = history
        .iter()
        .skip(1)
        .map(|known| known.span.from)
        .collect();
    let is_given_up = |verdict: Verdict| {
        let reasons = [SkipReason::ScheduleRemoved, SkipReason::Shutdown];
        verdict
            .reason()
            .is_some_and(|reason| reasons.contains(&reason))
    };
    for (known, into) in history.iter_mut().zip(next) {
        if known.span.from != known.span.to && is_given_up(known.verdict) {
            known.verdict = Verdict::Coalesced { into };
        }
    }
    history
});
