//! The scheduler that forwards every call through its twist.

use std::{
    any::Any,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    EventFilter, Job, JobHandle, JobId, Metrics, Result, Schedule, ScheduleHandle, ScheduleId,
    ScheduleInfo, Scheduler, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    event::{EventStream, Listener, ListenerId},
    implement::{QueueControl, ScheduleControl},
    job::{CancelMode, CancelStatus, JobInfo, JobResult},
    lifecycle::FirstState,
    runtime::BoxFuture,
    schedule::{Decision, Explanation, HistoryPage, ResumeFrom, ScheduleChange},
    shutdown::FailureWatch,
    store::Durable,
};

use super::{super::last_runs::history_after_drop, Scene, Twist, queues::TwistedQueues};

/// Wraps the scheduler of `scene` so that its calls go through `twist`.
pub(in crate::mutants) fn twisted(scene: Scene, twist: impl Twist) -> Arc<dyn Scheduler> {
    Arc::new_cyclic(|me| Twisted {
        twist,
        scene,
        me: me.clone(),
    })
}

pub(super) struct Twisted<T> {
    pub(super) twist: T,
    pub(super) scene: Scene,
    me: Weak<Self>,
}

impl<T: Twist> Twisted<T> {
    fn control(&self, kept: Box<dyn Any + Send + Sync>) -> Arc<dyn ScheduleControl> {
        Arc::new(TwistedSchedules {
            scheduler: self.me.clone(),
            kept,
            sound: self.scene.inner.schedule_control(),
        })
    }
}

#[async_trait]
impl<T: Twist> Scheduler for Twisted<T> {
    fn backend(&self) -> &str {
        self.scene.inner.backend()
    }

    fn state(&self) -> State {
        self.twist.state(&self.scene)
    }

    async fn start(&self) -> Result<()> {
        self.twist.start(&self.scene).await
    }

    async fn start_in(&self, first: FirstState) -> Result<()> {
        self.scene.inner.start_in(first).await
    }

    fn pause(&self) -> Result<()> {
        self.twist.pause(&self.scene)
    }

    fn resume(&self) -> Result<()> {
        self.twist.resume(&self.scene)
    }

    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.twist.shutdown(&self.scene, how).await
    }

    fn request_shutdown(&self, how: Shutdown) -> Result<()> {
        self.twist.request_shutdown(&self.scene, how)
    }

    async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        self.twist.stopped(&self.scene).await
    }

    async fn wait_idle(&self) -> Result<()> {
        self.twist.wait_idle(&self.scene).await
    }

    fn watch_failures(&self) -> FailureWatch {
        self.twist.watch_failures(&self.scene)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.twist.submit(&self.scene, job).await
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.twist.try_submit(&self.scene, job)
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        self.twist.cancel(&self.scene, job, mode)
    }

    fn schedule_control(&self) -> Arc<dyn ScheduleControl> {
        self.control(Box::new(()))
    }

    fn queue_control(&self) -> Arc<dyn QueueControl> {
        Arc::new(TwistedQueues {
            scheduler: self.me.clone(),
            sound: self.scene.inner.queue_control(),
        })
    }

    fn durable(&self) -> Option<Durable> {
        self.scene.inner.durable()
    }

    fn schedule(&self, id: &ScheduleId) -> ScheduleHandle {
        let kept = self.twist.kept(&self.scene, id);
        ScheduleHandle::new(id.clone(), self.control(kept))
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.twist.jobs(&self.scene)
    }

    fn handle(&self, id: JobId) -> Option<JobHandle> {
        self.twist.handle(&self.scene, id)
    }

    fn result(&self, id: JobId) -> Result<JobResult> {
        self.twist.result(&self.scene, id)
    }

    fn subscribe(&self, filter: EventFilter) -> EventStream {
        self.twist.subscribe(&self.scene, filter)
    }

    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
        self.twist.add_listener(&self.scene, filter, listener)
    }

    fn remove_listener(&self, id: ListenerId) -> bool {
        self.twist.remove_listener(&self.scene, id)
    }

    fn metrics(&self) -> Metrics {
        self.twist.metrics(&self.scene)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.scene.inner.sleep(duration)
    }
}

