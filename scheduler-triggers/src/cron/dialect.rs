//! [`Dialect`]: the syntax of an expression, and the numbers of weekdays.

use super::{CronField, DayRule};

/// The syntax in which an expression is written. Names of months and weekdays mean the same in all.
///
/// | | `Standard` | `Quartz` | `Ocps` | `Apscheduler` |
/// |---|---|---|---|---|
/// | fields | 5, 6, 7 | 6, 7 | 5; from 1.2 also 6, 7 | 5 |
/// | Sunday | 0 and 7 | 1 | 0 and 7 | 0 and 7; in version 3 it is 6 |
/// | `@daily` | any case | any case | from 1.1, lower case | no |
/// | ranges that wrap around | all but the year | all but the year | none | weekdays; in version 3 none |
/// | `*/90`: a step larger than its range | first value | first value | first value | no |
/// | `5/15` for `5-59/15` | yes | yes, and `/15` | no | yes |
/// | `?` | for `*` | in exactly one day field | from 1.4, for `*` | no |
/// | `L`, `W`, `#` | yes | yes | from 1.3 | no |
/// | `31W` in a shorter month | no day; `30WL` as Quartz | its last weekday | no day | no |
/// | `last`, `2nd mon` | `last` | no | no | yes |
/// | `H`, `0~29` | yes | no | no | no |
/// | `+MON` for both days | yes | no | from 1.4 | no |
/// | day fields that do not restrict | those that begin with `*` | `*` and `?` | `*` and `?` | all must match |
///
/// ```
/// use scheduler_triggers::{Cron, Dialect};
///
/// let quartz = Cron::builder("0 0 12 ? * 1").dialect(Dialect::Quartz).build()?;
/// assert_eq!(quartz.to_string(), "0 12 * * SUN");
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// `CronTrigger` of APScheduler 4.
    Apscheduler,
    /// `CronTrigger` of APScheduler 3, which counts weekdays from Monday = 0.
    Apscheduler3,
    /// The Open Cron Pattern Specification, up to one of its versions.
    Ocps(Ocps),
    /// Quartz for Java.
    Quartz,
    /// Crontabs of Vixie cron, with the extensions of other schedulers.
    #[default]
    Standard,
}

/// A version of the Open Cron Pattern Specification. Each includes the earlier ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ocps {
    /// Five fields.
    V1_0,
    /// Adds `@daily` and similar names.
    V1_1,
    /// Adds seconds and years.
    V1_2,
    /// Adds `L`, `W` and `#`.
    V1_3,
    /// Adds `?` and `+`.
    #[default]
    V1_4,
}

impl Dialect {
    /// Returns the default combination of the two day fields.
    pub(super) const fn day_rule(self) -> DayRule {
        match self {
            Self::Apscheduler | Self::Apscheduler3 | Self::Quartz => DayRule::And,
            Self::Ocps(_) | Self::Standard => DayRule::Or,
        }
    }

    pub(super) const fn is_apscheduler(self) -> bool {
        matches!(self, Self::Apscheduler | Self::Apscheduler3)
    }

    /// Returns whether the dialect includes this version of the specification.
    fn has(self, version: Ocps) -> bool {
        match self {
            Self::Ocps(level) => level >= version,
            Self::Apscheduler | Self::Apscheduler3 => false,
            Self::Quartz | Self::Standard => true,
        }
    }

    pub(super) fn has_field_count(self, count: usize) -> bool {
        match count {
            5 => self != Self::Quartz,
            6 | 7 => self.has(Ocps::V1_2),
            _ => false,
        }
    }

