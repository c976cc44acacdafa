//! [`Exclusion`]: instants at which a trigger is not due.

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc, Weekday};

#[cfg(feature = "serde")]
use super::{ExclusionSpec, spec::written};
use super::{Trigger, TriggerError, Zone, instant::to_nanos, pointer::Inner, work, zone::Segment};

/// Instants to be excluded from a trigger by [`Excluding`](super::Excluding).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Certain days on the calendar of a zone.
    Days(Days, Zone),
    /// The instants of another rule.
    Rule(Inner),
    /// The time between two times of day, in nanoseconds after midnight.
    TimeOfDay { from: i64, to: i64, zone: Zone },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    Listed(BTreeSet<NaiveDate>),
    Range(NaiveDate, NaiveDate),
    /// Days of the week, from Monday on.
    Week([bool; 7]),
    /// Months and days of the month.
    Yearly(BTreeSet<(u32, u32)>),
}

/// A range of time in nanoseconds since the Unix epoch; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: i128,
    pub(super) end: i128,
}

impl Exclusion {
    /// Excludes the given dates, such as holidays, on the calendar of `zone`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let day = NaiveDate::from_ymd_opt(2024, 12, 25).unwrap();
    /// let open = hourly.except(Exclusion::dates([day], Zone::utc()));
    /// assert!(!open.matches("2024-12-25T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn dates(dates: impl IntoIterator<Item = NaiveDate>, zone: Zone) -> Self {
        Self(Kind::Days(Days::Listed(dates.into_iter().collect()), zone))
    }

    /// Excludes the days from `first` to `last`, both included.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let day = |day| NaiveDate::from_ymd_opt(2024, 8, day).unwrap();
    /// let open = hourly.except(Exclusion::date_range(day(1), day(14), Zone::utc())?);
    /// assert!(!open.matches("2024-08-14T23:00:00Z".parse()?));
    /// assert!(Exclusion::date_range(day(14), day(1), Zone::utc()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TriggerError::OutOfRange`] if `last` is before `first`.
    pub fn date_range(first: NaiveDate, last: NaiveDate, zone: Zone) -> Result<Self, TriggerError> {
        if last < first {
            return Err(out_of_range(
                "a range of dates",
                format!("{first} to {last}"),
            ));
        }
        Ok(Self(Kind::Days(Days::Range(first, last), zone)))
    }

    /// Excludes the instants of another rule.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let noon = Arc::new(Cron::parse("0 12 * * *")?);
    /// let open = hourly.except(Exclusion::rule(noon));
    /// assert!(!open.matches("2024-08-14T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rule(rule: Arc<dyn Trigger>) -> Self {
        Self(Kind::Rule(Inner(rule)))
    }

    /// Excludes the time of day from `from`, inclusive, to `to`, exclusive. If `to` is earlier, the
    /// range includes midnight.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    /// let open = hourly.except(Exclusion::time_of_day(at(22), at(6), Zone::utc())?);
    /// assert!(!open.matches("2024-08-14T02:00:00Z".parse()?));
    /// assert!(open.matches("2024-08-14T06:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TriggerError::OutOfRange`] if the two are the same.
    pub fn time_of_day(from: NaiveTime, to: NaiveTime, zone: Zone) -> Result<Self, TriggerError> {
        if from == to {
            return Err(out_of_range("a time of day", format!("{from} to {to}")));
        }
        let (from, to) = (nanos_of(from), nanos_of(to));
        Ok(Self(Kind::TimeOfDay { from, to, zone }))
    }

    /// Excludes days of the week, such as the weekend.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let open = hourly.except(Exclusion::weekdays([Weekday::Sun], Zone::utc()));
    /// assert!(!open.matches("2024-06-02T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn weekdays(days: impl IntoIterator<Item = Weekday>, zone: Zone) -> Self {
        let mut week = [false; 7];
        for day in days {
            week[day.num_days_from_monday() as usize] = true;
        }
        Self(Kind::Days(Days::Week(week), zone))
    }

    /// Excludes dates of every year, given as month and day: `(12, 25)`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let open = hourly.except(Exclusion::yearly([(12, 25), (12, 26)], Zone::utc())?);
    /// assert!(!open.matches("2031-12-26T12:00:00Z".parse()?));
    /// assert!(Exclusion::yearly([(2, 30)], Zone::utc()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TriggerError::OutOfRange`] if no year has such a day.
    pub fn yearly(
        days: impl IntoIterator<Item = (u32, u32)>,
        zone: Zone,
    ) -> Result<Self, TriggerError> {
        let days: BTreeSet<_> = days.into_iter().collect();
        let in_leap_year =
            |(month, day): &&_| NaiveDate::from_ymd_opt(2000, *month, *day).is_none();
        match days.iter().find(in_leap_year) {
            Some((month, day)) => Err(out_of_range("a day of the year", format!("{month}-{day}"))),
            None => Ok(Self(Kind::Days(Days::Yearly(days), zone))),
        }
    }

    /// Returns a range of time around `at` that is excluded as a whole, if `at` is excluded.
    ///
    /// The range never crosses a clock change, so that a clock that goes back into a day that is
    /// not excluded is noticed.
    pub(super) fn stretch(&self, at: DateTime<Utc>) -> Option<Stretch> {
        match &self.0 {
            Kind::Days(days, zone) => days.stretch(zone, at),
            Kind::Rule(rule) => (work::charge() && rule.matches(at))
                .then(|| Stretch::of(to_nanos(at), to_nanos(at) + 1)),
            Kind::TimeOfDay { from, to, zone } => time_stretch(*from, *to, zone, at),
        }
    }

    #[cfg(feature = "serde")]
    pub(super) fn spec(&self) -> Result<ExclusionSpec, TriggerError> {
        match &self.0 {
            Kind::Days(days, zone) => Ok(days.spec(Some(written::zone(zone)?))),
            Kind::Rule(rule) => Ok(ExclusionSpec::Trigger {
                trigger: written::inner(&**rule)?,
                tz: None,
            }),
            Kind::TimeOfDay { from, to, zone } => Ok(ExclusionSpec::TimeOfDay {
                from: time(*from),
                to: time(*to),
                tz: Some(written::zone(zone)?),
            }),
        }
    }

    /// Returns whether a call of the rule whose instants are excluded may block.
    pub(super) fn may_block(&self) -> bool {
        match &self.0 {
            Kind::Rule(rule) => rule.may_block(),
            Kind::Days(..) | Kind::TimeOfDay { .. } => false,
        }
    }

    pub(super) fn anchored(&self, live: DateTime<Utc>) -> Option<Self> {
        match &self.0 {
            Kind::Rule(rule) => rule.anchored(live).map(Self::rule),
            _ => None,
        }
    }
}