/// The schedule control of a twisted scheduler. It does not keep that scheduler alive, and behaves
/// soundly after the scheduler was dropped.
struct TwistedSchedules<T> {
    scheduler: Weak<Twisted<T>>,
    /// A value that lives as long as the handle with this control.
    kept: Box<dyn Any + Send + Sync>,
    sound: Arc<dyn ScheduleControl>,
}

impl<T: Twist> TwistedSchedules<T> {
    fn call<R>(
        &self,
        twisted: impl FnOnce(&T, &Scene) -> R,
        sound: impl FnOnce(&dyn ScheduleControl) -> R,
    ) -> R {
        match self.scheduler.upgrade() {
            Some(scheduler) => twisted(&scheduler.twist, &scheduler.scene),
            None => sound(&*self.sound),
        }
    }

    fn call_one<R>(
        &self,
        id: &ScheduleId,
        twisted: impl FnOnce(&T, &Scene) -> Result<R>,
        sound: impl FnOnce(&dyn ScheduleControl) -> Result<R>,
    ) -> Result<R> {
        let serving = |it: &T, on: &Scene| {
            it.serves(on, id, &*self.kept)?;
            twisted(it, on)
        };
        self.call(serving, sound)
    }
}

impl<T: Twist> ScheduleControl for TwistedSchedules<T> {
    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        let again = schedule.clone();
        self.call(
            |it, on| it.add(on, schedule).map(|added| added.id().clone()),
            |it| it.add(again),
        )
    }

    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        let again = schedules.clone();
        self.call(
            |it, on| {
                let added = it.add_all(on, schedules)?;
                Ok(added.iter().map(|one| one.id().clone()).collect())
            },
            |it| it.add_all(again),
        )
    }

    fn list(&self) -> Vec<ScheduleInfo> {
        self.call(T::schedules, |it| it.list())
    }

    fn backfills(&self) -> Vec<BackfillHandle> {
        self.call(T::backfills, |it| it.backfills())
    }

    fn info(&self, id: &ScheduleId) -> Result<ScheduleInfo> {
        self.call_one(id, |it, on| it.info(on, id), |it| it.info(id))
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        self.call_one(
            id,
            |it, on| it.next_times(on, id, count),
            |it| it.next_times(id, count),
        )
    }

    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let again = change.clone();
        self.call_one(
            id,
            |it, on| it.update(on, id, change),
            |it| it.update(id, again),
        )
    }

    fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        self.call_one(
            id,
            |it, on| it.pause_schedule(on, id, reason),
            |it| it.pause(id, reason),
        )
    }

    fn resume(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        self.call_one(
            id,
            |it, on| it.resume_schedule(on, id, from),
            |it| it.resume(id, from),
        )
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        self.call_one(id, |it, on| it.remove(on, id), |it| it.remove(id))
    }

    fn remove_all(&self) -> Result<Vec<ScheduleId>> {
        self.call(|it, on| it.remove_all(on), |it| it.remove_all())
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        self.call_one(id, |it, on| it.run_now(on, id), |it| it.run_now(id))
    }

    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let again = what.clone();
        self.call_one(
            id,
            |it, on| it.backfill(on, id, what),
            |it| it.backfill(id, again),
        )
    }

    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        self.call_one(
            id,
            |it, on| it.backfill_times(on, id, what),
            |it| it.backfill_times(id, what),
        )
    }

    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        let kept = &*self.kept;
        self.call_one(
            id,
            |it, on| it.history(on, id),
            |it| history_after_drop(it, id, kept),
        )
    }

    fn history_page(&self, id: &ScheduleId, page: &HistoryPage) -> Result<Vec<Decision>> {
        let kept = &*self.kept;
        self.call_one(
            id,
            |it, on| it.history_page(on, id, page),
            |it| page.select(&history_after_drop(it, id, kept)?),
        )
    }

    fn explain(&self, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        self.call_one(id, |it, on| it.explain(on, id, at), |it| it.explain(id, at))
    }
}
