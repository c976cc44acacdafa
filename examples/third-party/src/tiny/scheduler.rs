//! The `Scheduler` trait for it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, EventFilter, EventKind, Job, JobHandle, JobId, Metrics, Result, Runtime, Schedule,
    ScheduleId, ScheduleInfo, Scheduler, Shutdown, ShutdownReport, State,
    event::{EventStream, Listener, ListenerId, StateCause},
    implement::{OwnHost, event_channel},
    job::{CancelMode, CancelStatus, JobInfo, JobStatus},
    lifecycle::{Operation, permit},
    runtime::BoxFuture,
};

use super::Tiny;

#[async_trait]
impl Scheduler for Tiny {
    fn backend(&self) -> &str {
        self.0.runtime.name()
    }

    fn state(&self) -> State {
        self.0.lock().state
    }

    async fn start(&self) -> Result<()> {
        self.0.begin(Operation::Start, State::Running).await
    }

    async fn start_paused(&self) -> Result<()> {
        self.0.begin(Operation::StartPaused, State::Paused).await
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

    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.request_shutdown(how)?;
        Ok(self.0.report().await)
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

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        OwnHost::sleep(&**self.0, duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        OwnHost::cancel(&**self.0, job, mode)
    }

    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        let (id, live) = self.0.change(|inner| {
            permit(inner.state, Operation::Add)?;
            let number = inner.number();
            let id = schedule.get_id().cloned();
            let id = id.unwrap_or_else(|| format!("schedule-{number}").into());
            if inner.schedules.contains_key(&id) {
                return Err(Error::DuplicateId(id));
            }
            inner.schedules.insert(id.clone(), schedule);
            inner.news.push(EventKind::ScheduleAdded(id.clone()));
            Ok((id, !matches!(inner.state, State::New | State::Starting)))
        })?;
        if live {
            self.0.follow(id.clone());
        }
        Ok(id)
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        self.0.change(|inner| {
            let removed = inner.schedules.remove(id);
            removed.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
            inner.news.push(EventKind::ScheduleRemoved(id.clone()));
            Ok(())
        })
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        let inner = self.0.lock();
        permit(inner.state, Operation::RunNow)?;
        let schedule = inner.schedules.get(id).cloned();
        drop(inner);
        let schedule = schedule.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
        self.0.accept(Job::from(schedule.get_task().clone()))
    }

    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        let all = self.schedules().into_iter();
        all.into_iter().find(|info| info.id == *id)
    }

    fn schedules(&self) -> Vec<ScheduleInfo> {
        let inner = self.0.lock();
        let ids = inner.schedules.keys().cloned();
        ids.map(|id| ScheduleInfo::new(id, None, None, 0)).collect()
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let now = self.0.runtime.now().wall;
        let schedule = self.0.lock().schedules.get(id).cloned();
        let schedule = schedule.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
        let rule = schedule.get_trigger().clone();
        let step = |at: &DateTime<Utc>| rule.next_after(*at).filter(|next| next > at);
        Ok(std::iter::successors(rule.first_from(now), step)
            .take(count)
            .collect())
    }

    fn jobs(&self) -> Vec<JobInfo> {
        let inner = self.0.lock();
        let jobs = inner.jobs.iter();
        jobs.map(|(id, (own, status))| JobInfo::new(*id, own.handle().name(), *status, None))
            .collect()
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
