//! [`CalendarInterval`]: due after each period of calendar units, at a time of day.

mod dates;
mod effects;

use std::{fmt, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use self::dates::Dates;

#[cfg(feature = "serde")]
use super::{CalendarIntervalSpec, Moment, TriggerSpec, spec::written};
use super::{
    ClockEffects, Fold, Gap, Repeats, Trigger, TriggerError, Zone, equality::same_rule, text,
};

/// A number of calendar units. They are added in this order: years and months, then weeks and days.
///
/// ```
/// # use scheduler_triggers::Period;
/// let fortnight = Period { weeks: 2, ..Period::default() };
/// # let _ = fortnight;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Period {
    /// Number of years.
    pub years: u32,
    /// Number of months.
    pub months: u32,
    /// Number of weeks of seven days.
    pub weeks: u32,
    /// Number of calendar days, regardless of their length.
    pub days: u32,
}

/// Due after each period of calendar units, at the same local time of day.
///
/// Years and months keep the day of the month. If that day does not exist, the period is added again
/// until it does. [`Gap`] decides about a local time that a clock change skips, by default
/// [`Gap::AtGapEnd`]. [`Fold`] decides about a repeated one, by default the first pass.
///
/// ```
/// use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
/// use scheduler_triggers::{CalendarInterval, Period, Zone, upcoming};
///
/// let start = NaiveDate::from_ymd_opt(2024, 1, 31).unwrap();
/// let monthly = CalendarInterval::every(Period { months: 1, ..Period::default() }, start)?
///     .at(NaiveTime::from_hms_opt(9, 0, 0).unwrap())
///     .in_zone(Zone::named("Europe/Berlin")?);
/// let dates = upcoming(&monthly, DateTime::UNIX_EPOCH).take(3);
/// let dates: Vec<_> = dates.map(|at| at.format("%m-%d %H:%M").to_string()).collect();
/// assert_eq!(dates, ["01-31 08:00", "03-31 07:00", "05-31 07:00"]);
/// # Ok::<(), scheduler_triggers::TriggerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarInterval {
    start: Start,
    end: Option<NaiveDate>,
    time: NaiveTime,
    zone: Zone,
    gap: Gap,
    fold: Fold,
}

/// The dates; `None` until the schedule starts, if they depend on that.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Start {
    At(Dates),
    Live(Period),
}

impl CalendarInterval {
    /// Creates a trigger for every `period` from the date `start` on, which is the first date. The default
    /// time is midnight UTC.
    ///
    /// # Errors
    ///
    /// [`TriggerError::ZeroInterval`] if the period is zero.
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use scheduler_triggers::{CalendarInterval, Period};
    /// assert!(CalendarInterval::every(Period::default(), NaiveDate::MIN).is_err());
    /// ```
    pub fn every(period: Period, start: NaiveDate) -> Result<Self, TriggerError> {
        let relative = Self::from_live(period)?;
        Ok(Self {
            start: Start::At(Dates::new(period, start)),
            ..relative
        })
    }

