//! Due every so many years, months, weeks and days, at a time of day.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{GapPolicy, Trigger, TriggerError, Zone};

/// A number of calendar units, added in this order: years and months, then weeks and days.
///
/// ```
/// # use scheduler_core::trigger::Period;
/// let fortnight = Period { weeks: 2, ..Period::default() };
/// # let _ = fortnight;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Period {
    /// Years of the calendar.
    pub years: u32,
    /// Months of the calendar.
    pub months: u32,
    /// Seven days each.
    pub weeks: u32,
    /// Days of the calendar, whatever their length.
    pub days: u32,
}

/// Every so many calendar units, at the same time of day whatever the clocks do.
///
/// Years and months keep the day of the month: where it does not exist, the period is added again
/// until it does. A time of day that a clock change skips follows [`GapPolicy`]; one that it repeats
/// is due at the first pass.
///
/// ```
/// use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
/// use scheduler_core::trigger::{CalendarInterval, Period, Zone, upcoming};
///
/// let start = NaiveDate::from_ymd_opt(2024, 1, 31).unwrap();
/// let monthly = CalendarInterval::every(Period { months: 1, ..Period::default() }, start)?
///     .at(NaiveTime::from_hms_opt(9, 0, 0).unwrap())
///     .in_zone(Zone::named("Europe/Berlin")?);
/// let dates = upcoming(&monthly, DateTime::UNIX_EPOCH).take(3);
/// let dates: Vec<_> = dates.map(|at| at.format("%m-%d %H:%M").to_string()).collect();
/// assert_eq!(dates, ["01-31 08:00", "03-31 07:00", "05-31 07:00"]);
/// # Ok::<(), scheduler_core::trigger::TriggerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarInterval {
    period: Period,
    start: NaiveDate,
    end: Option<NaiveDate>,
    time: NaiveTime,
    zone: Zone,
    gap: GapPolicy,
}

impl CalendarInterval {
    /// Every `period` from the date `start` on, which is the first one; at midnight UTC until
    /// something else is said.
    ///
    /// # Errors
    ///
    /// [`TriggerError::ZeroInterval`] if the period is empty.
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use scheduler_core::trigger::{CalendarInterval, Period};
    /// assert!(CalendarInterval::every(Period::default(), NaiveDate::MIN).is_err());
    /// ```
    pub fn every(period: Period, start: NaiveDate) -> Result<Self, TriggerError> {
        if period == Period::default() {
            return Err(TriggerError::ZeroInterval);
        }
        let (time, zone, gap) = (NaiveTime::MIN, Zone::utc(), GapPolicy::AtGapEnd);
        Ok(Self {
            period,
            start,
            end: None,
            time,
            zone,
            gap,
        })
    }

    /// The time of day; fractions of a second are cut off.
    #[must_use]
    pub fn at(self, time: NaiveTime) -> Self {
        Self { time, ..self }
    }

    /// The zone whose clocks and calendar count.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Is not due after the date `end`; on `end` itself it still is.
    #[must_use]
    pub fn ending_on(self, end: NaiveDate) -> Self {
        Self {
            end: Some(end),
            ..self
        }
    }

    /// What to do about a time of day that a clock change skips.
    #[must_use]
    pub fn gap(self, gap: GapPolicy) -> Self {
        Self { gap, ..self }
    }

    /// The dates from about `near` on: all from the one before it at least.
    fn dates_near(&self, near: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let first = if self.months() == 0 {
            self.day_before(near)
        } else {
            Some(self.start)
        };
        std::iter::successors(first, |date| self.following(*date))
            .take_while(|date| self.end.is_none_or(|end| *date <= end))
    }

    /// For a period of days: the last date before `near`, or the start.
    fn day_before(&self, near: NaiveDate) -> Option<NaiveDate> {
        let passed = (near - self.start).num_days().max(0);
        let whole = passed - passed % self.days().max(1);
        self.start.checked_add_signed(TimeDelta::try_days(whole)?)
    }

    fn following(&self, date: NaiveDate) -> Option<NaiveDate> {
        let same_day = if self.months() == 0 {
            date
        } else {
            self.months_later(date)?
        };
        same_day.checked_add_signed(TimeDelta::try_days(self.days())?)
    }

    /// The same day of the first month that has it.
    fn months_later(&self, date: NaiveDate) -> Option<NaiveDate> {
        let step = Months::new(self.months());
        let first = date.with_day(1)?.checked_add_months(step);
        let months = std::iter::successors(first, |month| month.checked_add_months(step));
        let mut months = months.take_while(|month| month.year() <= LAST_YEAR);
        months.find_map(|month| month.with_day(date.day()))
    }

    fn months(&self) -> u32 {
        self.period
            .years
            .saturating_mul(12)
            .saturating_add(self.period.months)
    }

    fn days(&self) -> i64 {
        i64::from(self.period.weeks) * 7 + i64::from(self.period.days)
    }

    fn instant(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let reading = date.and_time(self.time).and_utc().timestamp();
        DateTime::from_timestamp(self.zone.instant_of(reading, self.gap)?, 0)
    }
}

impl Trigger for CalendarInterval {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // No clock is more than two days away from UTC's date.
        let near = after.date_naive().checked_sub_signed(TimeDelta::days(2));
        let near = near.unwrap_or(NaiveDate::MIN);
        let dates = self.dates_near(near).skip_while(|date| *date < near);
        let dates = dates.take_while(|date| date.year() <= LAST_YEAR);
        dates
            .filter_map(|date| self.instant(date))
            .find(|at| *at > after)
    }
}

