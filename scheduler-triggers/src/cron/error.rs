//! Why a cron expression cannot be read, and where.

use std::fmt;

use super::CronField;
use crate::ZoneError;

/// Why a cron expression cannot be read: which field, which column, what is allowed.
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
    /// Nothing but white space.
    #[error("a cron expression needs 5 fields: {FIELDS}")]
    Empty,

    /// A field that there is not.
    #[error("there is no field {found:?}, expected {NAMES}")]
    Field {
        /// What was found.
        found: String,
    },

    /// Too few fields, or too many.
    #[error("found {found} {}, expected {expected}", if *found == 1 { "field" } else { "fields" })]
    FieldCount {
        /// How many there are.
        found: usize,
        /// How many there may be.
        expected: &'static str,
    },

    /// `@every …`: an interval, not a cron expression.
    #[error(
        "{found:?} at column {column} is an interval, not a cron expression: \
         use Interval::every, or parse_expression, which reads both"
    )]
    Every {
        /// What was found.
        found: String,
        /// Its first column, from 1.
        column: usize,
    },

    /// Something that this field cannot hold, or that cannot be read at all.
    #[error("{part} cannot be read here, expected {expected}")]
    Invalid {
        /// What was found, and where.
        part: Part,
        /// What is allowed.
        expected: &'static str,
    },

    /// An `@name` there is not, or something behind one.
    #[error("{found:?} at column {column} cannot be read here, expected {expected}")]
    Macro {
        /// What was found.
        found: String,
        /// Its first column, from 1.
        column: usize,
        /// What is allowed.
        expected: &'static str,
    },

    /// A name of a policy, a dialect or a preset that there is not.
    #[error("there is no {what} {found:?}, expected {expected}")]
    Name {
        /// What should be named.
        what: &'static str,
        /// What was found.
        found: String,
        /// The names there are.
        expected: &'static str,
    },

    /// A number that is too small or too large.
    #[error("{part} is out of range, expected {expected}")]
    OutOfRange {
        /// What was found, and where.
        part: Part,
        /// What is allowed.
        expected: &'static str,
    },

    /// `@reboot`: not a time.
    #[error("{found:?} at column {column} is not a time: submit the job when the scheduler starts")]
    Reboot {
        /// What was found.
        found: String,
        /// Its first column, from 1.
        column: usize,
    },

    /// A range whose end comes before its start, in a field that has no wrap-around.
    #[error("{part} ends before it starts, expected {expected}")]
    Reversed {
        /// What was found, and where.
        part: Part,
        /// What is allowed.
        expected: &'static str,
    },

    /// A `NAME=value` before the fields that means nothing.
    #[error("{found:?} at column {column} is not a setting, expected {expected}")]
    Setting {
        /// What was found.
        found: String,
        /// Its first column, from 1.
        column: usize,
        /// What is allowed.
        expected: &'static str,
    },

    /// A step of zero, or one that is no number of 32 bits. Dialects that refuse steps larger than
    /// their range report them as well.
    #[error("{part} has a step that makes no sense, expected 1 to {highest}")]
    Step {
        /// What was found, and where.
        part: Part,
        /// The largest step that leaves more than one value.
        highest: u32,
    },

    /// A space inside a field, which makes two words of it: `22, 10`.
    #[error("a stray space at column {column} splits {found:?}, write {joined:?} instead")]
    StraySpace {
        /// What the space splits, with the space.
        found: String,
        /// The same without the space.
        joined: String,
        /// The column of the space, from 1.
        column: usize,
    },

    /// So much text that something else must be meant.
    #[error("{found} bytes are too long for a cron expression, expected at most {longest}")]
    TooLong {
        /// How many there are.
        found: usize,
        /// How many there may be.
        longest: usize,
    },

    /// The zone in `TZ=…` is wrong.
    #[error("{source} (column {column})")]
    Zone {
        /// What is wrong with it. Its text is part of this error's: it is no
        /// [`source`](std::error::Error::source) as well.
        r#source: ZoneError,
        /// Its first column, from 1.
        column: usize,
    },
}

/// A part of a cron expression, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The field it is in.
    pub field: CronField,
    /// Its first column in the expression, from 1, in characters.
    pub column: usize,
    /// The text; its beginning, if it is long.
    pub found: String,
}

impl CronError {
    /// The field the mistake is in, if it is in one.
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

    /// The column of the mistake, counted from 1 in characters, if it has one.
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
