//! Implements the [`Scheduler`] trait.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use scheduler_core::{
    Error, EventFilter, Job, JobHandle, JobId, Metrics, Result, Runtime, Scheduler, Shutdown,
    ShutdownReport, State,
    event::{EventStream, Listener, ListenerId, StateCause},
    implement::{OwnHost, QueueControl, ScheduleControl, event_channel},
    job::{JobInfo, JobResult, JobStatus, ResultError},
    lifecycle::{FirstState, Operation, permit},
    runtime::BoxFuture,
    shutdown::FailureWatch,
};

use super::{Tiny, queues::OnlyQueue};

#[async_trait]
impl Scheduler for Tiny {
    fn backend(&self) -> &str {
        self.0.runtime.name()
    }

    fn state(&self) -> State {
        self.0.lock().state
    }

    async fn start_in(&self, first: FirstState) -> Result<()> {
        self.0.begin(first).await
    }

    fn pause(&self) -> Result<()> {
        self.0.change(|inner| {
            permit(inner.state, Operation::Pause)?;
            if inner.state == State::Running {
                inner.go_to(State::Paused, StateCause::Requested);
            }
            Ok(())
        })
    }

    fn resume(&self) -> Result<()> {
        self.0.change(|inner| {
            permit(inner.state, Operation::Resume)?;
            if inner.state == State::Paused {
                inner.go_to(State::Running, StateCause::Requested);
            }
            Ok::<_, Error>(())
        })?;
        self.0.release();
        Ok(())
    }

    fn request_shutdown(&self, _: Shutdown) -> Result<()> {
        self.0.close()
    }

    async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        Ok(self.0.report().await)
    }

    async fn wait_idle(&self) -> Result<()> {
        let look = || {
            let inner = self.0.lock();
            if let Err(refused) = permit(inner.state, Operation::WaitIdle) {
                return Some(Err(Error::from(refused)));
            }
            let waits = inner.state == State::Running && inner.count(JobStatus::Queued) > 0;
            let runs = inner.count(JobStatus::Running) + inner.count(JobStatus::Cancelling);
            (runs == 0 && !waits).then_some(Ok(()))
        };
        self.0.changed.until(look).await
    }

    /// Returns a guard without effect, because this scheduler records no failures.
    fn watch_failures(&self) -> FailureWatch {
        FailureWatch::default()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        OwnHost::sleep(&**self.0, duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn handle(&self, id: JobId) -> Option<JobHandle> {
        let inner = self.0.lock();
        inner.jobs.get(&id).map(|(own, _)| own.handle())
    }

    /// Keeps no results: every job has one policy here, that of a job without any.
    fn result(&self, id: JobId) -> Result<JobResult> {
        let inner = self.0.lock();
        if inner.jobs.contains_key(&id) {
            return Err(ResultError::Unfinished(id).into());
        }
        if (1..=inner.numbers).contains(&id.to_bits()) {
            return Err(ResultError::NotKept(id).into());
        }
        Err(Error::UnknownJob(id))
    }

    fn schedule_control(&self) -> Arc<dyn ScheduleControl> {
        self.0.control()
    }

    fn queue_control(&self) -> Arc<dyn QueueControl> {
        Arc::new(OnlyQueue((*self.0).0.clone()))
    }

    fn jobs(&self) -> Vec<JobInfo> {
        let ids: Vec<_> = self.0.lock().jobs.keys().copied().collect();
        let infos = ids
            .into_iter()
            .filter_map(|id| OwnHost::info(&**self.0, id));
        infos.collect()
    }

    fn subscribe(&self, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(1_024);
        self.0.lock().streams.push((filter, sender));
        stream
    }

    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
        let mut inner = self.0.lock();
        let id = ListenerId::from_bits(inner.number());
        inner.listeners.push((id, filter, listener));
        id
    }

    fn remove_listener(&self, id: ListenerId) -> bool {
        let mut inner = self.0.lock();
        let before = inner.listeners.len();
        inner.listeners.retain(|(known, ..)| *known != id);
        inner.listeners.len() < before
    }

    fn metrics(&self) -> Metrics {
        let inner = self.0.lock();
        let mut metrics = Metrics::default();
        metrics.queued = inner.count(JobStatus::Queued);
        metrics.running = inner.count(JobStatus::Running);
        metrics.schedules = inner.schedules.len();
        metrics
    }
}