    /// Describes the valid numbers of fields, for messages.
    pub(super) fn field_counts(self) -> &'static str {
        match self {
            Self::Quartz => {
                "6 fields (second minute hour day-of-month month day-of-week) or 7 (year last)"
            }
            _ if self.has(Ocps::V1_2) => {
                "5 fields (minute hour day-of-month month day-of-week), 6 (seconds first) or 7 (year last)"
            }
            _ => "5 fields (minute hour day-of-month month day-of-week)",
        }
    }

    /// Describes the valid `@` names, for messages.
    pub(super) fn macros(self) -> &'static str {
        if self.has(Ocps::V1_1) {
            "@yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly"
        } else {
            self.field_counts()
        }
    }

    /// Returns whether a word is this `@name`.
    pub(super) fn is_macro(self, word: &str, name: &str) -> bool {
        let any_case = matches!(self, Self::Quartz | Self::Standard);
        self.has(Ocps::V1_1) && (word == name || any_case && word.eq_ignore_ascii_case(name))
    }

    /// Returns whether a range of the field may wrap around, as in `22-2`.
    pub(super) fn wraps(self, field: CronField) -> bool {
        match self {
            Self::Apscheduler => field == CronField::DayOfWeek,
            Self::Apscheduler3 | Self::Ocps(_) => false,
            Self::Quartz | Self::Standard => field != CronField::Year,
        }
    }

    /// Returns whether `5/15` means `5-59/15`.
    pub(super) const fn steps_from_points(self) -> bool {
        !matches!(self, Self::Ocps(_))
    }

    /// Returns whether a step larger than its range is refused. Otherwise it selects the first value.
    pub(super) const fn refuses_long_steps(self) -> bool {
        self.is_apscheduler()
    }

    /// Returns whether `?` may replace `*` in this field.
    pub(super) fn has_question_mark(self, field: CronField) -> bool {
        field.is_day() && self.has(Ocps::V1_4)
    }

    /// Returns whether `L`, `W` and `#` are supported.
    pub(super) fn has_special_days(self) -> bool {
        self.has(Ocps::V1_3)
    }

    /// Returns whether `W` is refused in a list.
    pub(super) const fn forbids_lists_of_workdays(self) -> bool {
        matches!(self, Self::Ocps(_))
    }

    /// Returns whether `+MON` requires both day fields to match.
    pub(super) fn has_and_prefix(self) -> bool {
        self != Self::Quartz && self.has(Ocps::V1_4)
    }

    /// Returns whether a day field such as `*/2` restricts the days.
    pub(super) const fn stepped_stars_restrict(self) -> bool {
        !matches!(self, Self::Quartz | Self::Standard)
    }

    /// Returns the stored range of `*`: a week of APScheduler begins on Monday.
    pub(super) const fn every(self, field: CronField) -> (u32, u32) {
        match field {
            CronField::DayOfWeek if self.is_apscheduler() => (1, 7),
            _ => field.bounds(),
        }
    }

    /// Converts a weekday number of the dialect, counted from Sunday = 0. Keeps 7, for ranges that end with it.
    pub(super) fn weekday(self, number: u32) -> Option<u32> {
        match self {
            Self::Quartz => number.checked_sub(1).filter(|day| *day <= 6),
            Self::Apscheduler3 => number.checked_add(1).filter(|day| *day <= 7),
            _ => Some(number).filter(|day| *day <= 7),
        }
    }

    /// Describes the valid content of a field, for messages.
    pub(super) fn expected(self, field: CronField) -> &'static str {
        let special = self.has_special_days();
        match field {
            CronField::DayOfMonth if special => "1-31, L, L-3, LW or 15W",
            CronField::DayOfMonth if self.is_apscheduler() => "1-31, last, last fri or 2nd mon",
            CronField::DayOfMonth => "1-31",
            CronField::DayOfWeek => match self {
                Self::Quartz => "1-7 (1 is Sunday), SUN-SAT, FRI#2, FRIL or L",
                Self::Apscheduler3 => "0-6 (0 is Monday) or MON-SUN",
                _ if special => "0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 or FRIL",
                _ => "0-7 (0 and 7 are Sunday) or SUN-SAT",
            },
            CronField::Hour => "0-23",
            CronField::Minute | CronField::Second => "0-59",
            CronField::Month => "1-12 or JAN-DEC",
            CronField::Week => "1-53",
            CronField::Year => "1970-9999",
        }
    }
}
