//! Flaws of backfills, and of schedules that are exported, imported or added together.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Result, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo, SchedulerExt, Trigger,
    backfill::{Backfill, BackfillHandle, BackfillId, BackfillReport, BackfillTimes, Rerun},
    implement::BackfillControl,
    job::CancelMode,
    runtime::BoxFuture,
    schedule::{Decision, RunCause},
    trigger::Timeline,
};

use super::twist::{Scene, Twist};

/// A twist that changes each requested backfill.
pub(super) struct Misreads(fn(Backfill) -> Backfill);

#[async_trait]
impl Twist for Misreads {
    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        on.inner.schedule(id).backfill((self.0)(what))
    }
}

/// Mutant 673: the runs of a backfill have the priority of their task.
pub(super) const NO_PRIORITY: Misreads = Misreads(|mut what| {
    what.priority = None;
    what
});
/// Mutant 200: the end of a range is not backfilled.
pub(super) const ENDS_EARLY: Misreads = Misreads(|mut what| {
    what.to = (what.to - TimeDelta::nanoseconds(1)).max(what.from);
    what
});

/// Mutant 202: a backfill starts all runs at once.
pub(super) const STARTS_ALL_AT_ONCE: Misreads = Misreads(|what| what.max_concurrent(1_000));

/// Mutant 203: a backfill ignores its pace.
pub(super) const HAS_NO_PACE: Misreads = Misreads(|what| what.pace(std::time::Duration::ZERO));

/// Mutant 205: a backfill ignores its limit.
pub(super) const HAS_NO_LIMIT: Misreads = Misreads(|mut what| {
    what.limit = None;
    what
});

/// Mutant 209: an invalid backfill is corrected silently.
pub(super) const CORRECTS_INVALID: Misreads = Misreads(|mut what| {
    (what.from, what.to) = (what.from.min(what.to), what.to.max(what.from));
    what.max_concurrent = what.max_concurrent.max(1);
    what
});

/// Mutant 212: a backfill reruns every instant, whatever its policy.
pub(super) const RUNS_AGAIN: Misreads = Misreads(|what| what.rerun(Rerun::All));

/// Mutant 201: a backfill pauses its schedule.
pub(super) struct HoldsTheSchedule;

#[async_trait]
impl Twist for HoldsTheSchedule {
    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        on.inner.schedule(id).pause("it is being backfilled")?;
        on.inner.schedule(id).backfill(what)
    }
}

/// Mutant 204: a dry run runs the instants.
pub(super) struct RunsDry;

#[async_trait]
impl Twist for RunsDry {
    fn backfill_times(
        &self,
        on: &Scene,
        id: &ScheduleId,
        what: &Backfill,
    ) -> Result<BackfillTimes> {
        drop(on.inner.schedule(id).backfill(what.clone())?);
        on.inner.schedule(id).backfill_times(what)
    }
}

/// Mutant 211: a backfill lists all instants first.
pub(super) struct ListsFirst;

#[async_trait]
impl Twist for ListsFirst {
    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let _ = on.inner.schedule(id).backfill_times(&what)?.nth(10_000);
        on.inner.schedule(id).backfill(what)
    }
}

/// Mutant 207: a paused schedule is not backfilled.
pub(super) struct RefusesPausedSchedules;

#[async_trait]
impl Twist for RefusesPausedSchedules {
    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let paused = on
            .inner
            .schedule(id)
            .info()
            .is_ok_and(|info| info.is_paused());
        on.inner
            .schedule(id)
            .backfill(if paused { what.limit(0) } else { what })
    }
}

/// Mutants 206 and 208: a backfill cannot be stopped; waiting for a backfill returns at once.
pub(super) struct WeakHandles {
    pub(super) ends: bool,
    pub(super) waits: bool,
}

impl WeakHandles {
    fn weak(&self, handle: BackfillHandle) -> BackfillHandle {
        let schedule = handle.schedule().clone();
        BackfillHandle::new(Arc::new(WeakHandle {
            handle,
            schedule,
            ends: self.ends,
            waits: self.waits,
        }))
    }
}

#[async_trait]
impl Twist for WeakHandles {
    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        Ok(self.weak(on.inner.schedule(id).backfill(what)?))
    }

    fn backfills(&self, on: &Scene) -> Vec<BackfillHandle> {
        let all = on.inner.backfills().into_iter();
        all.map(|handle| self.weak(handle)).collect()
    }
}

struct WeakHandle {
    handle: BackfillHandle,
    schedule: ScheduleId,
    ends: bool,
    waits: bool,
}

#[async_trait]
impl BackfillControl for WeakHandle {
    fn id(&self) -> BackfillId {
        self.handle.id()
    }

    fn schedule(&self) -> &ScheduleId {
        &self.schedule
    }

    fn report(&self) -> BackfillReport {
        self.handle.report()
    }

    fn end(&self, runs: Option<CancelMode>) {
        match runs {
            _ if !self.ends => {}
            None => self.handle.stop(),
            Some(mode) => self.handle.cancel(mode),
        }
    }

    async fn finished(&self) -> Result<BackfillReport> {
        if self.waits {
            self.handle.wait().await
        } else {
            Ok(self.handle.report())
        }
    }

    fn sleep(&self, _: std::time::Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Mutant 210: a backfill leaves no records.
pub(super) struct KeepsNoRecord;

#[async_trait]
impl Twist for KeepsNoRecord {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        let mut history = on.inner.schedule(id).history()?;
        history.retain(|known| known.cause != RunCause::Backfill);
        Ok(history)
    }
}

/// Mutant 213: the definition of a schedule is not exposed.
pub(super) struct HidesTheDefinition;

#[async_trait]
impl Twist for HidesTheDefinition {
    fn schedules(&self, on: &Scene) -> Vec<ScheduleInfo> {
        let bare =
            |info: ScheduleInfo| ScheduleInfo::new(info.id, info.task, info.next, info.running);
        on.inner.schedules().into_iter().map(bare).collect()
    }
}

/// Mutants 214 and 530: an imported schedule starts at now; 530 does so to wall-clock schedules only.
pub(super) struct BeginsAnew {
    pub(super) only: Option<Timeline>,
}

#[async_trait]
impl Twist for BeginsAnew {
    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        let triggers: Vec<_> = schedules
            .iter()
            .map(|one| one.get_trigger().clone())
            .collect();
        let added = on.inner.add_all(schedules)?;
        let begins =
            |trigger: &Arc<dyn Trigger>| self.only.is_none_or(|it| it == trigger.timeline());
        let all = added.iter().zip(triggers);
        for (schedule, trigger) in all.filter(|(_, trigger)| begins(trigger)) {
            schedule.reschedule(Unlike(trigger))?;
        }
        Ok(added)
    }
}

/// Returns an unequal trigger with the same instants, because a schedule keeps its cursor if the
/// triggers are equal.
#[derive(Debug)]
struct Unlike(Arc<dyn Trigger>);

impl Trigger for Unlike {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.next_after(after)
    }

    fn timeline(&self) -> Timeline {
        self.0.timeline()
    }

    fn may_block(&self) -> bool {
        self.0.may_block()
    }
}

/// Mutant 215: add_all adds the schedules before the invalid one.
pub(super) struct AddsSome;

#[async_trait]
impl Twist for AddsSome {
    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        schedules.into_iter().map(|one| on.inner.add(one)).collect()
    }
}
