//! Backfills, whose runs execute one after the other.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    Job, JobHandle, JobOutcome, Result, Runtime, Schedule, ScheduleId, Task,
    backfill::{Backfill, BackfillEnd, BackfillHandle, BackfillId, BackfillReport, BackfillTimes},
    implement::{BackfillControl, OwnHost},
    job::CancelMode,
    runtime::BoxFuture,
};

use super::Shared;

/// A backfill in progress.
pub(super) struct Run {
    id: BackfillId,
    schedule: ScheduleId,
    shared: Arc<Shared>,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    report: BackfillReport,
    /// Whether no further job starts.
    is_ended: bool,
    job: Option<JobHandle>,
}

impl Run {
    pub(super) fn begin(
        shared: &Arc<Shared>,
        id: &ScheduleId,
        schedule: &Schedule,
        what: &Backfill,
    ) -> BackfillHandle {
        let times = BackfillTimes::of(schedule.get_trigger().clone(), what);
        let number = shared.change(|inner| inner.number());
        let run = Arc::new(Self {
            id: BackfillId::from_number(number),
            schedule: id.clone(),
            shared: shared.clone(),
            now: Mutex::default(),
        });
        shared.lock().backfills.push(run.clone());
        let task = run.clone().go(schedule.get_task().clone(), times);
        drop(shared.runtime.spawn(Box::pin(task)));
        BackfillHandle::new(run)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn go(self: Arc<Self>, task: Task, times: BackfillTimes) {
        for _ in times {
            let Some(job) = self.next(&task) else { break };
            let outcome = job.wait().await;
            let report = &mut self.now().report;
            match outcome {
                Ok(JobOutcome::Succeeded(())) => report.succeeded += 1,
                Ok(JobOutcome::Failed(_)) => report.failed += 1,
                _ => report.cancelled += 1,
            }
        }
        let mut now = self.now();
        let end = match now.is_ended {
            true => BackfillEnd::Cancelled,
            false => BackfillEnd::Completed,
        };
        now.report.end = Some(end);
        drop(now);
        let is_other = |other: &Arc<Self>| !Arc::ptr_eq(other, &self);
        self.shared.change(|inner| inner.backfills.retain(is_other));
    }

    /// Starts the next run. `None` if the backfill or the scheduler has ended.
    fn next(&self, task: &Task) -> Option<JobHandle> {
        let mut now = self.now();
        if now.is_ended {
            return None;
        }
        let job = self.shared.accept(Job::from(task.clone())).ok()?;
        now.report.started += 1;
        now.job = Some(job.clone());
        Some(job)
    }
}

#[async_trait]
impl BackfillControl for Run {
    fn id(&self) -> BackfillId {
        self.id
    }

    fn schedule(&self) -> &ScheduleId {
        &self.schedule
    }

    fn report(&self) -> BackfillReport {
        self.now().report.clone()
    }

    fn end(&self, runs: Option<CancelMode>) {
        let mut now = self.now();
        now.is_ended = true;
        let job = now.job.clone();
        drop(now);
        if let (Some(mode), Some(job)) = (runs, job) {
            job.cancel(mode);
        }
    }

    async fn finished(&self) -> Result<BackfillReport> {
        let ended = || Some(self.report()).filter(|report| report.end.is_some());
        Ok(self.shared.changed.until(ended).await)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        OwnHost::sleep(&*self.shared, duration)
    }
}
