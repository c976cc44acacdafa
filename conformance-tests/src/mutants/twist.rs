//! A scheduler that forwards every call, except for those that its twist overrides.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    EventFilter, Job, JobHandle, JobId, Metrics, Result, Runtime, Schedule, ScheduleId,
    ScheduleInfo, Scheduler, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    event::{EventStream, Listener, ListenerId, StateCause},
    job::{CancelMode, CancelStatus, JobInfo},
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

    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleId> {
        on.inner.add(schedule)
    }

    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        on.inner.backfill(id, what)
    }

    fn backfill_times(
        &self,
        on: &Scene,
        id: &ScheduleId,
        what: &Backfill,
    ) -> Result<BackfillTimes> {
        on.inner.backfill_times(id, what)
    }

    fn backfills(&self, on: &Scene) -> Vec<BackfillHandle> {
        on.inner.backfills()
    }

    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        on.inner.add_all(schedules)
    }

    fn schedules(&self, on: &Scene) -> Vec<ScheduleInfo> {
        on.inner.schedules()
    }

    fn remove(&self, on: &Scene, id: &ScheduleId) -> Result<()> {
        on.inner.remove(id)
    }

    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        on.inner.update(id, change)
    }

    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        on.inner.pause_schedule(id, reason)
    }

    fn resume_schedule(&self, on: &Scene, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        on.inner.resume_schedule(id, from)
    }

    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        on.inner.history(id)
    }

    fn explain(&self, on: &Scene, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        on.inner.explain(id, at)
    }

    fn run_now(&self, on: &Scene, id: &ScheduleId) -> Result<JobHandle> {
        on.inner.run_now(id)
    }

    fn schedule(&self, on: &Scene, id: &ScheduleId) -> Option<ScheduleInfo> {
        on.inner.schedule(id)
    }

    fn next_times(&self, on: &Scene, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        on.inner.next_times(id, count)
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
    Arc::new(Twisted { twist, scene })
}

/// An empty shutdown report.
pub(super) fn empty_report() -> Arc<ShutdownReport> {
    Arc::new(ShutdownReport::new(StateCause::Requested))
}

struct Twisted<T> {
    twist: T,
    scene: Scene,
}

#[async_trait]
#[deny(
    clippy::missing_trait_methods,
    reason = "a default method would hide a call of the scheduler under test"
)]
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

    async fn start_paused(&self) -> Result<()> {
        self.scene.inner.start_paused().await
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

    fn post(&self, job: Job) -> Result<JobId> {
        let handle = self.twist.try_submit(&self.scene, job)?;
        Ok(handle.id())
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        self.twist.cancel(&self.scene, job, mode)
    }

    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        self.twist.add(&self.scene, schedule)
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        self.twist.remove(&self.scene, id)
    }

    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        self.twist.update(&self.scene, id, change)
    }

    fn pause_schedule(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        self.twist.pause_schedule(&self.scene, id, reason)
    }

    fn resume_schedule(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        self.twist.resume_schedule(&self.scene, id, from)
    }

    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        self.twist.history(&self.scene, id)
    }

    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        self.twist.explain(&self.scene, id, instant)
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        self.twist.run_now(&self.scene, id)
    }

    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        self.twist.backfill(&self.scene, id, what)
    }

    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        self.twist.backfill_times(&self.scene, id, what)
    }

    fn backfills(&self) -> Vec<BackfillHandle> {
        self.twist.backfills(&self.scene)
    }

    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.twist.schedule(&self.scene, id)
    }

    fn schedules(&self) -> Vec<ScheduleInfo> {
        self.twist.schedules(&self.scene)
    }

    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        self.twist.add_all(&self.scene, schedules)
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        self.twist.next_times(&self.scene, id, count)
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.twist.jobs(&self.scene)
    }

    fn job(&self, id: JobId) -> Option<JobInfo> {
        self.scene.inner.job(id)
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