impl Days {
    fn contains(&self, date: NaiveDate) -> bool {
        match self {
            Self::Listed(dates) => dates.contains(&date),
            Self::Range(first, last) => (*first..=*last).contains(&date),
            Self::Week(week) => week[date.weekday().num_days_from_monday() as usize],
            Self::Yearly(days) => days.contains(&(date.month(), date.day())),
        }
    }

    #[cfg(feature = "serde")]
    fn spec(&self, tz: Option<String>) -> ExclusionSpec {
        match self {
            Self::Listed(dates) => {
                let dates = dates.iter().copied().collect();
                ExclusionSpec::Dates { dates, tz }
            }
            Self::Range(from, to) => ExclusionSpec::DateRange {
                from: *from,
                to: *to,
                tz,
            },
            Self::Week(week) => {
                let weekdays = excluded(week).collect();
                ExclusionSpec::Weekdays { weekdays, tz }
            }
            Self::Yearly(days) => {
                let dates = days.iter().map(month_and_day).collect();
                ExclusionSpec::Yearly { dates, tz }
            }
        }
    }

    fn stretch(&self, zone: &Zone, at: DateTime<Utc>) -> Option<Stretch> {
        let today = zone.to_local(at).date_naive();
        if !self.contains(today) {
            return None;
        }
        let (first, last) = match self {
            Self::Range(first, last) => (*first, *last),
            Self::Week(week) if week.iter().all(|day| *day) => (NaiveDate::MIN, NaiveDate::MAX),
            _ => (today, today),
        };
        let days = |date: NaiveDate| i128::from(date.to_epoch_days()) * DAY;
        Some(Stretch::on_clock(days(first), days(last) + DAY, zone, at))
    }
}

