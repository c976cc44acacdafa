//! What an expression may say and its author probably does not mean.

use std::fmt;

use chrono::{DateTime, Month, NaiveDateTime, SecondsFormat, Utc};

use super::{Part, words::joined};
use crate::Zone;

/// Something that is legal in a cron expression and probably not meant; see [`Cron::notes`].
///
/// [`Cron::notes`]: super::Cron::notes
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
    /// Both day fields restrict the days, and a day that matches one of them is enough.
    EitherDay,

    /// No year but a leap year has the day.
    LeapYearsOnly,

    /// A step larger than its range, which leaves the first value alone.
    LongStep {
        /// The item with the step, and where it is.
        part: Part,
        /// The value that is left.
        first: u32,
    },

    /// No instant at all matches.
    NeverDue,

    /// Months in which the day does not exist.
    SkippedMonths {
        /// The months, the first first.
        months: Vec<Month>,
    },

    /// A fixed time that a clock change of the zone skips.
    SkippedTime {
        /// The first such reading from 2026 on.
        reading: NaiveDateTime,
        /// The zone whose clocks never show it.
        zone: Zone,
        /// The instant at which the rule is due instead, if it is.
        instead: Option<DateTime<Utc>>,
    },
}

impl Note {
    /// The part of the expression that the note is about, if it is about one.
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
            Self::SkippedMonths { months } => fmt_months(f, months),
            Self::SkippedTime {
                reading,
                zone,
                instead,
            } => fmt_skipped(f, *reading, zone, *instead),
        }
    }
}

fn fmt_months(f: &mut fmt::Formatter<'_>, months: &[Month]) -> fmt::Result {
    let names = months.iter().map(|month| month.name().to_owned());
    let verb = if months.len() == 1 { "has" } else { "have" };
    let names = joined(names.collect(), "and");
    write!(
        f,
        "{names} {verb} no such day to be due on: L is the last day of every month"
    )
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
