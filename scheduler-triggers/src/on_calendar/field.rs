//! The components of a calendar event, and their ranges.

use std::fmt;

/// A component of a calendar event, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CalendarField {
    /// `Mon..Fri`, in front of the date.
    Weekday,
    /// 1970-2199, or two digits.
    Year,
    /// 1-12.
    Month,
    /// 1-31.
    Day,
    /// 1-28 after `~`: counted back from the last day of the month, which is 1.
    DayFromEnd,
    /// 0-23.
    Hour,
    /// 0-59.
    Minute,
    /// 0-59, with six digits of a fraction.
    Second,
}

pub(super) use CalendarField as Field;

impl Field {
    /// The number of units in a second.
    pub(super) const MICROSECONDS: u32 = 1_000_000;

    /// Returns the smallest and the largest value; seconds are in microseconds.
    pub(super) const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Weekday => (0, 6),
            Self::Year => (1970, 2199),
            Self::Month => (1, 12),
            Self::Day => (1, 31),
            Self::DayFromEnd => (1, 28),
            Self::Hour => (0, 23),
            Self::Minute => (0, 59),
            Self::Second => (0, 60 * Self::MICROSECONDS - 1),
        }
    }

    /// Returns the value of a written 1: a number of seconds is stored in microseconds.
    pub(super) const fn unit(self) -> u32 {
        match self {
            Self::Second => Self::MICROSECONDS,
            _ => 1,
        }
    }

    /// Returns the minimum number of digits.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Year => 4,
            _ => 2,
        }
    }

    /// Returns the allowed values, for messages.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Weekday => "Mon to Sun, short or in full, such as Mon..Fri or Sat,Sun",
            Self::Year => "*, or 1970 to 2199, such as 2027 or 2027..2030",
            Self::Month => "*, or 1 to 12, such as 1,7 or 3..10 or 1/3",
            Self::Day => "*, or 1 to 31, such as 1,15 or 1..7 or 1/2",
            Self::DayFromEnd => "*, or 1 to 28, where 1 is the last day, such as 1 or 7/1",
            Self::Hour => "*, or 0 to 23, such as 9,17 or 9..17 or 0/2",
            Self::Minute => "*, or 0 to 59, such as 0,30 or 0/15",
            Self::Second => "*, or 0 to 59.999999, such as 30 or 0/0.5",
        }
    }
}

impl fmt::Display for CalendarField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weekday => "weekday",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::DayFromEnd => "day from the end of the month",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        })
    }
}
