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

    /// A cron rule as data is either an expression or fields.
    #[error("a cron trigger has either \"expr\" or \"fields\"")]
    CronSource,

    /// A length of time could not be read.
    #[error("{found:?} is not a length of time: {problem}")]
    Duration {
        /// What was found.
        found: String,
        /// What is wrong with it.
        problem: String,
    },

    /// The last date comes before the first one.
    #[error("the end {end} is before the start {start}")]
    EndBeforeStart {
        /// The start.
        start: String,
        /// The end.
        end: String,
    },

    /// Data of a trigger is of another kind than the one asked for; a `cron` with a start or an end is
    /// a `Bounded` one.
    #[error("expected a trigger of the kind {expected}, found another one: {found}")]
    Kind {
        /// The kind asked for.
        expected: &'static str,
        /// The rule that was found.
        found: String,
    },

    /// A rule made of other rules was given none.
    #[error("a combined trigger needs at least one member")]
    NoMembers,

    /// A rule cannot be written as data: it, or one inside it, is of a kind of its own.
    #[error("{rule} cannot be written as data")]
    NotData {
        /// The rule.
        rule: String,
    },

    /// A number of seconds was NaN or infinite.
    #[error("a length of time must be a finite number of seconds")]
    NotFinite,

    /// A rule that is due once, as data, has either an instant or a delay.
    #[error("a once trigger has either \"at\" or \"after\"")]
    OnceSource,

    /// A length of time was negative, or longer than a `Duration` can be.
    #[error("{what} is out of range: {found}")]
    OutOfRange {
        /// What was out of range.
        what: &'static str,
        /// What was found.
        found: String,
    },

    /// A point in time could not be read.
    #[error("{found:?} is not a point in time: {problem}")]
    Time {
        /// What was found.
        found: String,
        /// What is wrong with it.
        problem: String,
    },

    /// Rules are nested too deeply.
    #[error("triggers are nested more than {deepest} deep")]
    TooDeep {
        /// How deep they may be.
        deepest: usize,
    },

    /// An interval of no length would be due all the time.
    #[error("an interval must be longer than zero")]
    ZeroInterval,

    /// The time zone is wrong.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl TriggerError {
    /// What is wrong, in one word that does not change: `cron`, `duration`, `nesting`, `time`, `zone`,
    /// or `trigger` for everything else.
    ///
    /// ```
    /// # use scheduler_core::trigger::Cron;
    /// # use scheduler_core::trigger::TriggerError;
    /// let error = TriggerError::from(Cron::parse("60 * * * *").unwrap_err());
    /// assert_eq!(error.kind(), "cron");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Cron(CronError::Zone { .. }) | Self::Zone(_) => "zone",
            Self::Cron(_) | Self::CronSource => "cron",
            Self::Duration { .. } | Self::NotFinite => "duration",
            Self::Time { .. } => "time",
            Self::TooDeep { .. } => "nesting",
            _ => "trigger",
        }
    }
}
