//! Searches the times of day of a rule, and the years that have a matching day.

use super::{bits::Bits, month::Month, readings::Readings, rule::Rule, years::Years};

/// Every combination of leap year and first weekday occurs within this number of years.
const CALENDAR_CYCLE: i32 = 40;

const FIRST_YEAR: i32 = 1970;

/// An hour, a minute and a second.
type TimeOfDay = (u32, u32, u32);

/// Readings are in seconds.
impl Readings for Rule {
    const UNITS: i64 = 1;

    fn years(&self) -> &Years {
        &self.years
    }

    fn months(&self) -> Bits {
        self.months
    }

    fn days_in(&self, month: &Month) -> Bits {
        Self::days_in(self, month)
    }

    fn time_from(&self, time: i64) -> Option<i64> {
        self.first_time_from(split(time)).map(join)
    }

    fn time_until(&self, time: i64) -> Option<i64> {
        self.last_time_until(split(time)).map(join)
    }

    fn first_time(&self) -> Option<i64> {
        let (hours, minutes, seconds) = self.time_bits();
        Some(join((hours.first()?, minutes.first()?, seconds.first()?)))
    }

    fn last_time(&self) -> Option<i64> {
        let (hours, minutes, seconds) = self.time_bits();
        Some(join((hours.last()?, minutes.last()?, seconds.last()?)))
    }

    /// Returns the number of years to search. A rule that is limited to years has a matching day in
    /// each of them.
    fn longest_search(&self) -> i32 {
        if self.years.is_restricted() {
            i32::MAX
        } else {
            CALENDAR_CYCLE
        }
    }

    fn is_never(&self) -> bool {
        self.is_never
    }
}

impl Rule {
    /// Removes the years without a matching day.
    pub(crate) fn skip_empty_years(&mut self) {
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

    /// Returns the first matching time at or after a time of day.
    fn first_time_from(&self, (hour, minute, second): TimeOfDay) -> Option<TimeOfDay> {
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

    /// Returns the last matching time at or before a time of day.
    fn last_time_until(&self, (hour, minute, second): TimeOfDay) -> Option<TimeOfDay> {
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

fn split(time: i64) -> TimeOfDay {
    let second = u32::try_from(time).unwrap_or_default();
    (second / 3600, second / 60 % 60, second % 60)
}

fn join((hour, minute, second): TimeOfDay) -> i64 {
    i64::from(hour * 3600 + minute * 60 + second)
}