const LAST_YEAR: i32 = 9999;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trigger::upcoming;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn every(period: Period, start: &str) -> CalendarInterval {
        CalendarInterval::every(period, date(start)).unwrap()
    }

    fn dates(interval: &CalendarInterval, count: usize) -> Vec<String> {
        let instants = upcoming(interval, DateTime::<Utc>::UNIX_EPOCH).take(count);
        let local = instants.map(|at| interval.zone.to_local(at));
        local
            .map(|at| at.format("%F %H:%M%:z").to_string())
            .collect()
    }

    fn days_only(interval: &CalendarInterval, count: usize) -> Vec<String> {
        dates(interval, count)
            .into_iter()
            .map(|text| text[..10].to_owned())
            .collect()
    }

    const DAILY: Period = Period {
        years: 0,
        months: 0,
        weeks: 0,
        days: 1,
    };
    const MONTHLY: Period = Period {
        years: 0,
        months: 1,
        weeks: 0,
        days: 0,
    };
    const YEARLY: Period = Period {
        years: 1,
        months: 0,
        weeks: 0,
        days: 0,
    };

    #[test]
    fn a_month_without_that_day_is_skipped() {
        let expected = [
            "2016-03-31",
            "2016-05-31",
            "2016-07-31",
            "2016-08-31",
            "2016-10-31",
        ];
        assert_eq!(days_only(&every(MONTHLY, "2016-03-31"), 5), expected);
        let leap_days = ["2024-02-29", "2028-02-29", "2032-02-29"];
        assert_eq!(days_only(&every(YEARLY, "2024-02-29"), 3), leap_days);
    }

    #[test]
    fn all_units_are_added_in_their_order() {
        let mixed = Period {
            years: 1,
            months: 5,
            weeks: 6,
            days: 8,
        };
        let expected = ["2016-03-05", "2017-09-24", "2019-04-15", "2020-11-04"];
        assert_eq!(days_only(&every(mixed, "2016-03-05"), 4), expected);
    }

    #[test]
    fn the_time_of_day_stays_when_clocks_change() {
        let berlin = Zone::bundled("Europe/Berlin").unwrap();
        let daily = every(DAILY, "2024-03-30").in_zone(berlin);
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let spring = daily.clone().at(half_past_two);
        let expected = [
            "2024-03-30 02:30+01:00",
            "2024-03-31 03:00+02:00",
            "2024-04-01 02:30+02:00",
        ];
        assert_eq!(dates(&spring, 3), expected);
        let skipping = spring.gap(GapPolicy::Skip);
        assert_eq!(days_only(&skipping, 2), ["2024-03-30", "2024-04-01"]);
        let autumn = every(DAILY, "2024-10-27")
            .in_zone(daily.zone.clone())
            .at(half_past_two);
        assert_eq!(
            dates(&autumn, 2),
            ["2024-10-27 02:30+02:00", "2024-10-28 02:30+01:00"]
        );
    }

    #[test]
    fn a_gap_up_to_midnight_loses_no_day() {
        let nuuk = Zone::bundled("America/Nuuk").unwrap();
        let late = NaiveTime::from_hms_opt(23, 30, 0).unwrap();
        let daily = every(DAILY, "2024-03-29").in_zone(nuuk).at(late);
        let expected = [
            "2024-03-29 23:30-02:00",
            "2024-03-31 00:00-01:00",
            "2024-03-31 23:30-01:00",
        ];
        assert_eq!(dates(&daily, 3), expected);
        let skipping = daily.gap(GapPolicy::Skip);
        assert_eq!(days_only(&skipping, 2), ["2024-03-29", "2024-03-31"]);
    }

    #[test]
    fn a_day_that_never_was_is_skipped() {
        let apia = Zone::bundled("Pacific/Apia").unwrap();
        let daily = every(DAILY, "2011-12-29").in_zone(apia);
        assert_eq!(days_only(&daily, 2), ["2011-12-29", "2011-12-31"]);
    }

    #[test]
    fn the_end_is_inclusive() {
        let three = every(DAILY, "2024-01-01").ending_on(date("2024-01-03"));
        assert_eq!(dates(&three, 9).len(), 3);
    }

    #[test]
    fn far_dates_are_found_at_once_and_the_last_ones_end_it() {
        let daily = every(DAILY, "1970-01-01");
        let far = DateTime::from_timestamp(253_402_000_000, 0).unwrap();
        assert!(daily.next_after(far).is_some());
        for period in [DAILY, MONTHLY, YEARLY] {
            assert_eq!(
                every(period, "2024-02-29").next_after(DateTime::<Utc>::MAX_UTC),
                None
            );
            let first = every(period, "2024-02-29").next_after(DateTime::<Utc>::MIN_UTC);
            assert_eq!(first.map(|at| at.date_naive()), Some(date("2024-02-29")));
        }
        let endless = Period {
            years: u32::MAX,
            months: u32::MAX,
            weeks: u32::MAX,
            days: u32::MAX,
        };
        assert_eq!(days_only(&every(endless, "2024-02-29"), 9), ["2024-02-29"]);
        assert!(
            CalendarInterval::every(DAILY, NaiveDate::MAX)
                .unwrap()
                .next_after(far)
                .is_none()
        );
    }
}
