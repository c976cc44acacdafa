//! The fields of a cron expression: what each may hold.

use std::fmt;

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
    /// 1970-9999; only with seven fields.
    Year,
}

/// How days of the week are numbered. Their names mean the same in both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Sunday is 1 and Saturday is 7, as in Quartz.
    Quartz,
    /// Sunday is 0 and 7, as in crontabs.
    #[default]
    Standard,
}

impl CronField {
    /// The smallest and the largest number, as stored: weekdays count from Sunday = 0.
    pub(super) const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
            Self::Year => (1970, 9999),
        }
    }

    /// Whether a range may run over the end, as in `22-2`.
    pub(super) const fn wraps(self) -> bool {
        !matches!(self, Self::Year)
    }

    /// Whether `?` may stand for "any".
    pub(super) const fn is_day(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }

    /// The names of the numbers, from the smallest on.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }

    /// What may be written, for messages.
    pub(super) const fn expected(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Second | Self::Minute, _) => "0-59",
            (Self::Hour, _) => "0-23",
            (Self::DayOfMonth, _) => "1-31, L, L-3, LW or 15W",
            (Self::Month, _) => "1-12 or JAN-DEC",
            (Self::DayOfWeek, Dialect::Standard) => {
                "0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 or FRIL"
            }
            (Self::DayOfWeek, Dialect::Quartz) => "1-7 (1 is Sunday), SUN-SAT, FRI#2, FRIL or L",
            (Self::Year, _) => "1970-9999",
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
            Self::Year => "year",
        })
    }
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
