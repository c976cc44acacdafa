//! [`CronField`]: the fields of a cron expression and their ranges.

use std::{fmt, str::FromStr};

use super::CronError;

/// A field of a cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CronField {
    /// 0-59; only with six or seven fields.
    Second,
    /// 0-59.
    Minute,
    /// 0-23.
    Hour,
    /// 1-31.
    DayOfMonth,
    /// 1-12, or a name.
    Month,
    /// 0-7, where 0 and 7 are Sunday, or a name.
    DayOfWeek,
    /// 1-53, the week of the year by ISO 8601; only by its name.
    Week,
    /// 1970-9999; only with seven fields.
    Year,
}

impl CronField {
    /// Returns the smallest and the largest stored number. Weekdays count from Sunday = 0.
    pub(super) const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
            Self::Week => (1, 53),
            Self::Year => (1970, 9999),
        }
    }

    /// Returns whether it is one of the two day fields.
    pub(super) const fn is_day(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }

    /// Returns the index of the number with this short or full name, counted from the smallest number.
    pub(super) fn named(self, name: &str) -> Option<u32> {
        let full = match self {
            Self::Month => &FULL_MONTHS[..],
            Self::DayOfWeek => &FULL_WEEKDAYS,
            _ => &[],
        };
        let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
        let index = self.names().iter().position(is_it);
        let index = index.or_else(|| full.iter().position(is_it))?;
        u32::try_from(index).ok()
    }

    /// Returns the short names of the numbers, from the smallest on.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
            Self::Week => "week",
            Self::Year => "year",
        })
    }
}

/// Formats the name that APScheduler uses, such as `day_of_week`.
impl FromStr for CronField {
    type Err = CronError;

    fn from_str(name: &str) -> Result<Self, CronError> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, field)| *field)
            .ok_or_else(|| CronError::Field { found: name.into() })
    }
}

const NAMES: [(&str, CronField); 8] = [
    ("year", CronField::Year),
    ("month", CronField::Month),
    ("day", CronField::DayOfMonth),
    ("week", CronField::Week),
    ("day_of_week", CronField::DayOfWeek),
    ("hour", CronField::Hour),
    ("minute", CronField::Minute),
    ("second", CronField::Second),
];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FULL_MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];
const FULL_WEEKDAYS: [&str; 7] = [
    "SUNDAY",
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
];
