//! Job handles with a flaw.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use scheduler_core::{
    JobHandle, JobId, JobOutcome, Result, Runtime,
    implement::JobControl,
    job::{CancelMode, CancelStatus, JobInfo, JobStatus, Progress},
    runtime::BoxFuture,
};

use super::twist::Scene;

/// The calls of a handle that a flaw can override. Each default is sound.
#[async_trait]
pub(super) trait Grip: Send + Sync + 'static {
    fn id(&self, job: &JobHandle) -> JobId {
        job.id()
    }

    fn name(&self, job: &JobHandle) -> Option<Arc<str>> {
        job.name()
    }

    fn status(&self, job: &JobHandle) -> JobStatus {
        job.status()
    }

    fn info(&self, job: &JobHandle) -> Option<JobInfo> {
        job.info()
    }

    fn progress(&self, job: &JobHandle) -> Option<Arc<Progress>> {
        job.progress()
    }

    fn outcome(&self, job: &JobHandle) -> Option<JobOutcome> {
        job.outcome()
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        job.wait().await
    }

    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        job.cancel(mode)
    }
}

/// Wraps the handle of `job` so that its calls go through `grip`.
pub(super) fn gripped(on: &Scene, job: JobHandle, grip: impl Grip) -> JobHandle {
    let runtime = on.runtime.clone();
    JobHandle::new(Arc::new(Gripped { grip, job, runtime }))
}

struct Gripped<G> {
    grip: G,
    job: JobHandle,
    runtime: Arc<dyn Runtime>,
}

#[async_trait]
impl<G: Grip> JobControl for Gripped<G> {
    fn id(&self) -> JobId {
        self.grip.id(&self.job)
    }

    fn name(&self) -> Option<Arc<str>> {
        self.grip.name(&self.job)
    }

    fn status(&self) -> JobStatus {
        self.grip.status(&self.job)
    }

    fn info(&self) -> Option<JobInfo> {
        self.grip.info(&self.job)
    }

    fn outcome(&self) -> Option<JobOutcome> {
        self.grip.outcome(&self.job)
    }

    fn progress(&self) -> Option<Arc<Progress>> {
        self.grip.progress(&self.job)
    }

    async fn finished(&self) -> Result<JobOutcome> {
        self.grip.finished(&self.job).await
    }

    fn cancel(&self, mode: CancelMode) -> CancelStatus {
        self.grip.cancel(&self.job, mode)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.runtime
            .sleep_until(self.runtime.now().mono() + duration)
    }
}

/// Returns a handle to a job that never runs.
pub(super) fn never_ending() -> JobHandle {
    JobHandle::new(Arc::new(NeverEnding))
}

struct NeverEnding;

#[async_trait]
impl JobControl for NeverEnding {
    fn id(&self) -> JobId {
        JobId::from_bits(u64::MAX)
    }

    fn name(&self) -> Option<Arc<str>> {
        None
    }

    fn status(&self) -> JobStatus {
        JobStatus::Queued
    }

    fn info(&self) -> Option<JobInfo> {
        None
    }

    fn outcome(&self) -> Option<JobOutcome> {
        None
    }

    fn progress(&self) -> Option<Arc<Progress>> {
        None
    }

    async fn finished(&self) -> Result<JobOutcome> {
        std::future::pending().await
    }

    fn cancel(&self, _: CancelMode) -> CancelStatus {
        CancelStatus::Prevented
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}
