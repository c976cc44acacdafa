//! [`Teller`]: a sound scheduler that falsifies one returned value.

use std::{
    any::Any,
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, Event, EventFilter, Job, JobHandle, JobId, JobOutcome, Metrics, Result, Schedule,
    ScheduleHandle, ScheduleId, ScheduleInfo, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle},
    event::{EventStream, Listener},
    implement::event_channel,
    job::{CancelMode, CancelStatus, JobInfo, JobResult, JobStatus, Progress},
    schedule::{Decision, Explanation, HistoryPage},
};

use super::{
    backfills::told,
    flaw::{Change, Flaw, Source},
    reader::Reader,
};
use crate::mutants::{
    handle::{Grip, gripped},
    twist::{Scene, Twist},
};

/// Falsifies one value, and records which values a case reads. Clones share the record.
#[derive(Clone, Default)]
pub(super) struct Teller {
    flaw: Option<Arc<Flaw>>,
    read: Arc<Mutex<BTreeSet<Source>>>,
}

impl Teller {
    pub(super) fn wrong_in(flaw: Arc<Flaw>) -> Self {
        Self {
            flaw: Some(flaw),
            read: Arc::default(),
        }
    }

    /// Returns the values and events that were read.
    pub(super) fn has_read(&self) -> BTreeSet<Source> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Source>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a case reads `source`. Returns the flaw if it concerns that source.
    pub(super) fn read(&self, source: Source) -> Option<&Change> {
        self.lock().insert(source);
        let flaw = self.flaw.as_ref()?;
        (flaw.source == source).then_some(&flaw.change)
    }

    pub(super) fn tell<T: Any>(&self, call: &'static str, mut answer: T) -> T {
        if let Some(Change::Value { spoil, way }) = self.read(Source::Call(call)) {
            spoil(&mut answer, *way);
        }
        answer
    }

    fn tell_report(
        &self,
        call: &'static str,
        report: Result<Arc<ShutdownReport>>,
    ) -> Result<Arc<ShutdownReport>> {
        let mut report = report;
        if let Ok(report) | Err(Error::Abandoned(report)) = &mut report
            && let Some(Change::Value { spoil, way }) = self.read(Source::Call(call))
        {
            let report: &mut ShutdownReport = Arc::make_mut(report);
            spoil(report, *way);
        }
        report
    }

    fn grip(&self, on: &Scene, job: JobHandle) -> JobHandle {
        gripped(on, job, self.clone())
    }
}

#[async_trait]
impl Grip for Teller {
    fn id(&self, job: &JobHandle) -> JobId {
        self.tell("JobHandle::id", job.id())
    }

    fn name(&self, job: &JobHandle) -> Option<Arc<str>> {
        self.tell("JobHandle::name", job.name())
    }

    fn status(&self, job: &JobHandle) -> JobStatus {
        self.tell("JobHandle::status", job.status())
    }

    fn info(&self, job: &JobHandle) -> Option<JobInfo> {
        self.tell("JobHandle::info", job.info())
    }

    fn progress(&self, job: &JobHandle) -> Option<Arc<Progress>> {
        self.tell("JobHandle::progress", job.progress())
    }

    fn outcome(&self, job: &JobHandle) -> Option<JobOutcome> {
        self.tell("JobHandle::outcome", job.outcome())
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        Ok(self.tell("JobHandle::wait", job.wait().await?))
    }

    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        self.tell("JobHandle::cancel", job.cancel(mode))
    }
}

#[async_trait]
impl Twist for Teller {
    fn state(&self, on: &Scene) -> State {
        self.tell("Scheduler::state", on.inner.state())
    }

    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        let report = on.inner.shutdown(how).await;
        self.tell_report("Scheduler::shutdown", report)
    }

    async fn stopped(&self, on: &Scene) -> Result<Arc<ShutdownReport>> {
        let report = on.inner.stopped().await;
        self.tell_report("Scheduler::stopped", report)
    }

    fn metrics(&self, on: &Scene) -> Metrics {
        self.tell("Scheduler::metrics", on.inner.metrics())
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        Ok(self.grip(on, on.inner.try_submit(job)?))
    }

    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        Ok(self.grip(on, on.inner.submit(job).await?))
    }

    fn handle(&self, on: &Scene, job: JobId) -> Option<JobHandle> {
        let handle = on.inner.handle(job).map(|job| self.grip(on, job));
        self.tell("Scheduler::handle", handle)
    }

    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        Ok(self.tell("Scheduler::result", on.inner.result(job)?))
    }

    fn jobs(&self, on: &Scene) -> Vec<JobInfo> {
        self.tell("Scheduler::jobs", on.inner.jobs())
    }

    fn cancel(&self, on: &Scene, job: JobId, mode: CancelMode) -> CancelStatus {
        self.tell("Scheduler::cancel", on.inner.cancel(job, mode))
    }

    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        Ok(self.tell("Scheduler::add_all", on.inner.add_all(schedules)?))
    }

    fn schedules(&self, on: &Scene) -> Vec<ScheduleInfo> {
        self.tell("Scheduler::schedules", on.inner.schedules())
    }

    fn backfills(&self, on: &Scene) -> Vec<BackfillHandle> {
        let all = on.inner.backfills().into_iter();
        let all: Vec<_> = all.map(|one| told(self, on, one)).collect();
        self.tell("Scheduler::backfills", all)
    }

    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        Ok(self.tell("ScheduleHandle::info", on.inner.schedule(id).info()?))
    }

    fn next_times(&self, on: &Scene, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let times = on.inner.schedule(id).next_times(count)?;
        Ok(self.tell("ScheduleHandle::next_times", times))
    }

    fn run_now(&self, on: &Scene, id: &ScheduleId) -> Result<JobHandle> {
        Ok(self.grip(on, on.inner.schedule(id).run_now()?))
    }

    fn backfill(&self, on: &Scene, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        Ok(told(self, on, on.inner.schedule(id).backfill(what)?))
    }

    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok(self.tell("ScheduleHandle::history", on.inner.schedule(id).history()?))
    }

    fn history_page(
        &self,
        on: &Scene,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        let page = on.inner.schedule(id).history_page(page)?;
        Ok(self.tell("ScheduleHandle::history", page))
    }

    fn explain(&self, on: &Scene, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        Ok(self.tell(
            "ScheduleHandle::explain",
            on.inner.schedule(id).explain(at)?,
        ))
    }

    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(100_000);
        let reader = Reader::new(self.clone(), Source::Stream);
        let forward = move |event: &Event| {
            for event in reader.pass(event) {
                sender.push(event);
            }
            sender.wake();
        };
        on.inner.add_listener(filter, Arc::new(forward));
        stream
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let reader = Reader::new(self.clone(), Source::Listener);
        Arc::new(move |event: &Event| {
            let passed = reader.pass(event);
            passed.iter().for_each(|event| listener.on_event(event));
        })
    }
}