    /// Creates a trigger for every `period` from the date on at which its schedule starts.
    ///
    /// # Errors
    ///
    /// The errors of [`every`](Self::every).
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger};
    /// let weekly = CalendarInterval::from_live(Period { weeks: 1, ..Period::default() })?;
    /// let live = DateTime::UNIX_EPOCH;
    /// let weekly = weekly.anchored(live).unwrap();
    /// assert_eq!(weekly.first_from(live), Some(live));
    /// assert_eq!(weekly.next_after(live), Some(live + TimeDelta::days(7)));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    pub fn from_live(period: Period) -> Result<Self, TriggerError> {
        if period == Period::default() {
            return Err(TriggerError::ZeroInterval);
        }
        Ok(Self {
            start: Start::Live(period),
            end: None,
            time: NaiveTime::MIN,
            zone: Zone::utc(),
            gap: Gap::AtGapEnd,
            fold: Fold::First,
        })
    }

    /// Sets the local time of day.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
    /// let monthly = CalendarInterval::every(month, start)?.at(NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    /// assert!(monthly.matches("2024-03-31T09:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at(self, time: NaiveTime) -> Self {
        Self { time, ..self }
    }

    /// Sets the zone whose clocks and calendar count.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
    /// let monthly = CalendarInterval::every(month, start)?.in_zone(Zone::named("Asia/Tokyo")?);
    /// assert!(monthly.matches("2024-03-30T15:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Sets the last date, inclusive.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
    /// let once = CalendarInterval::every(month, start)?.ending_on(start);
    /// assert_eq!(once.next_after("2024-03-31T00:00:00Z".parse()?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ending_on(self, end: NaiveDate) -> Self {
        Self {
            end: Some(end),
            ..self
        }
    }

    /// Sets the policy for a local time that a clock change skips.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
    /// // Berlin has no 02:30 on this day.
    /// let monthly = CalendarInterval::every(month, start)?
    ///     .at(NaiveTime::from_hms_opt(2, 30, 0).unwrap())
    ///     .in_zone(Zone::named("Europe/Berlin")?);
    /// assert!(monthly.matches("2024-03-31T01:00:00Z".parse()?));
    /// assert!(!monthly.gap(Gap::Skip).matches("2024-03-31T01:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn gap(self, gap: Gap) -> Self {
        Self { gap, ..self }
    }

    /// Sets the policy for a local time that a clock change repeats.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 10, 27).unwrap();
    /// // Berlin has 02:30 twice on this day.
    /// let monthly = CalendarInterval::every(month, start)?
    ///     .at(NaiveTime::from_hms_opt(2, 30, 0).unwrap())
    ///     .in_zone(Zone::named("Europe/Berlin")?);
    /// assert!(monthly.matches("2024-10-27T00:30:00Z".parse()?));
    /// assert!(monthly.fold(Fold::Last).matches("2024-10-27T01:30:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fold(self, fold: Fold) -> Self {
        Self { fold, ..self }
    }

    /// Returns the zone whose clocks and calendar count.
    ///
    /// ```
    /// # use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    /// # use scheduler_triggers::{CalendarInterval, Period, Trigger, Zone, dst::{Fold, Gap}};
    /// let month = Period { months: 1, ..Period::default() };
    /// let start = NaiveDate::from_ymd_opt(2024, 3, 31).unwrap();
    /// let monthly = CalendarInterval::every(month, start)?;
    /// assert_eq!(monthly.zone(), &Zone::utc());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the dates, if they do not depend on the start of the schedule.
    fn dates(&self) -> Option<&Dates> {
        match &self.start {
            Start::At(dates) => Some(dates),
            Start::Live(_) => None,
        }
    }

    fn period(&self) -> Period {
        match &self.start {
            Start::At(dates) => dates.period(),
            Start::Live(period) => *period,
        }
    }

    fn counted_from(&self, live: DateTime<Utc>) -> Self {
        let today = self.zone.to_local(live).date_naive();
        Self {
            start: Start::At(Dates::new(self.period(), today)),
            ..self.clone()
        }
    }

    fn next_from(&self, dates: &Dates, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // No clock is more than two days away from UTC's date.
        let near = after.date_naive().checked_sub_signed(TimeDelta::days(2));
        let near = near.unwrap_or(NaiveDate::MIN);
        let dates = dates.near(near).skip_while(|date| *date < near);
        dates
            .take_while(|date| self.end.is_none_or(|end| *date <= end))
            .flat_map(|date| self.instants(date))
            .find(|at| *at > after)
    }

    fn instants(&self, date: NaiveDate) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let reading = date.and_time(self.time);
        self.zone.instants_of(reading, self.gap, self.fold)
    }
}

impl Trigger for CalendarInterval {
    /// Without a start, the trigger behaves as if its schedule had started at `after`.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.dates() {
            Some(dates) => self.next_from(dates, after),
            None => self.counted_from(after).next_after(after),
        }
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let near = before.date_naive().checked_add_signed(TimeDelta::days(2));
        let near = near.unwrap_or(NaiveDate::MAX);
        let earlier = |date| self.instants(date).filter(|at| *at < before).max();
        let last = self.end.map_or(near, |end| end.min(near));
        self.dates()?.until(last).find_map(earlier)
    }

    /// Without a start, the trigger has no fixed instants.
    fn matches(&self, at: DateTime<Utc>) -> bool {
        self.dates().is_some() && self.first_from(at) == Some(at)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_before = live.checked_sub_signed(TimeDelta::nanoseconds(1));
        let just_before = just_before.unwrap_or(DateTime::<Utc>::MIN_UTC);
        match self.dates() {
            Some(dates) => self.next_from(dates, just_before),
            None => self.counted_from(live).first_from(live),
        }
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        match self.start {
            Start::At(_) => None,
            Start::Live(_) => Some(Arc::new(self.counted_from(live))),
        }
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let Some(dates) = self.dates() else {
            return ClockEffects::none();
        };
        let of_change = move |change| self.effects_of(dates, change);
        ClockEffects::new(self.zone.transitions(range).flat_map(of_change))
    }

    fn may_block(&self) -> bool {
        false
    }

    /// Returns fixed times, unless they run in both passes of a repeated hour.
    fn repeats(&self) -> Repeats {
        Repeats::of_pattern(self.fold == Fold::Both)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let Period {
            years,
            months,
            weeks,
            days,
        } = self.period();
        let date = |date| written::moment(Moment::Date(date));
        let spec = CalendarIntervalSpec {
            years,
            months,
            weeks,
            days,
            time: Some(written::time(self.time)?),
            tz: Some(written::zone(&self.zone)?),
            start: self.dates().map(Dates::start).map(date).transpose()?,
            end: self.end.map(date).transpose()?,
            gap: (self.gap != Gap::AtGapEnd).then_some(self.gap),
            fold: (self.fold != Fold::First).then_some(self.fold),
        };
        spec.check_order(&self.zone)?;
        Ok(TriggerSpec::CalendarInterval(spec))
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CalendarInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "every {} at {} in {}",
            self.period(),
            self.time,
            self.zone
        )?;
        text::bounds(f, self.dates().map(Dates::start), self.end)
    }
}

/// Formats the period as `1 year 2 months`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (self.years, "year"),
            (self.months, "month"),
            (self.weeks, "week"),
            (self.days, "day"),
        ];
        let units = units.iter().filter(|(count, _)| *count > 0);
        let words: Vec<_> = units
            .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
            .collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests;
