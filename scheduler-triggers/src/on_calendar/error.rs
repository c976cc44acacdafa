//! [`OnCalendarError`]: errors of parsing a calendar event.

use super::CalendarField;
use crate::ZoneError;

/// Error of parsing a calendar event. It names what was found, the column, and what is allowed.
///
/// ```
/// use scheduler_triggers::OnCalendar;
///
/// let error = OnCalendar::parse("Mon..Fri *-13-* 09:00").unwrap_err();
/// let expected = r#"month: "13" at column 12 is out of range, expected *, or 1 to 12, such as 1,7 or 3..10 or 1/3"#;
/// assert_eq!(error.to_string(), expected);
/// assert_eq!(error.column(), Some(12));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OnCalendarError {
    /// The text is empty.
    #[error("the calendar event is empty, expected a form such as \"Mon..Fri *-*-* 09:00:00\"")]
    Empty,

    /// A component contains something that is not valid there.
    #[error("{field}: {found:?} at column {column} cannot be read, expected {expected}")]
    Invalid {
        /// The component.
        field: CalendarField,
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// A number is out of range.
    #[error("{field}: {found:?} at column {column} is out of range, expected {expected}")]
    OutOfRange {
        /// The component.
        field: CalendarField,
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// A repetition is zero, or its second value exceeds the component.
    #[error(
        "{field}: the repetition of {found:?} at column {column} leads to no second value, \
         write a smaller one, or the first value alone"
    )]
    Repetition {
        /// The component.
        field: CalendarField,
        /// The value with the repetition.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
    },

    /// The end of a range is before its start.
    #[error("{field}: {found:?} at column {column} ends before it starts, write two ranges")]
    Reversed {
        /// The component.
        field: CalendarField,
        /// The range.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
    },

    /// An unknown `NAME=value` setting.
    #[error("{found:?} at column {column} is not a setting, expected {expected}")]
    Setting {
        /// The text that was found.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// The text is too long.
    #[error("{found} {what} are too many for a calendar event, expected at most {most}")]
    TooLong {
        /// The number that was found.
        found: usize,
        /// The kind of thing that was counted.
        what: &'static str,
        /// The maximum number.
        most: usize,
    },

    /// A word is not a part of a calendar event, or the parts are in the wrong order.
    #[error("{found:?} at column {column} cannot be read here, expected {expected}")]
    Word {
        /// The word.
        found: String,
        /// First column, counted from 1 in characters.
        column: usize,
        /// The allowed values.
        expected: &'static str,
    },

    /// The time zone at the end is invalid.
    #[error("{source} (column {column})")]
    Zone {
        /// The error of the zone. Its text is part of this error's text, so it is not a
        /// [`source`](std::error::Error::source) too.
        r#source: ZoneError,
        /// First column, counted from 1 in characters.
        column: usize,
    },
}

impl OnCalendarError {
    /// Returns the component that contains the mistake, if any.
    ///
    /// ```
    /// # use scheduler_triggers::{CalendarField, OnCalendar};
    /// let error = OnCalendar::parse("25:00").unwrap_err();
    /// assert_eq!(error.field(), Some(CalendarField::Hour));
    /// ```
    #[must_use]
    pub const fn field(&self) -> Option<CalendarField> {
        match self {
            Self::Invalid { field, .. }
            | Self::OutOfRange { field, .. }
            | Self::Repetition { field, .. }
            | Self::Reversed { field, .. } => Some(*field),
            _ => None,
        }
    }

    /// Returns the column of the mistake, counted from 1 in characters, if it has one.
    ///
    /// ```
    /// # use scheduler_triggers::OnCalendar;
    /// assert_eq!(OnCalendar::parse("*-*-* 9").unwrap_err().column(), Some(7));
    /// ```
    #[must_use]
    pub const fn column(&self) -> Option<usize> {
        match self {
            Self::Invalid { column, .. }
            | Self::OutOfRange { column, .. }
            | Self::Repetition { column, .. }
            | Self::Reversed { column, .. }
            | Self::Setting { column, .. }
            | Self::Word { column, .. }
            | Self::Zone { column, .. } => Some(*column),
            Self::Empty | Self::TooLong { .. } => None,
        }
    }
}
