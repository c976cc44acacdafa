//! The next and the previous matching reading of a wall clock, by jumping from bit to bit.
//!
//! A reading is a number of seconds: what the clock shows, as if it were UTC. Daylight saving time
//! is not known here.

use chrono::{DateTime, Datelike, NaiveDate};

use super::{bits::Bits, month::Month, rule::Rule};

const DAY: i64 = 86_400;
/// Dates and weekdays repeat after so many years.
const CALENDAR_CYCLE: i32 = 400;

/// An hour, a minute and a second.
type TimeOfDay = (u32, u32, u32);

impl Rule {
    /// The first matching reading at or after `reading`.
    pub(super) fn first_from(&self, reading: i64) -> Option<i64> {
        let (today, time) = split(reading)?;
        if self.matches_day(today)
            && let Some(later) = self.time_from(time)
        {
            return Some(join(today, later));
        }
        let day = self.day_from(today.succ_opt()?)?;
        Some(join(day, self.first_time()?))
    }

    /// The last matching reading at or before `reading`.
    pub(super) fn last_until(&self, reading: i64) -> Option<i64> {
        let (today, time) = split(reading)?;
        if self.matches_day(today)
            && let Some(earlier) = self.time_until(time)
        {
            return Some(join(today, earlier));
        }
        let day = self.day_until(today.pred_opt()?)?;
        Some(join(day, self.last_time()?))
    }

    fn matches_day(&self, day: NaiveDate) -> bool {
        self.years.contains(day.year())
            && self.months.contains(day.month())
            && Month::new(day.year(), day.month())
                .is_some_and(|month| self.days_in(&month).contains(day.day()))
    }

    /// The first matching day at or after `day`, within one cycle of the calendar.
    fn day_from(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut month = self.month_from(day.year(), day.month())?;
        let is_current = (month.year, month.month) == (day.year(), day.month());
        let mut first = if is_current { day.day() } else { 1 };
        let last_year = self.last_year_from(month.year);
        while month.year <= last_year {
            if let Some(found) = self.days_in(&month).at_least(first) {
                return month.date(found);
            }
            month = self.month_from(month.year, month.month + 1)?;
            first = 1;
        }
        None
    }

    /// The first matching month at or after the given one; month 13 is the next year's first.
    fn month_from(&self, year: i32, month: u32) -> Option<Month> {
        let candidate = self.years.at_least(year)?;
        let first = if candidate == year { month } else { 1 };
        match self.months.at_least(first) {
            Some(month) => Month::new(candidate, month),
            None => Month::new(self.years.at_least(candidate + 1)?, self.months.first()?),
        }
    }

    /// The last matching day at or before `day`, within one cycle of the calendar.
    fn day_until(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut month = self.month_until(day.year(), day.month())?;
        let is_current = (month.year, month.month) == (day.year(), day.month());
        let mut last = if is_current { day.day() } else { 31 };
        let first_year = self.first_year_until(month.year);
        while month.year >= first_year {
            if let Some(found) = self.days_in(&month).at_most(last) {
                return month.date(found);
            }
            month = self.month_until(month.year, month.month - 1)?;
            last = 31;
        }
        None
    }

    /// The last matching month at or before the given one; month 0 is the previous year's last.
    fn month_until(&self, year: i32, month: u32) -> Option<Month> {
        let candidate = self.years.at_most(year)?;
        let last = if candidate == year { month } else { 12 };
        match self.months.at_most(last) {
            Some(month) => Month::new(candidate, month),
            None => Month::new(self.years.at_most(candidate - 1)?, self.months.last()?),
        }
    }

    /// The last year worth looking at. A rule that names years must be searched to their end.
    fn last_year_from(&self, year: i32) -> i32 {
        if self.years.is_restricted() {
            i32::MAX
        } else {
            year + CALENDAR_CYCLE
        }
    }

    fn first_year_until(&self, year: i32) -> i32 {
        if self.years.is_restricted() {
            i32::MIN
        } else {
            year - CALENDAR_CYCLE
        }
    }

    fn first_time(&self) -> Option<TimeOfDay> {
        Some((
            self.hours.bits.first()?,
            self.minutes.bits.first()?,
            self.seconds.bits.first()?,
        ))
    }

    /// The first matching time at or after a time of day.
    fn time_from(&self, (hour, minute, second): TimeOfDay) -> Option<TimeOfDay> {
        let (hours, minutes, seconds) = self.time_bits();
        let this_hour = hours.contains(hour);
        let this_minute = this_hour && minutes.contains(minute);
        let same_minute = || {
            Some((
                hour,
                minute,
                seconds.at_least(second).filter(|_| this_minute)?,
            ))
        };
        let same_hour = || {
            Some((
                hour,
                minutes.at_least(minute + 1).filter(|_| this_hour)?,
                seconds.first()?,
            ))
        };
        let later_hour = || {
            Some((
                hours.at_least(hour + 1)?,
                minutes.first()?,
                seconds.first()?,
            ))
        };
        same_minute().or_else(same_hour).or_else(later_hour)
    }

    fn last_time(&self) -> Option<TimeOfDay> {
        Some((
            self.hours.bits.last()?,
            self.minutes.bits.last()?,
            self.seconds.bits.last()?,
        ))
    }

    /// The last matching time at or before a time of day.
    fn time_until(&self, (hour, minute, second): TimeOfDay) -> Option<TimeOfDay> {
        let (hours, minutes, seconds) = self.time_bits();
        let this_hour = hours.contains(hour);
        let this_minute = this_hour && minutes.contains(minute);
        let same_minute = || {
            Some((
                hour,
                minute,
                seconds.at_most(second).filter(|_| this_minute)?,
            ))
        };
        let same_hour = || {
            let earlier = minutes
                .at_most(minute.checked_sub(1)?)
                .filter(|_| this_hour)?;
            Some((hour, earlier, seconds.last()?))
        };
        let earlier_hour = || {
            Some((
                hours.at_most(hour.checked_sub(1)?)?,
                minutes.last()?,
                seconds.last()?,
            ))
        };
        same_minute().or_else(same_hour).or_else(earlier_hour)
    }

    fn time_bits(&self) -> (Bits, Bits, Bits) {
        (self.hours.bits, self.minutes.bits, self.seconds.bits)
    }
}

fn split(reading: i64) -> Option<(NaiveDate, TimeOfDay)> {
    let day = DateTime::from_timestamp(reading, 0)?.date_naive();
    let second = u32::try_from(reading.rem_euclid(DAY)).ok()?;
    Some((day, (second / 3600, second / 60 % 60, second % 60)))
}

fn join(day: NaiveDate, (hour, minute, second): TimeOfDay) -> i64 {
    i64::from(day.to_epoch_days()) * DAY + i64::from(hour * 3600 + minute * 60 + second)
}