fn time_stretch(from: i64, to: i64, zone: &Zone, at: DateTime<Utc>) -> Option<Stretch> {
    let segment = zone.segment_at(at.timestamp());
    let reading = to_nanos(at) + offset(&segment);
    let (from, to) = (i128::from(from), i128::from(to));
    // How long ago the clock last showed the beginning, and how long the whole lasts.
    let passed = (reading - from).rem_euclid(DAY);
    let length = (to - from).rem_euclid(DAY);
    let start = reading - passed;
    (passed < length).then(|| Stretch::within(start, start + length, &segment))
}

impl Stretch {
    fn of(start: i128, end: i128) -> Self {
        Self { start, end }
    }

    /// Returns the range between two local times of the zone, by its offset at `at`.
    fn on_clock(start: i128, end: i128, zone: &Zone, at: DateTime<Utc>) -> Self {
        Self::within(start, end, &zone.segment_at(at.timestamp()))
    }

    /// Returns the range between two local times, limited to a period of constant offset.
    fn within(start: i128, end: i128, segment: &Segment) -> Self {
        let nanos = |second: i64| i128::from(second) * SECOND;
        Self::of(
            (start - offset(segment)).max(nanos(segment.start)),
            (end - offset(segment)).min(nanos(segment.end)),
        )
    }
}

fn offset(segment: &Segment) -> i128 {
    i128::from(segment.offset) * SECOND
}

fn nanos_of(time: NaiveTime) -> i64 {
    let second = i64::from(time.num_seconds_from_midnight());
    second * 1_000_000_000 + i64::from(time.nanosecond().min(999_999_999))
}

fn out_of_range(what: &'static str, found: String) -> TriggerError {
    TriggerError::OutOfRange { what, found }
}

/// Formats the text after "except": `on Sat, Sun in UTC`.
impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Days(days, zone) => write!(f, "{days} in {zone}"),
            Kind::Rule(rule) => {
                f.write_str("at the times of (")?;
                rule.fmt_rule(f)?;
                f.write_str(")")
            }
            Kind::TimeOfDay { from, to, zone } => {
                let [from, to] = [from, to].map(|nanos| time(*nanos));
                write!(f, "from {from} up to {to} in {zone}")
            }
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = match self {
            Self::Range(first, last) => return write!(f, "from {first} to {last}"),
            Self::Listed(dates) => dates.iter().map(NaiveDate::to_string).collect(),
            Self::Week(week) => excluded(week).map(|day| day.to_string()).collect(),
            Self::Yearly(days) => days.iter().map(month_and_day).collect(),
        };
        write!(f, "on {}", words.join(", "))
    }
}

fn excluded(week: &[bool; 7]) -> impl Iterator<Item = Weekday> {
    let week = (0..).zip(week).filter(|(_, excluded)| **excluded);
    week.filter_map(|(day, _)| Weekday::try_from(day).ok())
}

/// Formats a date without a year: `12-25`.
fn month_and_day((month, day): &(u32, u32)) -> String {
    format!("{month:02}-{day:02}")
}

fn time(nanos: i64) -> NaiveTime {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let time = u32::try_from(seconds).ok().zip(u32::try_from(rest).ok());
    let time =
        time.and_then(|(second, rest)| NaiveTime::from_num_seconds_from_midnight_opt(second, rest));
    time.unwrap_or(NaiveTime::MIN)
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
