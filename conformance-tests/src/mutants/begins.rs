//! Flaws between the permit of a job and the beginning of its body.

use std::time::Duration;

use async_trait::async_trait;
use scheduler_core::{Job, JobHandle, Result, Runtime, ScheduleId, implement::Work, job::JobError};

use super::twist::{Scene, Twist};

/// Mutant 403: pausing a schedule takes effect after the call has returned.
pub(super) struct PausesSchedulesLater;

#[async_trait]
impl Twist for PausesSchedulesLater {
    fn pause_schedule(&self, on: &Scene, id: &ScheduleId, reason: &str) -> Result<()> {
        let (inner, id, reason) = (on.inner.clone(), id.clone(), reason.to_owned());
        let later = async move { inner.schedule(&id).pause(&reason).unwrap_or_default() };
        on.runtime.spawn(Box::pin(later)).unwrap_or_default();
        Ok(())
    }
}

/// Mutant 404: the timeout of an attempt counts from the submission.
pub(super) struct CountsFromThePermit;

#[async_trait]
impl Twist for CountsFromThePermit {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let policy = job.get_policy().cloned();
        let limit = policy.as_ref().and_then(|policy| policy.attempt_timeout);
        let (Some(policy), Some(limit)) = (policy, limit) else {
            return on.inner.try_submit(job);
        };
        let late = Job::new({
            let (runtime, end) = (on.runtime.clone(), end_of(on, limit));
            move |context| async move {
                if end.is_none_or(|end| runtime.now().mono() >= end) {
                    return Err(JobError::failed("it took too long"));
                }
                match job.into_work(context) {
                    Work::Async(future) => future.await,
                    Work::Blocking(function) => function(),
                }
            }
        });
        on.inner.try_submit(late.policy(policy))
    }
}

fn end_of(on: &Scene, limit: Duration) -> Option<std::time::Instant> {
    on.runtime.now().mono().checked_add(limit)
}
