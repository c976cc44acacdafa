//! What can go wrong when a scheduler is used: one enum, with a kind to match on.

use std::{sync::Arc, time::Duration};

use crate::{
    LifecycleError, ScheduleId, ShutdownReport, SpawnError, WaitingCall,
    counted::counted,
    job::{JobError, JobId},
    trigger::{CronError, TriggerError, ZoneError},
};

/// `Result` with the scheduler's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or did not end well.
///
/// Match on [`kind`](Self::kind) rather than on the text, which may change.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state does not allow the call. See [`LifecycleError`] for what to do.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),

    /// The call would wait for its own caller: what to call instead.
    #[error("{0}")]
    WouldDeadlock(WaitingCall),

    /// The runtime could not take the work: start one, or hand over a handle to one.
    #[error("backend {backend:?}: {source}")]
    Spawn {
        /// The backend's name.
        backend: String,
        /// Why the runtime took no work. Its text is part of this error's: it is no
        /// [`source`](std::error::Error::source) as well, which reporters would print once more.
        r#source: SpawnError,
    },

    /// The queue is full: wait with `submit`, shed load, or raise
    /// [`Options::queue_limit`](crate::Options::queue_limit).
    #[error("the queue is full with {}: await `submit`, or raise `queue_limit`", counted(*limit, "waiting job"))]
    QueueFull {
        /// The limit that was reached.
        limit: usize,
    },

    /// A schedule of that id exists: choose another id, or remove the first.
    #[error("the schedule {0:?} exists already: choose another id, or another `on_conflict`")]
    DuplicateId(ScheduleId),

    /// There is no such schedule: it was never added, was removed, or is exhausted.
    #[error("the schedule {0:?} does not exist: it was never added, or has been removed")]
    UnknownSchedule(ScheduleId),

    /// There is no such job: it was never submitted, or it has ended.
    #[error("job {0} does not exist: it has ended, or was never submitted")]
    UnknownJob(JobId),

    /// The awaited job did not succeed: what happened to it.
    #[error(transparent)]
    Job(#[from] JobError),

    /// The value of the job has been moved out by an await of another handle: call
    /// [`wait`](crate::JobHandle::wait) on every handle, which clones it.
    #[error(
        "the value of job {0} is taken by an await of another handle: call `wait` on each handle to share it"
    )]
    ValueTaken(JobId),

    /// A setting makes no sense: correct it, nothing was built.
    #[error("the setting `{field}` {problem}")]
    InvalidConfig {
        /// The setting.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },

    /// This implementation of [`Scheduler`](crate::Scheduler) does not have the call, which came
    /// after its time. Those of the backends have them all.
    #[error("the call `{call}` is not implemented by this scheduler")]
    Unsupported {
        /// The call.
        call: &'static str,
    },

    /// The trigger cannot be built or used.
    #[error(transparent)]
    InvalidTrigger(#[from] TriggerError),

    /// There is no such task, or not with these arguments. See [`TaskError`](crate::registry::TaskError) for what to do.
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Task(#[from] crate::registry::TaskError),

    /// Schedules cannot be written as data. The error names all of them.
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Export(Arc<crate::export::ExportError>),

    /// A document of schedules cannot be imported: nothing was changed. The error names all that is
    /// wrong, and where.
    #[cfg(feature = "serde")]
    #[error(transparent)]
    Import(Arc<crate::export::ImportError>),

    /// The time ran out; what was waited for goes on.
    #[error("the wait took longer than {0:?}: what it waits for goes on")]
    Timeout(Duration),

    /// The shutdown is complete, but jobs that ignored their cancellation had to be abandoned. The
    /// report names them.
    #[error("the shutdown abandoned {} that ignored the cancellation", counted(.0.abandoned.len(), "job"))]
    Abandoned(Arc<ShutdownReport>),
}

impl Error {
    /// What sort of error it is.
    ///
    /// ```
    /// use scheduler_core::{Error, ErrorKind, LifecycleError};
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
            Self::UnknownSchedule(_) | Self::UnknownJob(_) => ErrorKind::NotFound,
            Self::Job(_) => ErrorKind::JobFailed,
            Self::ValueTaken(_) => ErrorKind::ValueTaken,
            Self::InvalidConfig { .. } => ErrorKind::InvalidConfig,
            Self::InvalidTrigger(_) => ErrorKind::InvalidTrigger,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            #[cfg(feature = "serde")]
            Self::Task(error) => error.kind(),
            #[cfg(feature = "serde")]
            Self::Export(_) => ErrorKind::NotData,
            #[cfg(feature = "serde")]
            Self::Import(_) => ErrorKind::InvalidDocument,
            Self::Timeout(_) | Self::Abandoned(_) => ErrorKind::Timeout,
        }
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

/// The sorts of [`Error`]: what callers match on and backends are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Running, or about to.
    AlreadyRunning,
    /// The id is taken.
    DuplicateId,
    /// Arguments are not those that a task takes.
    InvalidArguments,
    /// A setting makes no sense.
    InvalidConfig,
    /// A document cannot be read.
    InvalidDocument,
    /// A trigger cannot be built or used.
    InvalidTrigger,
    /// The awaited job did not succeed.
    JobFailed,
    /// No executor to run on.
    NoRuntime,
    /// It cannot be written as data.
    NotData,
    /// No such job or schedule.
    NotFound,
    /// Not started yet.
    NotRunning,
    /// No room in the queue.
    QueueFull,
    /// Shutting down or shut down.
    ShutDown,
    /// The executor refused a task.
    Spawn,
    /// The time ran out.
    Timeout,
    /// A call that this scheduler does not have.
    Unsupported,
    /// The value of the job has been taken already.
    ValueTaken,
    /// The caller would wait for itself.
    WouldDeadlock,
}
