//! One execution of something: how it is described, followed and ended.

pub(crate) mod cell;
mod context;
mod handle;
mod id;
mod outcome;
mod task;

use std::sync::Arc;

pub(crate) use self::{
    cell::{JobCell, JobHost, Told},
    task::{Body, JobFuture, Work},
};
pub use self::{
    context::JobContext,
    handle::{CancelMode, CancelStatus, JobControl, JobHandle, JobStatus},
    id::JobId,
    outcome::{CancelReason, IntoJobResult, JobError, JobOutcome, OutcomeKind},
    task::{Job, Start, Task},
};
use crate::ScheduleId;

/// A job that has not ended, seen from outside.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JobInfo {
    /// Its identity.
    pub id: JobId,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Where it stands.
    pub status: JobStatus,
    /// The schedule it is an occurrence of.
    pub schedule: Option<ScheduleId>,
}

impl JobInfo {
    /// A description: for those who implement a scheduler.
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
        }
    }
}
