//! [`TriggerError`]: errors of building triggers and of reading them as data.

use super::{CronError, OnCalendarError, ZoneError};
use crate::suggest;

/// Error of building a trigger. Nothing was built; correct the input.
///
/// ```
/// use std::time::Duration;
///
/// use scheduler_triggers::{Interval, TriggerError};
///
/// assert_eq!(Interval::every(Duration::ZERO), Err(TriggerError::ZeroInterval));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// A part of the data is invalid. `error` describes the mistake, `path` its position.
    #[error("{path}: {error}")]
    At {
        /// Path of the part: `triggers[1].expr`.
        path: String,
        /// The error of the part.
        error: Box<Self>,
    },

    /// A date, a time of day or the name of a day could not be parsed.
    #[error("{found:?} is not {what}, expected {expected}")]
    Calendar {
        /// The expected kind of value.
        what: &'static str,
        /// The value that was found.
        found: String,
        /// The accepted format.
        expected: &'static str,
    },

    /// The cron expression is invalid; the source has the position.
    #[error(transparent)]
    Cron(#[from] CronError),

    /// A cron trigger as data has both an expression and fields, or neither.
    #[error("a cron trigger needs either \"expr\" or \"fields\": write one of them")]
    CronSource,

    /// A duration could not be parsed.
    #[error("{found:?} is not a length of time: {problem}")]
    Duration {
        /// The value that was found.
        found: String,
        /// The problem.
        problem: String,
    },

    /// The last date is before the first one.
    #[error("the end {end} is before the start {start}")]
    EndBeforeStart {
        /// The start.
        start: String,
        /// The end.
        end: String,
    },

    /// The text is not valid JSON.
    #[error("the text is not JSON: {problem}")]
    Json {
        /// The problem and its place.
        problem: String,
    },

    /// The data describes another kind of trigger than the requested one. A `cron` with a start or an end
    /// is a `Bounded` trigger.
    #[error("expected a trigger of the kind {expected}, found another one: {found}")]
    Kind {
        /// The requested kind.
        expected: &'static str,
        /// The trigger that was found.
        found: String,
    },

    /// A required field is missing or null.
    #[error("the field {field:?} is missing")]
    Missing {
        /// Name of the field.
        field: &'static str,
    },

    /// A combined trigger has no member.
    #[error("a combined trigger needs at least one member")]
    NoMembers,

    /// A trigger cannot be written as data, because it or one inside it is a user's own type.
    #[error(
        "{rule} cannot be written as data: use a trigger that has a `spec`, or build it in code"
    )]
    NotData {
        /// Description of the trigger.
        rule: String,
    },

    /// A number of seconds was NaN or infinite.
    #[error("a length of time must be a finite number of seconds")]
    NotFinite,

    /// A number in the data is out of range.
    #[error("{found} is out of range, expected a whole number from 0 to {highest}")]
    Number {
        /// The value that was found.
        found: String,
        /// The largest valid number.
        highest: u32,
    },

    /// The calendar event is invalid; the source has the position.
    #[error(transparent)]
    OnCalendar(#[from] OnCalendarError),

    /// A `once` trigger as data has both an instant and a delay, or neither.
    #[error("a once trigger needs either \"at\" or \"after\": write one of them")]
    OnceSource,

    /// A duration is negative or too long for a `Duration`, or a limit is invalid.
    #[error("{what} is out of range: {found}")]
    OutOfRange {
        /// Name of the value.
        what: &'static str,
        /// The value that was found.
        found: String,
    },

    /// An instant could not be parsed.
    #[error("{found:?} is not a point in time: {problem}")]
    Time {
        /// The value that was found.
        found: String,
        /// The problem.
        problem: String,
    },

    /// Triggers are nested too deeply.
    #[error("triggers are nested more than {deepest} levels deep")]
    TooDeep {
        /// Maximum depth.
        deepest: usize,
    },

    /// A combined trigger has too many members or exclusions. Each search calls all of them.
    #[error(
        "{found} members or exclusions are too many, expected at most {most}: combine fewer triggers"
    )]
    TooManyMembers {
        /// Number of members.
        found: usize,
        /// Maximum number of members.
        most: usize,
    },

    /// The instants of a limit cannot be counted with a reasonable number of calls of the inner trigger.
    #[error("the trigger cannot count its instants: {problem}")]
    TooMuchWork {
        /// The exceeded limit.
        problem: String,
    },

    /// An object has a duplicate field.
    #[error("duplicate field {field:?}")]
    Twice {
        /// Name of the field.
        field: String,
    },

    /// The data has another type than expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// The expected type.
        expected: &'static str,
        /// The value that was found.
        found: String,
    },

    /// An unknown field.
    #[error(
        "unknown field {field:?}, expected {}{}",
        listed(known),
        suggest::question(nearest)
    )]
    UnknownField {
        /// Name of the field.
        field: String,
        /// Similar valid names.
        nearest: Vec<String>,
        /// All valid names.
        known: &'static [&'static str],
    },

    /// An unknown `type`.
    #[error(
        "unknown type of {what} {found:?}, expected {}{}",
        listed(known),
        suggest::question(nearest)
    )]
    UnknownType {
        /// The kind of object that has the type.
        what: &'static str,
        /// The value that was found.
        found: String,
        /// Similar valid names.
        nearest: Vec<String>,
        /// All valid names.
        known: &'static [&'static str],
    },

    /// An interval or period is zero; it would always be due.
    #[error("an interval must be longer than zero")]
    ZeroInterval,

    /// The time zone is invalid.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl TriggerError {
    /// Returns the kind of the error, a stable word:
    ///
    /// | kind | subject |
    /// |---|---|
    /// | `calendar` | a calendar event of systemd |
    /// | `cron` | a cron expression or field, or the name of a dialect or of a policy |
    /// | `duration` | a duration, such as `every` or `threshold` |
    /// | `json` | the text is not JSON |
    /// | `nesting` | too many levels of nested triggers |
    /// | `time` | an instant, a date or a time of day, such as `at`, `start` or `end` |
    /// | `zone` | the name of a time zone |
    /// | `trigger` | everything else: unknown fields and types, unexpected data |
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// # use scheduler_triggers::TriggerError;
    /// let error = TriggerError::from(Cron::parse("60 * * * *").unwrap_err());
    /// assert_eq!(error.kind(), "cron");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.reason() {
            Self::Cron(CronError::Zone { .. })
            | Self::OnCalendar(OnCalendarError::Zone { .. })
            | Self::Zone(_) => "zone",
            Self::OnCalendar(_) => "calendar",
            Self::Cron(_) | Self::CronSource => "cron",
            Self::Duration { .. } | Self::NotFinite | Self::ZeroInterval => "duration",
            Self::Json { .. } => "json",
            Self::Calendar { .. } | Self::EndBeforeStart { .. } | Self::Time { .. } => "time",
            Self::TooDeep { .. } => "nesting",
            _ => "trigger",
        }
    }

    /// Returns the path in the data: `triggers[1].expr`. Empty for the whole, or without data.
    ///
    /// ```
    /// # use scheduler_triggers::TriggerSpec;
    /// let json = r#"{"type":"any_of","triggers":[{"type":"cron","expr":"61 * * * *"}]}"#;
    /// let error = json.parse::<TriggerSpec>()?.build().unwrap_err();
    /// assert_eq!(error.path(), "triggers[0].expr");
    /// assert!(error.reason().to_string().starts_with("minute: \"61\" at column 1"));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::At { path, .. } => path,
            _ => "",
        }
    }

    /// Returns the error without its path.
    ///
    /// ```
    /// # use scheduler_triggers::{TriggerError, TriggerSpec};
    /// let json = r#"{"type":"cron","expr":"61 * * * *"}"#;
    /// let error = json.parse::<TriggerSpec>()?.build().unwrap_err();
    /// assert!(matches!(error.reason(), TriggerError::Cron(_)));
    /// # Ok::<(), TriggerError>(())
    /// ```
    #[must_use]
    pub const fn reason(&self) -> &Self {
        let mut reason = self;
        while let Self::At { error, .. } = reason {
            reason = error;
        }
        reason
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".into(),
        [only] => format!("only {only:?}"),
        [names @ .., last] => {
            let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("{} or {last:?}", quoted.join(", "))
        }
    }
}
