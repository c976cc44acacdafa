//! A scheduler that forwards every call, except for those that its twist overrides.

use std::{
    any::Any,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    EventFilter, Job, JobHandle, JobId, Metrics, Result, Runtime, Schedule, ScheduleHandle,
    ScheduleId, ScheduleInfo, Scheduler, SchedulerExt, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    event::{EventStream, Listener, ListenerId, StateCause},
    implement::ScheduleControl,
    job::{CancelMode, CancelStatus, JobInfo},
    lifecycle::FirstState,
    runtime::BoxFuture,
    schedule::{Decision, Explanation, ResumeFrom, ScheduleChange},
    shutdown::FailureWatch,
};

/// The sound scheduler and its runtime, which a flaw works with.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) inner: Arc<dyn Scheduler>,
    pub(super) runtime: Arc<dyn Runtime>,
}

/// The calls that a flaw can override. Each default is sound.
#[async_trait]
pub(super) trait Twist: Send + Sync + 'static {
    async fn start(&self, on: &Scene) -> Result<()> {
        on.inner.start().await
    }

    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        on.inner.shutdown(how).await
    }

    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        on.inner.wait_idle().await
    }

    fn watch_failures(&self, on: &Scene) -> FailureWatch {
        on.inner.watch_failures()
    }

    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        on.inner.request_shutdown(how)
    }

    fn state(&self, on: &Scene) -> State {
        on.inner.state()
    }

    fn pause(&self, on: &Scene) -> Result<()> {
        on.inner.pause()
    }

    fn resume(&self, on: &Scene) -> Result<()> {
        on.inner.resume()
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.try_submit(job)
    }

    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.submit(job).await
    }

    fn jobs(&self, on: &Scene) -> Vec<JobInfo> {
        on.inner.jobs()
    }

    fn cancel(&self, on: &Scene, job: JobId, mode: CancelMode) -> CancelStatus {
        on.inner.cancel(job, mode)
    }

    /// Adds one schedule, unless [`add_all`](Self::add_all) is overridden.
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        on.inner.add(schedule)
    }

    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        match <[Schedule; 1]>::try_from(schedules) {
            Ok([schedule]) => Ok(vec![self.add(on, schedule)?]),
            Err(schedules) => on.inner.add_all(schedules),
        }
    }

    fn schedules(&self, on: &Scene) -> Vec<ScheduleInfo> {
        on.inner.schedules()
    }

    fn backfills(&self, on: &Scene) -> Vec<BackfillHandle> {
        on.inner.backfills()
    }

    /// Returns a value that a new handle keeps until it is dropped.
    fn kept(&self, _: &Scene, id: &ScheduleId) -> Box<dyn Any + Send + Sync> {
        let _ = id;
        Box::new(())
    }

    /// Decides whether a handle still serves its id, given what it [keeps](Self::kept).
    fn serves(&self, _: &Scene, _: &ScheduleId, kept: &dyn Any) -> Result<()> {
        let _ = kept;
        Ok(())
    }

    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        on.inner.schedule(id).info()
    }

    fn next_times(&self, on: &Scene, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        on.inner.schedule(id).next_times(count)
    }

    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        on.inner.schedule(id).update(change)
    }

    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        on.inner.schedule(id).pause(reason)
    }

    fn resume_schedule(&self, on: &Scene, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        on.inner.schedule(id).resume(from)
    }

    fn remove(&self, on: &Scene, id: &ScheduleId) -> Result<()> {
        on.inner.schedule(id).remove()
    }

    fn run_now(&self, on: &Scene, id: &ScheduleId) -> Result<JobHandle> {
        on.inner.schedule(id).run_now()
    }

    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        on.inner.schedule(id).backfill(what)
    }

    fn backfill_times(
        &self,
        on: &Scene,
        id: &ScheduleId,
        what: &Backfill,
    ) -> Result<BackfillTimes> {
        on.inner.schedule(id).backfill_times(what)
    }

    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        on.inner.schedule(id).history()
    }

    fn explain(&self, on: &Scene, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        on.inner.schedule(id).explain(at)
    }

    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        on.inner.subscribe(filter)
    }

    /// Returns the listener to register in place of `listener`.
    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        listener
    }

    fn add_listener(
        &self,
        on: &Scene,
        filter: EventFilter,
        listener: Arc<dyn Listener>,
    ) -> ListenerId {
        on.inner.add_listener(filter, self.heard(on, listener))
    }

    fn remove_listener(&self, on: &Scene, id: ListenerId) -> bool {
        on.inner.remove_listener(id)
    }
}

/// Wraps the scheduler of `scene` so that its calls go through `twist`.
pub(super) fn twisted(scene: Scene, twist: impl Twist) -> Arc<dyn Scheduler> {
    Arc::new_cyclic(|me| Twisted {
        twist,
        scene,
        me: me.clone(),
    })
}

/// Returns an empty shutdown report.
pub(super) fn empty_report() -> Arc<ShutdownReport> {
    Arc::new(ShutdownReport::new(StateCause::Requested))
}

struct Twisted<T> {
    twist: T,
    scene: Scene,
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
        self.scene.inner.stopped().await
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

    fn schedule(&self, id: &ScheduleId) -> ScheduleHandle {
        let kept = self.twist.kept(&self.scene, id);
        ScheduleHandle::new(id.clone(), self.control(kept))
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.twist.jobs(&self.scene)
    }

    fn handle(&self, id: JobId) -> Option<JobHandle> {
        self.scene.inner.handle(id)
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
        self.scene.inner.metrics()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.scene.inner.sleep(duration)
    }
}

/// The control of the schedule handles. It does not keep the scheduler alive, and is sound after the scheduler
/// was dropped.
struct TwistedSchedules<T> {
    scheduler: Weak<Twisted<T>>,
    /// The value that the handle with this control keeps.
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
        self.call_one(id, |it, on| it.history(on, id), |it| it.history(id))
    }

    fn explain(&self, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        self.call_one(id, |it, on| it.explain(on, id, at), |it| it.explain(id, at))
    }
}
