//! The next and the previous matching reading of a wall clock, by jumping from month to month.
//!
//! A reading is a number of units, such as seconds: the local time, as if it were UTC. Clock
//! changes are handled elsewhere.

use super::{bits::Bits, month::Month, years::Years};

/// The readings of a wall clock that match a rule: on each matching day the same times.
pub(crate) trait Readings {
    /// Number of units in a second.
    const UNITS: i64;

    /// Returns the years that match.
    fn years(&self) -> &Years;

    /// Returns the months that match, of any year.
    fn months(&self) -> Bits;

    /// Returns the days of a month that match, if the month does.
    fn days_in(&self, month: &Month) -> Bits;

    /// Returns the first matching time of day at or after `time`, in units since midnight.
    fn time_from(&self, time: i64) -> Option<i64>;

    /// Returns the last matching time of day at or before `time`, in units since midnight.
    fn time_until(&self, time: i64) -> Option<i64>;

    /// Returns the first matching time of day, in units since midnight.
    fn first_time(&self) -> Option<i64> {
        self.time_from(0)
    }

    /// Returns the last matching time of day, in units since midnight.
    fn last_time(&self) -> Option<i64> {
        self.time_until(day::<Self>() - 1)
    }

    /// Returns the number of years in which to search for a matching day.
    fn longest_search(&self) -> i32;

    /// Returns whether it is known that no reading matches.
    fn is_never(&self) -> bool {
        false
    }

    /// Returns whether the readings end with a year, so that a search for them ends too.
    fn is_limited(&self) -> bool {
        self.years().is_restricted()
    }

    /// Returns the first matching reading at or after `reading`.
    fn first_from(&self, reading: i64) -> Option<i64> {
        if self.is_never() {
            return None;
        }
        let (number, time) = split::<Self>(reading);
        let (month, today) = Month::containing(number)?;
        let days = matching_days(self, &month);
        if days.contains(today)
            && let Some(later) = self.time_from(time)
        {
            return Some(number * day::<Self>() + later);
        }
        let number = match days.at_least(today + 1) {
            Some(day) => month.number_of(day),
            None => day_after(self, &month)?,
        };
        Some(number * day::<Self>() + self.first_time()?)
    }

    /// Returns the last matching reading at or before `reading`.
    fn last_until(&self, reading: i64) -> Option<i64> {
        if self.is_never() {
            return None;
        }
        let (number, time) = split::<Self>(reading);
        let (month, today) = Month::containing(number)?;
        let days = matching_days(self, &month);
        if days.contains(today)
            && let Some(earlier) = self.time_until(time)
        {
            return Some(number * day::<Self>() + earlier);
        }
        let number = match days.at_most(today - 1) {
            Some(day) => month.number_of(day),
            None => day_before(self, &month)?,
        };
        Some(number * day::<Self>() + self.last_time()?)
    }
}

/// Returns the days of a month that match, if the month itself does.
#[inline]
fn matching_days<R: Readings + ?Sized>(rule: &R, month: &Month) -> Bits {
    if rule.months().contains(month.month) && rule.years().contains(month.year) {
        rule.days_in(month)
    } else {
        Bits::default()
    }
}

/// Returns the first matching day after a month.
fn day_after<R: Readings + ?Sized>(rule: &R, month: &Month) -> Option<i64> {
    let last_year = month.year.saturating_add(rule.longest_search());
    let mut month = month_from(rule, month.year, month.month + 1)?;
    while month.year <= last_year {
        if let Some(day) = rule.days_in(&month).first() {
            return Some(month.number_of(day));
        }
        month = month_from(rule, month.year, month.month + 1)?;
    }
    None
}

/// Returns the first matching month at or after the given one; month 13 is the first month of the
/// next year.
fn month_from<R: Readings + ?Sized>(rule: &R, year: i32, month: u32) -> Option<Month> {
    let (years, months) = (rule.years(), rule.months());
    let candidate = years.at_least(year)?;
    let first = if candidate == year { month } else { 1 };
    match months.at_least(first) {
        Some(month) => Month::new(candidate, month),
        None => Month::new(years.at_least(candidate + 1)?, months.first()?),
    }
}

/// Returns the last matching day before a month.
fn day_before<R: Readings + ?Sized>(rule: &R, month: &Month) -> Option<i64> {
    let first_year = month.year.saturating_sub(rule.longest_search());
    let mut month = month_until(rule, month.year, month.month - 1)?;
    while month.year >= first_year {
        if let Some(day) = rule.days_in(&month).last() {
            return Some(month.number_of(day));
        }
        month = month_until(rule, month.year, month.month - 1)?;
    }
    None
}

/// Returns the last matching month at or before the given one; month 0 is the last month of the
/// previous year.
fn month_until<R: Readings + ?Sized>(rule: &R, year: i32, month: u32) -> Option<Month> {
    let (years, months) = (rule.years(), rule.months());
    let candidate = years.at_most(year)?;
    let last = if candidate == year { month } else { 12 };
    match months.at_most(last) {
        Some(month) => Month::new(candidate, month),
        None => Month::new(years.at_most(candidate - 1)?, months.last()?),
    }
}

/// Splits a reading into its day, counted from 1970-01-01, and its time of day.
#[inline]
fn split<R: Readings + ?Sized>(reading: i64) -> (i64, i64) {
    let day = day::<R>();
    (reading.div_euclid(day), reading.rem_euclid(day))
}

/// Returns the length of a day in units.
const fn day<R: Readings + ?Sized>() -> i64 {
    86_400 * R::UNITS
}
