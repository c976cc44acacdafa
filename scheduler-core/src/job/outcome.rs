//! [`JobOutcome`] and [`JobError`]: how a job ended.

use std::{error::Error as StdError, fmt, ops::Deref, sync::Arc, time::Duration};

use crate::base::panic::Contained;

/// How a job ended. Every accepted job gets exactly one outcome, and every caller sees the same one.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum JobOutcome<T = ()> {
    /// The body returned a success.
    Succeeded(T),
    /// The job failed: it returned an error, panicked, timed out or was lost.
    Failed(JobError),
    /// The job was cancelled, before or while it ran.
    Cancelled(CancelReason),
}

impl<T> JobOutcome<T> {
    /// Returns the kind of the outcome.
    ///
    /// ```
    /// use scheduler_core::{JobOutcome, job::{JobError, OutcomeKind}};
    ///
    /// assert_eq!(JobOutcome::Succeeded(7).kind(), OutcomeKind::Succeeded);
    /// let failed = JobOutcome::<u8>::Failed(JobError::failed("no disk"));
    /// assert_eq!(failed.kind(), OutcomeKind::Failed);
    /// ```
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Succeeded(_) => OutcomeKind::Succeeded,
            Self::Failed(error) => error.kind(),
            Self::Cancelled(_) => OutcomeKind::Cancelled,
        }
    }

    /// Returns the value of a successful job.
    ///
    /// ```
    /// use scheduler_core::{JobOutcome, job::CancelReason};
    ///
    /// assert_eq!(JobOutcome::Succeeded(7).ok(), Some(7));
    /// assert_eq!(JobOutcome::<u8>::Cancelled(CancelReason::Shutdown).ok(), None);
    /// ```
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Succeeded(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value of a successful job, or its error.
    ///
    /// ```
    /// use scheduler_core::{JobOutcome, job::JobError};
    ///
    /// assert_eq!(JobOutcome::Succeeded(7).into_result().ok(), Some(7));
    /// let failed = JobOutcome::<u8>::Failed(JobError::failed("no disk"));
    /// assert_eq!(failed.into_result().unwrap_err().to_string(), "no disk");
    /// ```
    ///
    /// # Errors
    ///
    /// The error of a failed job; [`JobError::Cancelled`] for a cancelled job.
    pub fn into_result(self) -> Result<T, JobError> {
        match self {
            Self::Succeeded(value) => Ok(value),
            Self::Failed(error) => Err(error),
            Self::Cancelled(reason) => Err(JobError::Cancelled(reason)),
        }
    }

    /// Maps the value of a successful job.
    ///
    /// ```
    /// use scheduler_core::JobOutcome;
    ///
    /// assert_eq!(JobOutcome::Succeeded("seven").map(str::len).ok(), Some(5));
    /// ```
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> JobOutcome<U> {
        match self {
            Self::Succeeded(value) => JobOutcome::Succeeded(change(value)),
            Self::Failed(error) => JobOutcome::Failed(error),
            Self::Cancelled(reason) => JobOutcome::Cancelled(reason),
        }
    }
}

/// The kind of a [`JobOutcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum OutcomeKind {
    /// The body returned a success.
    Succeeded,
    /// The body returned an error.
    Failed,
    /// The job reached a timeout.
    TimedOut,
    /// The body panicked.
    Panicked,
    /// The job was cancelled.
    Cancelled,
    /// The runtime dropped the job before it finished.
    Lost,
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        })
    }
}

/// Error of a job that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The body returned this error.
    #[error(transparent)]
    Failed(OwnError),
    /// The body panicked with this message.
    #[error("the job panicked: {0}")]
    Panicked(Arc<str>),
    /// The job reached a timeout.
    #[error("the job took longer than {limit:?}{}", if *.in_all { " in all" } else { "" })]
    TimedOut {
        /// The timeout.
        limit: Duration,
        /// Whether `limit` is the timeout of all attempts together, and not that of one attempt.
        in_all: bool,
    },
    /// The job was cancelled.
    #[error("the job was cancelled: {0}")]
    Cancelled(CancelReason),
    /// The runtime refused the job, or dropped it before it finished. The body may have run in part.
    #[error("the job was lost: {0}")]
    Lost(Arc<str>),
}

