//! [`Error`]: the error type of all calls, with an [`ErrorKind`] to match on.

use std::{sync::Arc, time::Duration};

use crate::{
    LifecycleError, ScheduleId, ShutdownReport, SpawnError, WaitingCall,
    base::counted::counted,
    job::{JobError, JobId, ResultError},
    trigger::{CronError, TriggerError, ZoneError},
};

/// `Result` with the scheduler's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of a call.
///
/// Match on [`kind`](Self::kind) rather than on the text, which may change.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state does not allow the call. [`LifecycleError`] names the remedy.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),

    /// The call would wait for its own caller. [`WaitingCall`] names the alternative.
    #[error("{0}")]
    WouldDeadlock(WaitingCall),

    /// The runtime refused the task: start a runtime, or pass a handle to one.
    #[error("backend {backend:?}: {source}")]
    Spawn {
        /// Name of the backend.
        backend: String,
        /// Reason of the refusal. The message of this error contains its text, so
        /// [`source`](std::error::Error::source) returns `None`.
        r#source: SpawnError,
    },

    /// The queue is full: wait with `submit`, shed load, or raise
    /// [`Options::queue_limit`](crate::Options::queue_limit) or [`Queue::limit`](crate::queue::Queue::limit).
    #[error("the queue {queue:?} is full with {}: await `submit`, or raise its limit", counted(*limit, "waiting job"))]
    QueueFull {
        /// Name of the queue.
        queue: Arc<str>,
        /// The configured limit.
        limit: usize,
    },

    /// A schedule with this id exists: choose another id, or remove the existing schedule.
    #[error("the schedule {0:?} exists already: choose another id, or another `on_conflict`")]
    DuplicateId(ScheduleId),

    /// No schedule has this id: it was never added, was removed, or has ended.
    #[error(
        "the schedule {0:?} does not exist: it was never added, was removed, is exhausted, or ended with its scheduler"
    )]
    UnknownSchedule(ScheduleId),

    /// The scheduler has no queue of this name: add it to the options with
    /// [`Options::queue`](crate::Options::queue).
    #[error("the queue {0:?} does not exist: build the scheduler with `Options::queue`")]
    UnknownQueue(Arc<str>),

    /// No unfinished job has this id: it was never submitted, or it has finished.
    #[error("job {0} does not exist: it has ended, or was never submitted")]
    UnknownJob(JobId),

    /// The awaited job did not succeed.
    #[error(transparent)]
    Job(#[from] JobError),

    /// An await of another handle moved the value out. Call [`wait`](crate::JobHandle::wait) on every
    /// handle, which clones the value.
    #[error(
        "the value of job {0} was taken by awaiting another handle: call `wait` on each handle to share it"
    )]
    ValueTaken(JobId),

    /// The scheduler has no result, or no value, of the job. [`ResultError`](crate::job::ResultError) says why.
    #[error(transparent)]
    Result(ResultError),

    /// A setting is invalid: correct it. Nothing was changed.
    #[error("the setting `{field}` {problem}")]
    InvalidConfig {
        /// Name of the setting.
        field: &'static str,
        /// The problem.
        problem: String,
    },

    /// The trigger is invalid.
    #[error(transparent)]
    InvalidTrigger(#[from] TriggerError),

    /// No task has this name, or it does not accept these arguments. See
    /// [`TaskError`](crate::registry::TaskError).
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Task(#[from] crate::registry::TaskError),

    /// The store failed, or refused the change. Nothing of the call was stored.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(Arc<crate::store::StoreError>),

    /// The store did not answer: it may have stored the change. To store a job once, submit it again under this id.
    #[cfg(feature = "store")]
    #[error("the store may have stored the change: {source}{}", again(*.job))]
    MaybeStored {
        /// The job of a submission.
        job: Option<crate::store::StoredId>,
        /// Why there is no answer. The message of this error contains its text.
        r#source: Arc<crate::store::StoreError>,
    },

    /// The store has no job with this id, and no end of one: it was never stored, or its end was pruned.
    #[cfg(feature = "store")]
    #[error(
        "job {0} does not exist in the store: it was never stored, or its end is no longer kept"
    )]
    UnknownStoredJob(crate::store::StoredId),

    /// Some schedules cannot be written as data. The error names each of them.
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Export(Arc<crate::export::ExportError>),

    /// A document of schedules is invalid, and nothing was imported. The error names each problem and its
    /// path.
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Import(Arc<crate::export::ImportError>),

    /// The wait timed out. The awaited job or backfill continues.
    #[error("the wait took longer than {0:?}: the awaited job or backfill continues")]
    Timeout(Duration),

    /// The shutdown is complete, but abandoned jobs that ignored their cancellation. The report names them.
    #[error("the shutdown abandoned {} that ignored the cancellation", counted(.0.abandoned.len(), "job"))]
    Abandoned(Arc<ShutdownReport>),
}

