//! [`JobControl`]: the scheduler's side of a job handle; and [`CancelMode`]: how a job is
//! cancelled.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{JobId, JobInfo, JobOutcome, Progress};
use crate::{BoxFuture, Result};

/// The scheduler's side of a [`JobHandle`](super::JobHandle). Third-party schedulers implement it.
#[async_trait]
pub trait JobControl: Send + Sync + 'static {
    /// Returns the id of the job.
    fn id(&self) -> JobId;

    /// Returns the name of the job, if it has one.
    fn name(&self) -> Option<Arc<str>>;

    /// Returns the present status of the job.
    fn status(&self) -> JobStatus;

    /// Returns the state of the job, or `None` if it has finished.
    fn info(&self) -> Option<JobInfo>;

    /// Returns the outcome, or `None` if the job has not finished.
    fn outcome(&self) -> Option<JobOutcome>;

    /// Returns the progress that the job last reported.
    fn progress(&self) -> Option<Arc<Progress>>;

    /// Waits until the job has finished.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) if the caller would wait for itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future MUST stop only the wait.
    async fn finished(&self) -> Result<JobOutcome>;

    /// Requests the cancellation of the job.
    fn cancel(&self, mode: CancelMode) -> CancelStatus;

    /// Returns a future that completes after `duration` on the clock of the scheduler.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// How to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelMode {
    /// Sends the cancellation request, and drops an asynchronous body at its next suspension after
    /// this grace. A blocking body cannot be dropped and ends only by returning.
    Graceful(Duration),
    /// Sends the cancellation request, and drops an asynchronous body at its next suspension.
    Immediate,
}

/// The effect of a cancellation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum CancelStatus {
    /// The job was not running, and will not start.
    Prevented,
    /// The job is running and has received the request.
    Requested,
    /// The job had finished; its outcome does not change.
    TooLate,
    /// The scheduler never had a job with this id: take the id from a handle, from `post` or from an event of
    /// the same scheduler.
    Unknown,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum JobStatus {
    /// The job waits for the instant at which it may start.
    Delayed,
    /// The job waits for a permit, or for the scheduler to start or resume.
    Queued,
    /// The job waits for its next attempt after a failure.
    Retrying,
    /// The job has a permit and was spawned on the executor.
    Running,
    /// The job runs, and has received a cancellation request.
    Cancelling,
    /// The job has failed, and its error handler has not returned.
    Handling,
    /// The job has finished.
    Finished,
}
