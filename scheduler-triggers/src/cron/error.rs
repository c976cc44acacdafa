//! [`CronError`]: errors of parsing a cron expression.

use std::fmt;

use super::CronField;
use crate::ZoneError;

/// Error of parsing a cron expression. It names the field, the column, and what is allowed.
///
/// ```
/// use scheduler_triggers::Cron;
///
/// let error = Cron::parse("0 25 * * *").unwrap_err();
/// assert_eq!(error.to_string(), r#"hour: "25" at column 3 is out of range, expected 0-23"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// The expression is empty.
    #[error("the cron expression is empty, expected at least 5 fields: {FIELDS}")]
    Empty,

    /// An unknown field.
    #[error("unknown field {found:?}, expected {NAMES}")]
    Field {
        /// The text that was found.
        found: String,
    },

    /// The number of fields is wrong.
    #[error("found {found} {}, expected {expected}", if *found == 1 { "field" } else { "fields" })]
    FieldCount {
        /// The number that was found.
        found: usize,
        /// The valid number.
        expected: &'static str,
    },

    /// `@every …` is an interval, not a cron expression.
    #[error(
        "{found:?} at column {column} is an interval, not a cron expression: \
         use Interval::every, or parse_expression, which reads both"
    )]
    Every {
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
    },

    /// The field contains something that is not valid there.
    #[error("{part} cannot be read here, expected {expected}")]
    Invalid {
        /// The part that was found.
        part: Part,
        /// The allowed values.
        expected: &'static str,
    },

    /// An unknown `@name`, or text after one.
    #[error("{found:?} at column {column} cannot be read here, expected {expected}")]
    Macro {
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// An unknown name of a policy, a dialect or a preset.
    #[error("unknown {what} {found:?}, expected {expected}")]
    Name {
        /// The kind of thing that has the name.
        what: &'static str,
        /// The text that was found.
        found: String,
        /// The valid names.
        expected: &'static str,
    },

    /// A number is out of range.
    #[error("{part} is out of range, expected {expected}")]
    OutOfRange {
        /// The part that was found.
        part: Part,
        /// The allowed values.
        expected: &'static str,
    },

    /// `@reboot` names no time.
    #[error("{found:?} at column {column} is not a time: submit the job when the scheduler starts")]
    Reboot {
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
    },

    /// The end of a range is before its start, in a field whose ranges do not wrap around.
    #[error("{part} ends before it starts, expected {expected}")]
    Reversed {
        /// The part that was found.
        part: Part,
        /// The allowed values.
        expected: &'static str,
    },

    /// An unknown `NAME=value` setting before the fields.
    #[error("{found:?} at column {column} is not a setting, expected {expected}")]
    Setting {
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// A step is zero or exceeds 32 bits. Dialects that refuse steps larger than their range report those
    /// too.
    #[error("{part} has an invalid step, expected 1 to {highest}")]
    Step {
        /// The part that was found.
        part: Part,
        /// The largest step that leaves more than one value.
        highest: u32,
    },

    /// A space splits a field into two words: `22, 10`.
    #[error("a stray space at column {column} splits {found:?}, write {joined:?} instead")]
    StraySpace {
        /// The split field, with the space.
        found: String,
        /// The field without the space.
        joined: String,
        /// The column of the space, from 1.
        column: usize,
    },

    /// The expression is too long.
    #[error("{found} bytes are too long for a cron expression, expected at most {longest}")]
    TooLong {
        /// The number that was found.
        found: usize,
        /// The valid number.
        longest: usize,
    },

    /// The time zone in `TZ=…` is invalid.
    #[error("{source} (column {column})")]
    Zone {
        /// The error of the zone. The message of this error contains its text, so
        /// [`source`](std::error::Error::source) returns `None`.
        r#source: ZoneError,
        /// First column, counted from 1 in characters.
        column: usize,
    },
}

/// A part of a cron expression, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Field that contains the part.
    pub field: CronField,
    /// First column in the expression, counted from 1 in characters.
    pub column: usize,
    /// The text, truncated if it is long.
    pub found: String,
}

impl CronError {
    /// Returns the field that contains the mistake, if any.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, CronField};
    /// let error = Cron::parse("0 9 * * FOO").unwrap_err();
    /// assert_eq!(error.field(), Some(CronField::DayOfWeek));
    /// ```
    #[must_use]
    pub fn field(&self) -> Option<CronField> {
        self.part().map(|part| part.field)
    }

    /// Returns the column of the mistake, counted from 1 in characters, if known.
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// assert_eq!(Cron::parse("0 9 * * FOO").unwrap_err().column(), Some(9));
    /// ```
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Every { column, .. }
            | Self::Macro { column, .. }
            | Self::Reboot { column, .. }
            | Self::Setting { column, .. }
            | Self::StraySpace { column, .. }
            | Self::Zone { column, .. } => Some(*column),
            _ => self.part().map(|part| part.column),
        }
    }

    fn part(&self) -> Option<&Part> {
        match self {
            Self::Invalid { part, .. }
            | Self::OutOfRange { part, .. }
            | Self::Reversed { part, .. }
            | Self::Step { part, .. } => Some(part),
            _ => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {:?} at column {}",
            self.field, self.found, self.column
        )
    }
}

const FIELDS: &str = "minute hour day-of-month month day-of-week";
const NAMES: &str = "year, month, day, week, day_of_week, hour, minute or second";
