//! One execution of something: how it is described, followed and ended.

mod body;
pub(crate) mod cell;
mod context;
mod function;
mod handle;
mod id;
mod orders;
mod outcome;
mod policy;
mod progress;
mod rate;
mod result;
mod retry;
mod slot;
mod task;
mod then;

use std::{panic::Location, sync::Arc};

pub use self::{
    body::Work,
    context::JobContext,
    handle::{CancelMode, CancelStatus, JobControl, JobHandle, JobStatus},
    id::JobId,
    outcome::{CancelReason, JobError, JobOutcome, OutcomeKind, OwnError},
    policy::JobPolicy,
    progress::Progress,
    rate::RateLimit,
    result::IntoJobResult,
    retry::Retry,
    task::{Job, Start, Task},
};
pub(crate) use self::{
    body::{Body, JobFuture},
    cell::{InnerWait, JobCell, JobHost},
    orders::{Order, Orders, Told},
    slot::ValueSlot,
    then::Then,
};
#[cfg(feature = "serde")]
pub(crate) use self::{function::Registered, task::TaskBody};
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
    /// How many times it has been started.
    pub attempt: u32,
    /// How far it says it has got.
    pub progress: Option<Arc<Progress>>,
    /// What it asks for: its tags, its metadata, its limits.
    pub policy: Option<Arc<JobPolicy>>,
    /// Where in the program it was made, if that is known.
    pub spawned_at: Option<&'static Location<'static>>,
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
            attempt: 0,
            progress: None,
            policy: None,
            spawned_at: None,
        }
    }
}
