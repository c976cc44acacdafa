//! The data form of an instant, a local time or a date.

use std::{fmt, str::FromStr};

use chrono::{
    DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Timelike, Utc,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    data::{Data, quoted},
    fields::{self, FromData, unexpected},
    names::{date, time_of_day},
};
use crate::{TriggerError, Zone};

/// A point in time as data: an instant `2024-07-01T12:00:00+02:00`, a local time
/// `2024-07-01T12:00:00` in a zone named elsewhere, or a date `2024-07-01`.
///
/// ```
/// use scheduler_triggers::{Moment, Zone};
///
/// let noon: Moment = "2024-07-01 12:00".parse()?;
/// assert_eq!(noon.to_string(), "2024-07-01T12:00:00");
/// let tokyo = Zone::named("Asia/Tokyo")?;
/// assert_eq!(noon.earliest_in(&tokyo)?.to_rfc3339(), "2024-07-01T03:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
#[non_exhaustive]
pub enum Moment {
    /// A date in the calendar of a zone.
    Date(NaiveDate),
    /// An instant, with an offset from UTC.
    Instant(DateTime<FixedOffset>),
    /// A local time in a zone.
    Local(NaiveDateTime),
}

impl Moment {
    /// Returns the instant, or the first instant of a date. A repeated local time means the first
    /// pass, a skipped one the end of the gap.
    ///
    /// ```
    /// # use scheduler_triggers::{Moment, Zone};
    /// let day: Moment = "2024-07-01".parse()?;
    /// let tokyo = Zone::named("Asia/Tokyo")?;
    /// assert_eq!(day.earliest_in(&tokyo)?.to_rfc3339(), "2024-06-30T15:00:00+00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TriggerError::Time`] beyond the last representable date.
    pub fn earliest_in(&self, zone: &Zone) -> Result<DateTime<Utc>, TriggerError> {
        let found = match self {
            Self::Date(date) => zone.to_instant(date.and_time(chrono::NaiveTime::MIN)),
            Self::Instant(at) => Some(at.to_utc()),
            Self::Local(reading) => zone.to_instant(*reading),
        };
        found.ok_or_else(|| self.problem("beyond the last representable date"))
    }

    /// Returns the instant, or the last instant of a date.
    ///
    /// # Errors
    ///
    /// The errors of [`earliest_in`](Self::earliest_in).
    ///
    /// ```
    /// # use scheduler_triggers::{Moment, Zone};
    /// let day: Moment = "2024-12-31".parse()?;
    /// let last = day.latest_in(&Zone::utc())?;
    /// assert_eq!(last.to_rfc3339(), "2024-12-31T23:59:59.999999999+00:00");
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    pub fn latest_in(&self, zone: &Zone) -> Result<DateTime<Utc>, TriggerError> {
        let Self::Date(date) = self else {
            return self.earliest_in(zone);
        };
        let next = date.succ_opt().map(Self::Date);
        let next = next.ok_or_else(|| self.problem("it is the last representable date"))?;
        Ok(next.earliest_in(zone)? - TimeDelta::nanoseconds(1))
    }

    /// Returns the local time in `zone`; midnight for a date.
    pub(super) fn reading_in(&self, zone: &Zone) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(chrono::NaiveTime::MIN),
            Self::Instant(at) => zone.to_local(at.to_utc()).naive_local(),
            Self::Local(reading) => *reading,
        }
    }

    fn problem(&self, problem: &str) -> TriggerError {
        TriggerError::Time {
            found: self.to_string(),
            problem: problem.into(),
        }
    }
}

impl FromStr for Moment {
    type Err = TriggerError;

    fn from_str(text: &str) -> Result<Self, TriggerError> {
        let invalid = |problem: String| TriggerError::Time {
            found: quoted(text),
            problem,
        };
        if !begins_with_date(text) {
            return Err(invalid(FORM.into()));
        }
        let (date, time) = text.split_at(10);
        let parsed = match (instant(text), time.strip_prefix(['T', 't', ' '])) {
            (Some(at), _) => Ok(Self::Instant(without_leap_second(at))),
            (_, Some(time)) if !has_offset(time) => local(date, time),
            (None, None) if time.is_empty() => day(date).map(Self::Date),
            (None, None) => Err(FORM.into()),
            (None, _) => Err(day(date).err().unwrap_or_else(|| INSTANT.into())),
        };
        parsed.map_err(invalid)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Instant(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Local(reading) => reading.format("%Y-%m-%dT%H:%M:%S%.f").fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::deserialize(deserializer)
    }
}

impl FromData for Moment {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        match data {
            Data::Text(text) => text.parse(),
            Data::TooDeep => Err(unexpected("", &data)),
            other => Err(TriggerError::Time {
                found: other.to_string(),
                problem: "expected text such as \"2024-07-01T12:00:00+02:00\"".into(),
            }),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = TriggerError;

    fn try_from(text: String) -> Result<Self, TriggerError> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

/// Returns whether the text begins like `2024-07-01`.
fn begins_with_date(text: &str) -> bool {
    let date = text.as_bytes().get(..10).unwrap_or_default();
    let fits = |(place, byte): (usize, &u8)| match place {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    date.len() == 10 && date.iter().enumerate().all(fits)
}

fn has_offset(time: &str) -> bool {
    time.contains(['Z', 'z', '+', '-'])
}

/// Parses RFC 3339. The seconds are optional, as in a local time.
fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    let (minutes, offset) = text.split_at_checked("2024-07-01T12:00".len())?;
    let whole = DateTime::parse_from_rfc3339(text);
    let instant = whole.or_else(|_| DateTime::parse_from_rfc3339(&format!("{minutes}:00{offset}")));
    instant.ok()
}

fn local(date: &str, time: &str) -> Result<Moment, String> {
    let date = day(date)?;
    let time = time_of_day(time).map_err(|error| error.to_string())?;
    Ok(Moment::Local(date.and_time(time)))
}

fn day(text: &str) -> Result<NaiveDate, String> {
    date(text).map_err(|_| format!("{text} is not a date of the calendar"))
}

/// Replaces the leap second 23:59:60 by the second after 23:59:59, as POSIX does.
fn without_leap_second(at: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
    let rest = at.nanosecond() % 1_000_000_000;
    if at.nanosecond() == rest {
        return at;
    }
    let whole = at.with_nanosecond(rest).unwrap_or(at);
    whole
        .checked_add_signed(TimeDelta::seconds(1))
        .unwrap_or(whole)
}

const INSTANT: &str = "expected a time from 00:00:00 to 23:59:59 and an offset such as Z or +02:00";
const FORM: &str =
    "expected a form such as 2024-07-01T12:00:00+02:00, 2024-07-01T12:00:00 or 2024-07-01";