impl JobError {
    /// Creates the error of a body that returned `error`.
    ///
    /// ```
    /// use scheduler_core::job::JobError;
    ///
    /// let error = JobError::failed(std::io::Error::other("no disk"));
    /// assert_eq!(error.to_string(), "no disk");
    /// assert!(error.downcast_ref::<std::io::Error>().is_some());
    /// ```
    pub fn failed(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Failed(OwnError(Contained::new(Arc::from(error.into()))))
    }

    /// Returns the error that the body returned, if it has this type.
    ///
    /// ```
    /// use scheduler_core::job::JobError;
    ///
    /// let error = JobError::failed(std::fmt::Error);
    /// assert!(error.downcast_ref::<std::fmt::Error>().is_some());
    /// ```
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => error.downcast_ref(),
            _ => None,
        }
    }

    pub(crate) const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Failed(_) => OutcomeKind::Failed,
            Self::TimedOut { .. } => OutcomeKind::TimedOut,
            Self::Panicked(_) => OutcomeKind::Panicked,
            Self::Cancelled(_) => OutcomeKind::Cancelled,
            Self::Lost(_) => OutcomeKind::Lost,
        }
    }
}

/// The error that a body returned. It dereferences to that error, and clones share it.
///
/// ```
/// use scheduler_core::job::JobError;
///
/// let JobError::Failed(error) = JobError::failed(std::fmt::Error) else {
///     unreachable!()
/// };
/// assert!(error.is::<std::fmt::Error>());
/// ```
#[derive(Clone)]
pub struct OwnError(Contained<Arc<dyn StdError + Send + Sync>>);

impl Deref for OwnError {
    type Target = dyn StdError + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &**self.0
    }
}

impl StdError for OwnError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        (**self).source()
    }
}

impl fmt::Display for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Reason of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum CancelReason {
    /// A call requested the cancellation.
    Requested,
    /// The scheduler shut down before the job started, or while it ran.
    Shutdown,
    /// The schedule of the job was removed before the job started.
    ScheduleRemoved,
    /// A later run of the schedule replaced the job.
    Replaced,
    /// The job did not start in time.
    Expired,
    /// The run was late, outside the hours for late runs of its schedule.
    OutsideHours,
    /// The job reached a timeout while it ran. Only the job itself sees this reason; its outcome is the
    /// failure [`JobError::TimedOut`].
    TimedOut,
}

impl CancelReason {
    pub(crate) const ALL: [Self; 7] = [
        Self::Requested,
        Self::Shutdown,
        Self::ScheduleRemoved,
        Self::Replaced,
        Self::Expired,
        Self::OutsideHours,
        Self::TimedOut,
    ];

    /// Returns a code above 0, to be stored in an atomic.
    pub(crate) const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the reason with this code.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "on request",
            Self::Shutdown => "the scheduler shut down",
            Self::ScheduleRemoved => "its schedule was removed",
            Self::Replaced => "a later run replaced it",
            Self::Expired => "it was not started in time",
            Self::OutsideHours => "it was late, and outside of the hours for late runs",
            Self::TimedOut => "it reached its timeout",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_job_s_own_keeps_its_source() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] fmt::Error);

        let JobError::Failed(error) = JobError::failed(Outer(fmt::Error)) else {
            panic!("it failed");
        };
        assert!(StdError::source(&error).is_some_and(|source| source.is::<fmt::Error>()));
    }

    #[test]
    fn every_reason_survives_its_number() {
        for reason in CancelReason::ALL {
            assert_eq!(CancelReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(CancelReason::from_code(0), None);
        assert_eq!(CancelReason::from_code(u8::MAX), None);
    }
}
