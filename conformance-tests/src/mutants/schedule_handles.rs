//! Flaws of handles to schedules.

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, Result, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo, SchedulerExt,
    lifecycle::WaitingCall,
    schedule::{Decision, ResumeFrom, ScheduleChange},
};

use super::twist::{Scene, Twist};

/// Replaces `UnknownSchedule` by the default value.
fn forgiven<T: Default>(answer: Result<T>) -> Result<T> {
    match answer {
        Err(Error::UnknownSchedule(_)) => Ok(T::default()),
        other => other,
    }
}

/// Mutant 560: the history of an unknown schedule is empty.
pub(super) struct InventsAHistory;

impl Twist for InventsAHistory {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        forgiven(on.inner.schedule(id).history())
    }
}

/// Mutant 561: an unknown schedule has no further instant.
pub(super) struct InventsAnEnd;

impl Twist for InventsAnEnd {
    fn next_times(&self, on: &Scene, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        forgiven(on.inner.schedule(id).next_times(count))
    }
}

/// Mutant 562: changes of an unknown schedule succeed.
pub(super) struct ChangesNothing;

impl Twist for ChangesNothing {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        forgiven(on.inner.schedule(id).update(change))
    }

    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        forgiven(on.inner.schedule(id).pause(reason))
    }

    fn resume_schedule(&self, on: &Scene, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        forgiven(on.inner.schedule(id).resume(from))
    }
}

/// Mutant 563: the error about an unknown schedule names another one.
pub(super) struct NamesAnother;

impl Twist for NamesAnother {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        let info = on.inner.schedule(id).info();
        info.map_err(|_| Error::UnknownSchedule("another".into()))
    }
}

/// Mutant 564: a handle serves only the schedule for which it was made.
#[derive(Default)]
pub(super) struct ServesTheFirst(Mutex<BTreeMap<ScheduleId, u64>>);

impl ServesTheFirst {
    /// Returns the number of additions under each id.
    fn additions(&self) -> MutexGuard<'_, BTreeMap<ScheduleId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self, id: &ScheduleId) -> u64 {
        self.additions().get(id).copied().unwrap_or_default()
    }
}

impl Twist for ServesTheFirst {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let added = on.inner.add(schedule)?;
        *self.additions().entry(added.id().clone()).or_default() += 1;
        Ok(added)
    }

    fn kept(&self, _: &Scene, id: &ScheduleId) -> Box<dyn Any + Send + Sync> {
        Box::new(self.number(id))
    }

    fn serves(&self, _: &Scene, id: &ScheduleId, kept: &dyn Any) -> Result<()> {
        match kept.downcast_ref::<u64>() {
            Some(number) if *number != self.number(id) => Err(Error::UnknownSchedule(id.clone())),
            _ => Ok(()),
        }
    }
}

/// Mutant 565: a handle keeps its scheduler alive.
pub(super) struct KeepsTheScheduler;

impl Twist for KeepsTheScheduler {
    fn kept(&self, on: &Scene, _: &ScheduleId) -> Box<dyn Any + Send + Sync> {
        Box::new(on.inner.clone())
    }
}

/// Mutant 566: the calls of a handle are refused while a job runs.
pub(super) struct RefusesDuringJobs;

impl Twist for RefusesDuringJobs {
    fn serves(&self, on: &Scene, _: &ScheduleId, _: &dyn Any) -> Result<()> {
        match on.inner.metrics().running {
            0 => Ok(()),
            _ => Err(Error::WouldDeadlock(WaitingCall::Circle)),
        }
    }
}
