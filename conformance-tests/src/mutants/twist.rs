//! A scheduler that forwards every call, except for those that its twist overrides.

mod forward;
mod queues;

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    EventFilter, Job, JobHandle, JobId, Metrics, Result, Runtime, Schedule, ScheduleHandle,
    ScheduleId, ScheduleInfo, Scheduler, SchedulerExt, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    event::{EventStream, Listener, ListenerId, StateCause},
    job::{CancelMode, CancelStatus, JobInfo, JobResult},
    queue::QueueInfo,
    schedule::{Decision, Explanation, HistoryPage, ResumeFrom, ScheduleChange},
    shutdown::FailureWatch,
};

pub(super) use self::forward::twisted;

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

    async fn stopped(&self, on: &Scene) -> Result<Arc<ShutdownReport>> {
        on.inner.stopped().await
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

    fn handle(&self, on: &Scene, job: JobId) -> Option<JobHandle> {
        on.inner.handle(job)
    }

    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        on.inner.result(job)
    }

    fn metrics(&self, on: &Scene) -> Metrics {
        on.inner.metrics()
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

    fn queues(&self, on: &Scene) -> Vec<QueueInfo> {
        on.inner.queues()
    }

    fn queue(&self, on: &Scene, name: &str) -> Result<QueueInfo> {
        on.inner.queue(name).info()
    }

    fn pause_queue(&self, on: &Scene, name: &str, reason: &str) -> Result<()> {
        on.inner.queue(name).pause(reason)
    }

    fn resume_queue(&self, on: &Scene, name: &str) -> Result<()> {
        on.inner.queue(name).resume()
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

    fn remove_all(&self, on: &Scene) -> Result<Vec<ScheduleId>> {
        on.inner.remove_all()
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

    fn history_page(
        &self,
        on: &Scene,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        page.select(&self.history(on, id)?)
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

/// Returns an empty shutdown report.
pub(super) fn empty_report() -> Arc<ShutdownReport> {
    Arc::new(ShutdownReport::new(StateCause::Requested))
}