impl Error {
    /// Returns the kind of the error.
    ///
    /// ```
    /// use scheduler_core::{Error, ErrorKind, lifecycle::LifecycleError};
    ///
    /// let error = Error::from(LifecycleError::NotRunning);
    /// assert_eq!(error.kind(), ErrorKind::NotRunning);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Lifecycle(LifecycleError::AlreadyRunning) => ErrorKind::AlreadyRunning,
            Self::Lifecycle(LifecycleError::NotRunning) => ErrorKind::NotRunning,
            Self::Lifecycle(LifecycleError::ShutDown) => ErrorKind::ShutDown,
            Self::Lifecycle(LifecycleError::WouldDeadlock) | Self::WouldDeadlock(_) => {
                ErrorKind::WouldDeadlock
            }
            Self::Spawn {
                source: SpawnError::NoRuntime { .. },
                ..
            } => ErrorKind::NoRuntime,
            Self::Spawn { .. } => ErrorKind::Spawn,
            Self::QueueFull { .. } => ErrorKind::QueueFull,
            Self::DuplicateId(_) => ErrorKind::DuplicateId,
            Self::UnknownSchedule(_) | Self::UnknownJob(_) | Self::UnknownQueue(_) => {
                ErrorKind::NotFound
            }
            Self::Job(_) => ErrorKind::JobFailed,
            Self::ValueTaken(_) => ErrorKind::ValueTaken,
            Self::Result(error) => match error {
                ResultError::Unfinished(_) => ErrorKind::NotFinished,
                ResultError::NotKept(_) => ErrorKind::NotKept,
                ResultError::Expired(_) | ResultError::Displaced(_) => ErrorKind::NoLongerKept,
                ResultError::OtherType { .. } => ErrorKind::OtherType,
            },
            Self::InvalidConfig { .. } => ErrorKind::InvalidConfig,
            Self::InvalidTrigger(_) => ErrorKind::InvalidTrigger,
            #[cfg(feature = "serde")]
            Self::Task(error) => error.kind(),
            #[cfg(feature = "store")]
            Self::Store(_) => ErrorKind::Store,
            #[cfg(feature = "store")]
            Self::MaybeStored { .. } => ErrorKind::MaybeStored,
            #[cfg(feature = "store")]
            Self::UnknownStoredJob(_) => ErrorKind::NotFound,
            #[cfg(feature = "serde")]
            Self::Export(_) => ErrorKind::NotData,
            #[cfg(feature = "serde")]
            Self::Import(_) => ErrorKind::InvalidDocument,
            Self::Timeout(_) | Self::Abandoned(_) => ErrorKind::Timeout,
        }
    }
}

#[cfg(feature = "store")]
fn again(job: Option<crate::store::StoredId>) -> String {
    job.map_or_else(String::new, |job| {
        format!("; submit job {job} again under its id")
    })
}

#[cfg(feature = "store")]
impl From<crate::store::StoreError> for Error {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<CronError> for Error {
    fn from(error: CronError) -> Self {
        Self::InvalidTrigger(error.into())
    }
}

#[cfg(feature = "serde")]
impl From<crate::export::ExportError> for Error {
    fn from(error: crate::export::ExportError) -> Self {
        Self::Export(Arc::new(error))
    }
}

#[cfg(feature = "serde")]
impl From<crate::export::ImportError> for Error {
    fn from(error: crate::export::ImportError) -> Self {
        Self::Import(Arc::new(error))
    }
}

impl From<ZoneError> for Error {
    fn from(error: ZoneError) -> Self {
        Self::InvalidTrigger(error.into())
    }
}

/// The kind of an [`Error`], to match on. Every backend returns the same kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The scheduler runs, or is starting.
    AlreadyRunning,
    /// The id exists.
    DuplicateId,
    /// The task does not accept the arguments.
    InvalidArguments,
    /// A setting makes no sense.
    InvalidConfig,
    /// A document is invalid.
    InvalidDocument,
    /// A trigger cannot be built or used.
    InvalidTrigger,
    /// The awaited job did not succeed.
    JobFailed,
    /// The store did not answer: it may have stored the change.
    MaybeStored,
    /// The result of the job is no longer kept.
    NoLongerKept,
    /// There is no executor.
    NoRuntime,
    /// A schedule cannot be written as data.
    NotData,
    /// The job has not finished.
    NotFinished,
    /// No job, schedule or queue has this id or name.
    NotFound,
    /// The result of the job was not kept.
    NotKept,
    /// The scheduler was not started.
    NotRunning,
    /// The value has another type.
    OtherType,
    /// The queue is full.
    QueueFull,
    /// The scheduler is shutting down or has shut down.
    ShutDown,
    /// The executor refused the task.
    Spawn,
    /// The store failed, or refused the change.
    Store,
    /// The wait timed out, or the shutdown abandoned jobs.
    Timeout,
    /// Another handle moved the value of the job out.
    ValueTaken,
    /// The call would wait for its own caller.
    WouldDeadlock,
}
