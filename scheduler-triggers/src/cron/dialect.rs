//! Whose cron it is: which forms may be written, and how days of the week are numbered.

use super::{CronField, DayRule};

/// Whose syntax an expression is written in. Names of months and weekdays mean the same in all.
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
    /// Crontabs of Vixie cron, with the extensions that other schedulers have made to them.
    #[default]
    Standard,
}

/// A version of the Open Cron Pattern Specification; each includes the ones before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ocps {
    /// Five fields.
    V1_0,
    /// With `@daily` and its like.
    V1_1,
    /// With seconds and years.
    V1_2,
    /// With `L`, `W` and `#`.
    V1_3,
    /// With `?` and `+`.
    #[default]
    V1_4,
}

impl Dialect {
    /// How the two day fields are combined if nobody says.
    pub(super) const fn day_rule(self) -> DayRule {
        match self {
            Self::Apscheduler | Self::Apscheduler3 | Self::Quartz => DayRule::And,
            Self::Ocps(_) | Self::Standard => DayRule::Or,
        }
    }

    pub(super) const fn is_apscheduler(self) -> bool {
        matches!(self, Self::Apscheduler | Self::Apscheduler3)
    }

    /// Whether it has this and later versions of the specification.
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

    /// How many fields there may be, for messages.
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

    /// What there is beginning with `@`, for messages.
    pub(super) fn macros(self) -> &'static str {
        if self.has(Ocps::V1_1) {
            "@yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly"
        } else {
            self.field_counts()
        }
    }

    /// Whether a word is this `@name`.
    pub(super) fn is_macro(self, word: &str, name: &str) -> bool {
        let any_case = matches!(self, Self::Quartz | Self::Standard);
        self.has(Ocps::V1_1) && (word == name || any_case && word.eq_ignore_ascii_case(name))
    }

    /// Whether a range of the field may run over the end, as in `22-2`.
    pub(super) fn wraps(self, field: CronField) -> bool {
        match self {
            Self::Apscheduler => field == CronField::DayOfWeek,
            Self::Apscheduler3 | Self::Ocps(_) => false,
            Self::Quartz | Self::Standard => field != CronField::Year,
        }
    }

    /// Whether `5/15` stands for `5-59/15`.
    pub(super) const fn steps_from_points(self) -> bool {
        !matches!(self, Self::Ocps(_))
    }

    /// Whether a step that leaves its range at once is refused. Elsewhere it leaves the first value.
    pub(super) const fn refuses_long_steps(self) -> bool {
        self.is_apscheduler()
    }

    /// Whether `?` may stand for `*` in this field.
    pub(super) fn has_question_mark(self, field: CronField) -> bool {
        field.is_day() && self.has(Ocps::V1_4)
    }

    /// Whether `L`, `W` and `#` mean something.
    pub(super) fn has_special_days(self) -> bool {
        self.has(Ocps::V1_3)
    }

    /// Whether a `W` must stand alone.
    pub(super) const fn forbids_lists_of_workdays(self) -> bool {
        matches!(self, Self::Ocps(_))
    }

    /// Whether `+MON` asks for both day fields.
    pub(super) fn has_and_prefix(self) -> bool {
        self != Self::Quartz && self.has(Ocps::V1_4)
    }

    /// Whether a day field that begins with a star restricts the days if a step follows.
    pub(super) const fn stepped_stars_restrict(self) -> bool {
        !matches!(self, Self::Quartz | Self::Standard)
    }

    /// What `*` stands for, as stored: a week of APScheduler begins on Monday.
    pub(super) const fn every(self, field: CronField) -> (u32, u32) {
        match field {
            CronField::DayOfWeek if self.is_apscheduler() => (1, 7),
            _ => field.bounds(),
        }
    }

    /// The weekday, counted from Sunday = 0; 7 is kept, for ranges that end with it.
    pub(super) fn weekday(self, number: u32) -> Option<u32> {
        match self {
            Self::Quartz => number.checked_sub(1).filter(|day| *day <= 6),
            Self::Apscheduler3 => number.checked_add(1).filter(|day| *day <= 7),
            _ => Some(number).filter(|day| *day <= 7),
        }
    }

    /// What may be written in a field, for messages.
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
