//! How a job ended.

use std::{error::Error as StdError, fmt, ops::Deref, sync::Arc, time::Duration};

use crate::panic::Contained;

/// How a job ended: exactly one for each job that was accepted, the same for everybody who asks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum JobOutcome<T = ()> {
    /// It ran to its end.
    Succeeded(T),
    /// It did not: it answered an error, panicked, or was lost.
    Failed(JobError),
    /// It was cancelled, before or while it ran.
    Cancelled(CancelReason),
}

impl<T> JobOutcome<T> {
    /// What sort of outcome it is.
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Succeeded(_) => OutcomeKind::Succeeded,
            Self::Failed(error) => error.kind(),
            Self::Cancelled(_) => OutcomeKind::Cancelled,
        }
    }

    /// The value, if it ran to its end.
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Succeeded(value) => Some(value),
            _ => None,
        }
    }

    /// The value, or why there is none.
    ///
    /// # Errors
    ///
    /// The error of a job that failed; [`JobError::Cancelled`] for one that was cancelled.
    pub fn into_result(self) -> Result<T, JobError> {
        match self {
            Self::Succeeded(value) => Ok(value),
            Self::Failed(error) => Err(error),
            Self::Cancelled(reason) => Err(JobError::Cancelled(reason)),
        }
    }

    /// The same outcome with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> JobOutcome<U> {
        match self {
            Self::Succeeded(value) => JobOutcome::Succeeded(change(value)),
            Self::Failed(error) => JobOutcome::Failed(error),
            Self::Cancelled(reason) => JobOutcome::Cancelled(reason),
        }
    }
}

/// The sorts of [`JobOutcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// Ran to its end.
    Succeeded,
    /// Answered an error.
    Failed,
    /// Ran out of its time.
    TimedOut,
    /// Panicked.
    Panicked,
    /// Was cancelled.
    Cancelled,
    /// The runtime dropped it unfinished.
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

/// Why a job did not end well.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The job answered an error of its own.
    #[error(transparent)]
    Failed(OwnError),
    /// The job panicked, with this message.
    #[error("the job panicked: {0}")]
    Panicked(Arc<str>),
    /// The job came to its time limit before it ended.
    #[error("the job took longer than {limit:?}{}", if *.in_all { " in all" } else { "" })]
    TimedOut {
        /// The limit.
        limit: Duration,
        /// Whether it is the limit of all attempts together, rather than of each.
        in_all: bool,
    },
    /// The job was cancelled.
    #[error("the job was cancelled: {0}")]
    Cancelled(CancelReason),
    /// The runtime dropped the job before it ended, or could not take it: it may have run in part.
    #[error("the job was lost: {0}")]
    Lost(Arc<str>),
}

impl JobError {
    /// An error of the job's own.
    pub fn failed(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Failed(OwnError(Contained::new(Arc::from(error.into()))))
    }

    /// The job's own error, if it is of that type.
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

    const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Failed(_) => OutcomeKind::Failed,
            Self::TimedOut { .. } => OutcomeKind::TimedOut,
            Self::Panicked(_) => OutcomeKind::Panicked,
            Self::Cancelled(_) => OutcomeKind::Cancelled,
            Self::Lost(_) => OutcomeKind::Lost,
        }
    }
}

/// An error of a job's own: dereferences to it, and is shared by everybody who is told of it.
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

/// Why a job was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelReason {
    /// Somebody asked for it.
    Requested,
    /// The scheduler shut down before the job had started, or while it ran.
    Shutdown,
    /// The schedule it belongs to was removed before it had started.
    ScheduleRemoved,
    /// A later occurrence of its schedule took its place.
    Replaced,
    /// It was not started in time.
    Expired,
    /// It came late, and its turn came outside of the hours for late runs of its schedule.
    OutsideHours,
    /// It came to its time limit while it ran. Only the job itself sees this reason: its outcome
    /// is a failure, [`JobError::TimedOut`].
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

    /// A number above 0, for an atomic.
    pub(crate) const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The reason with that number.
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
            Self::Replaced => "a later occurrence took its place",
            Self::Expired => "it was not started in time",
            Self::OutsideHours => "it was late, and outside of the hours for late runs",
            Self::TimedOut => "it came to its time limit",
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
