//! The next and the previous matching reading of a wall clock, by jumping from bit to bit.
//!
//! A reading is a number of seconds: what the clock shows, as if it were UTC. Daylight saving time
//! is not known here.

use super::{bits::Bits, month::Month, rule::Rule};

/// Of all the ways in which a year can begin and end, each occurs within so many years.
const CALENDAR_CYCLE: i32 = 40;

const FIRST_YEAR: i32 = 1970;

/// An hour, a minute and a second.
type TimeOfDay = (u32, u32, u32);

impl Rule {
    /// The first matching reading at or after `reading`.
    pub(super) fn first_from(&self, reading: i64) -> Option<i64> {
        if self.is_never {
            return None;
        }
        let (day, time) = split(reading);
        let (month, today) = Month::containing(day)?;
        let days = self.matching_days(&month);
        if days.contains(today)
            && let Some(later) = self.time_from(time)
        {
            return Some(join(day, later));
        }
        let day = match days.at_least(today + 1) {
            Some(day) => month.number_of(day),
            None => self.day_after(&month)?,
        };
        Some(join(day, self.first_time()?))
    }

    /// The last matching reading at or before `reading`.
    pub(super) fn last_until(&self, reading: i64) -> Option<i64> {
        if self.is_never {
            return None;
        }
        let (day, time) = split(reading);
        let (month, today) = Month::containing(day)?;
        let days = self.matching_days(&month);
        if days.contains(today)
            && let Some(earlier) = self.time_until(time)
        {
            return Some(join(day, earlier));
        }
        let day = match days.at_most(today - 1) {
            Some(day) => month.number_of(day),
            None => self.day_before(&month)?,
        };
        Some(join(day, self.last_time()?))
    }

    /// The days of a month that match, if the month itself does.
    fn matching_days(&self, month: &Month) -> Bits {
        if self.months.contains(month.month) && self.years.contains(month.year) {
            self.days_in(month)
        } else {
            Bits::default()
        }
    }

    /// The first matching day after a month.
    fn day_after(&self, month: &Month) -> Option<i64> {
        let last_year = month.year.saturating_add(self.longest_search());
        let mut month = self.month_from(month.year, month.month + 1)?;
        while month.year <= last_year {
            if let Some(day) = self.days_in(&month).first() {
                return Some(month.number_of(day));
            }
            month = self.month_from(month.year, month.month + 1)?;
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

    /// The last matching day before a month.
    fn day_before(&self, month: &Month) -> Option<i64> {
        let first_year = month.year.saturating_sub(self.longest_search());
        let mut month = self.month_until(month.year, month.month - 1)?;
        while month.year >= first_year {
            if let Some(day) = self.days_in(&month).last() {
                return Some(month.number_of(day));
            }
            month = self.month_until(month.year, month.month - 1)?;
        }
        None
    }

    /// For so many years a matching day is searched; there is one in every year of a limited rule.
    fn longest_search(&self) -> i32 {
        if self.years.is_restricted() {
            i32::MAX
        } else {
            CALENDAR_CYCLE
        }
    }

    /// Leaves out the years in which there is no matching day.
    pub(super) fn skip_empty_years(&mut self) {
        let years = std::mem::take(&mut self.years);
        let mut known = [None; Month::KINDS_OF_YEARS];
        self.years = years.useful_if(|year| {
            let first = Month::new(year, 1);
            let known = first.and_then(|first| known.get_mut(first.kind_of_year()));
            known.is_some_and(|known| *known.get_or_insert_with(|| self.has_day_in(year)))
        });
        let mut cycle = FIRST_YEAR..FIRST_YEAR + CALENDAR_CYCLE;
        self.is_never = !self.years.is_restricted() && !cycle.any(|year| self.has_day_in(year));
    }

    fn has_day_in(&self, year: i32) -> bool {
        let mut months = self
            .months
            .iter()
            .filter_map(|month| Month::new(year, month));
        months.any(|month| !self.days_in(&month).is_empty())
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

/// The day, counted from the first of 1970, and the time of a reading.
fn split(reading: i64) -> (i64, TimeOfDay) {
    let second = u32::try_from(reading.rem_euclid(DAY)).unwrap_or_default();
    let time = (second / 3600, second / 60 % 60, second % 60);
    (reading.div_euclid(DAY), time)
}

fn join(day: i64, (hour, minute, second): TimeOfDay) -> i64 {
    day * DAY + i64::from(hour * 3600 + minute * 60 + second)
}

const DAY: i64 = 86_400;
