//! Jobs: their description, handle, context and outcome.

pub(crate) mod body;
pub(crate) mod caller;
mod cancel_requests;
pub(crate) mod cell;
mod context;
pub(crate) mod control;
mod function;
mod handle;
mod id;
mod kept_result;
mod local;
mod outcome;
mod policy;
mod progress;
mod rate;
mod result;
mod retry;
mod single;
mod slot;
mod task;
mod task_limit;
mod then;
mod valued;

use std::{panic::Location, sync::Arc};

#[cfg(feature = "store")]
pub(crate) use self::kept_result::store_value;
pub(crate) use self::{
    body::{Body, JobFuture, Work},
    cancel_requests::{CancelRequest, Order, Orders},
    cell::{InnerWait, JobCell, JobFacts, JobHost},
    control::JobControl,
    kept_result::{JobValue, deliver},
    slot::ValueSlot,
    then::Then,
};
pub use self::{
    context::JobContext,
    control::{CancelMode, CancelStatus, JobStatus},
    handle::JobHandle,
    id::JobId,
    kept_result::{JobResult, ResultError},
    outcome::{CancelReason, JobError, JobOutcome, OutcomeKind, OwnError},
    policy::JobPolicy,
    progress::Progress,
    rate::RateLimit,
    result::IntoJobResult,
    retry::Retry,
    single::{Job, Start},
    task::Task,
    task_limit::TaskLimit,
    valued::ValuedJob,
};
#[cfg(feature = "serde")]
pub(crate) use self::{function::Registered, task::TaskBody};
use crate::{ScheduleId, queue::DEFAULT};

/// The state of an unfinished job at the time of the call.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct JobInfo {
    /// Id of the job.
    pub id: JobId,
    /// Name of the job.
    pub name: Option<Arc<str>>,
    /// Status of the job.
    pub status: JobStatus,
    /// Id of the schedule that runs the job; `None` for a submitted job.
    pub schedule: Option<ScheduleId>,
    /// Number of attempts that were started.
    pub attempt: u32,
    /// Progress that the job last reported.
    pub progress: Option<Arc<Progress>>,
    /// Tags, metadata and limits of the job.
    pub policy: Option<Arc<JobPolicy>>,
    /// Source location that created the job, if recorded.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::export::values::location")
    )]
    pub spawned_at: Option<&'static Location<'static>>,
}

impl JobInfo {
    /// Returns the name of the queue of the job.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// scheduler.post(Job::new(|_| async {}))?;
    /// assert_eq!(scheduler.jobs()[0].queue(), "default");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn queue(&self) -> &str {
        let queue = self
            .policy
            .as_ref()
            .and_then(|policy| policy.queue.as_deref());
        queue.unwrap_or(DEFAULT)
    }

    /// Creates the state of a job. Third-party schedulers use this.
    #[must_use]
    pub const fn new(
        id: JobId,
        name: Option<Arc<str>>,
        status: JobStatus,
        schedule: Option<ScheduleId>,
    ) -> Self {
        Self {
            id,
            name,
            status,
            schedule,
            attempt: 0,
            progress: None,
            policy: None,
            spawned_at: None,
        }
    }
}
