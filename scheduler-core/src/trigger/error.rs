//! Why a trigger cannot be built.

use super::{CronError, ZoneError};

/// Why a trigger cannot be built: nothing was built, correct the input.
///
/// ```
/// use std::time::Duration;
///
/// use scheduler_core::trigger::{Interval, TriggerError};
///
/// assert_eq!(Interval::every(Duration::ZERO), Err(TriggerError::ZeroInterval));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// The cron expression is wrong; the source says where.
    #[error(transparent)]
    Cron(#[from] CronError),

    /// A length of time could not be read.
    #[error("{found:?} is not a length of time: {problem}")]
    Duration {
        /// What was found.
        found: String,
        /// What is wrong with it.
        problem: String,
    },

    /// A rule made of other rules was given none.
    #[error("a combined trigger needs at least one member")]
    NoMembers,

    /// A number of seconds was NaN or infinite.
    #[error("a length of time must be a finite number of seconds")]
    NotFinite,

    /// A length of time was negative, or longer than a `Duration` can be.
    #[error("{what} is out of range: {found}")]
    OutOfRange {
        /// What was out of range.
        what: &'static str,
        /// What was found.
        found: String,
    },

    /// An interval of no length would be due all the time.
    #[error("an interval must be longer than zero")]
    ZeroInterval,

    /// The time zone is wrong.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}
