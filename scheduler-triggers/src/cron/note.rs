//! [`Note`]: legal content of an expression that is probably not intended.

use std::fmt;

use chrono::{DateTime, Month, NaiveDateTime, SecondsFormat, Utc};

use super::{Part, words::joined};
use crate::{CalendarField, Zone};

/// Legal content of a cron expression or a calendar event that is probably not intended; see
/// [`Cron::notes`] and [`OnCalendar::notes`].
///
/// [`Cron::notes`]: super::Cron::notes
/// [`OnCalendar::notes`]: crate::OnCalendar::notes
///
/// ```
/// use scheduler_triggers::Cron;
///
/// let notes = Cron::parse("*/90 * * * *")?.notes();
/// let expected = r#"minute: "*/90" at column 1 has a step larger than its range, which leaves 0 alone"#;
/// assert_eq!(notes[0].to_string(), expected);
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The weekday and the date of a calendar event both restrict the days, and a day needs to match
    /// both.
    BothDays,

    /// Both day fields restrict the days, and a day needs to match only one of them.
    EitherDay,

    /// The day exists only in leap years.
    LeapYearsOnly,

    /// A repetition of a calendar event is larger than its range, which leaves only the first value.
    LongRepetition {
        /// The component.
        field: CalendarField,
        /// The item as it was written.
        found: String,
        /// The column at which the item begins, counted from 1 in characters.
        column: usize,
    },

    /// A step is larger than its range, which leaves only the first value.
    LongStep {
        /// The item with the step, and its position.
        part: Part,
        /// The only value.
        first: u32,
    },

    /// No instant matches.
    NeverDue,

    /// The day does not exist in these months.
    SkippedMonths {
        /// The months, in ascending order.
        months: Vec<Month>,
        /// The suggested replacement, which every month has.
        instead: MonthEnd,
    },

    /// A clock change of the zone skips the fixed time.
    SkippedTime {
        /// The first skipped local time from 2026 on.
        reading: NaiveDateTime,
        /// The time zone of the rule.
        zone: Zone,
        /// The instant at which the rule is due instead, if any.
        instead: Option<DateTime<Utc>>,
    },

    /// Both day fields limit the days, and a day needs to match both, because one field begins with a
    /// star. Without the star, either is enough.
    StarredDays,
}

/// A replacement for a day that some months do not have; see
/// [`Note::SkippedMonths`].
///
/// ```
/// # use scheduler_triggers::{Cron, MonthEnd, Note};
/// let notes = Cron::parse("0 12 31W * *")?.notes();
/// let [Note::SkippedMonths { instead, .. }] = &notes[..] else { unreachable!() };
/// assert_eq!(*instead, MonthEnd::NearestWeekday(31));
/// assert_eq!(instead.to_string(), "31WL is the last weekday of a shorter month");
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MonthEnd {
    /// `*-*~01` in a calendar event: the last day.
    CalendarDay,
    /// `L`: the last day.
    Day,
    /// `31WL`: the weekday nearest to this date, or the last weekday of a shorter month.
    NearestWeekday(u32),
    /// `LW`: the last weekday.
    Weekday,
}

impl fmt::Display for MonthEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CalendarDay => f.write_str("*-*~01 is the last day of every month"),
            Self::Day => f.write_str("L is the last day of every month"),
            Self::NearestWeekday(date) => {
                write!(f, "{date}WL is the last weekday of a shorter month")
            }
            Self::Weekday => f.write_str("LW is the last weekday of every month"),
        }
    }
}

impl Note {
    /// Returns the part of the expression that the note is about, if any.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, CronField};
    /// let notes = Cron::parse("0 12-23/24 * * *")?.notes();
    /// let part = notes[0].part().unwrap();
    /// assert_eq!((part.field, part.column), (CronField::Hour, 3));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn part(&self) -> Option<&Part> {
        match self {
            Self::LongStep { part, .. } => Some(part),
            _ => None,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BothDays => f.write_str(
                "a day has to match the weekday and the date: two events are due on either",
            ),
            Self::LongRepetition {
                field,
                found,
                column,
            } => write!(
                f,
                "{field}: {found:?} at column {column} has a repetition larger than its range, \
                 which leaves the first value alone"
            ),
            Self::EitherDay => f.write_str(
                "a day that matches day of month or day of week is enough: \
                 DAYS=and in front asks for both",
            ),
            Self::LeapYearsOnly => f.write_str("February has this day in leap years only"),
            Self::LongStep { part, first } => write!(
                f,
                "{part} has a step larger than its range, which leaves {first} alone"
            ),
            Self::NeverDue => f.write_str("no instant matches: the rule is never due"),
            Self::SkippedMonths { months, instead } => fmt_months(f, months, *instead),
            Self::SkippedTime {
                reading,
                zone,
                instead,
            } => fmt_skipped(f, *reading, zone, *instead),
            Self::StarredDays => f.write_str(
                "a day has to match day of month and day of week, as one begins with a star: \
                 a range in its place makes either enough, and DAYS=and in front confirms both",
            ),
        }
    }
}

fn fmt_months(f: &mut fmt::Formatter<'_>, months: &[Month], instead: MonthEnd) -> fmt::Result {
    let names = months.iter().map(|month| month.name().to_owned());
    let verb = if months.len() == 1 { "has" } else { "have" };
    let names = joined(names.collect(), "and");
    write!(f, "{names} {verb} no such day: {instead}")
}

fn fmt_skipped(
    f: &mut fmt::Formatter<'_>,
    reading: NaiveDateTime,
    zone: &Zone,
    instead: Option<DateTime<Utc>>,
) -> fmt::Result {
    write!(f, "the clocks of {zone} skip {reading}: ")?;
    match instead {
        Some(instead) => {
            let local = zone.to_local(instead);
            let text = local.to_rfc3339_opts(SecondsFormat::Secs, false);
            write!(f, "the rule is due at {text} instead")
        }
        None => f.write_str("the rule is not due then"),
    }
}
