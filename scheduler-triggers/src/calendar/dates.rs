//! The dates of a period, counted from a start in the calendar, independent of any clock.

use std::{
    fmt, iter,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use super::Period;

/// A start date and a period. Its dates are all existing dates a whole number of periods later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dates {
    period: Period,
    start: NaiveDate,
    marks: Marks,
}

/// A cache of every [`STRIDE`]-th date, as far as any search has reached.
///
/// With a period of months and days, each date depends on the one before it. Without the cache,
/// every search would begin at the start, and a search through all dates would be quadratic.
#[derive(Clone)]
struct Marks(Arc<Mutex<Vec<NaiveDate>>>);

impl Dates {
    pub(super) fn new(period: Period, start: NaiveDate) -> Self {
        Self {
            period,
            start,
            marks: Marks(Arc::new(Mutex::new(vec![start]))),
        }
    }

    pub(super) fn period(&self) -> Period {
        self.period
    }

    pub(super) fn start(&self) -> NaiveDate {
        self.start
    }

    /// Returns the dates from the last one before `near` on.
    pub(super) fn near(&self, near: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let first = match (self.months(), self.days()) {
            (0, _) => self.day_before(near),
            (_, 0) => self.months_until(near).next(),
            _ => self.mark(self.marks_before(near)),
        };
        self.walk(first).take_while(|date| date.year() <= LAST_YEAR)
    }

    /// Returns the dates up to `last`, latest first.
    pub(super) fn until(&self, last: NaiveDate) -> Box<dyn Iterator<Item = NaiveDate> + '_> {
        let end = NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(last);
        let last = last.min(end);
        let dates: Box<dyn Iterator<Item = NaiveDate>> = match (self.months(), self.days()) {
            (0, _) => Box::new(self.days_until(last)),
            (_, 0) => Box::new(self.months_until(last)),
            _ => Box::new(self.walked_until(last)),
        };
        let dates = dates.skip_while(move |date| *date > last);
        Box::new(dates.take_while(|date| *date >= self.start))
    }

    /// Returns the last date before `near`, or the start. For a period of days.
    fn day_before(&self, near: NaiveDate) -> Option<NaiveDate> {
        let passed = (near - self.start).num_days().max(0);
        let whole = passed - passed % self.days().max(1);
        self.start.checked_add_signed(TimeDelta::try_days(whole)?)
    }

    fn days_until(&self, last: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let back = TimeDelta::try_days(-self.days()).unwrap_or(TimeDelta::MIN);
        let earlier = move |date: &NaiveDate| date.checked_add_signed(back);
        iter::successors(self.day_before(last), earlier)
    }

    /// Returns the dates up to the month of `near`, latest first. For a period of months.
    fn months_until(&self, near: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let (start, step) = (self.start, i64::from(self.months()));
        let whole = (months_of(near) - months_of(start)).max(0) / step;
        (0..=whole).rev().filter_map(move |periods| {
            let month = months_of(start) + periods * step;
            let year = i32::try_from(month.div_euclid(12)).ok()?;
            let month = u32::try_from(month.rem_euclid(12)).ok()? + 1;
            NaiveDate::from_ymd_opt(year, month, start.day())
        })
    }

    /// Returns the dates up to `last`, latest first, computed from one cached date to the next. For
    /// a period of months and days.
    fn walked_until(&self, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let marks = (0..=self.marks_before(last)).rev();
        marks.flat_map(move |mark| {
            let dates = self.walk(self.mark(mark)).take(STRIDE);
            let dates: Vec<_> = dates.take_while(|date| *date <= last).collect();
            dates.into_iter().rev()
        })
    }

    fn mark(&self, index: usize) -> Option<NaiveDate> {
        self.marks.with(|marks| marks.get(index).copied())
    }

    /// Returns the index of the last cached date before `near`, or of the start.
    fn marks_before(&self, near: NaiveDate) -> usize {
        self.marks.with(|marks| {
            let next = |mark: NaiveDate| self.walk(Some(mark)).nth(STRIDE);
            while let Some(mark) = marks
                .last()
                .filter(|mark| **mark < near)
                .and_then(|mark| next(*mark))
            {
                marks.push(mark);
            }
            marks.partition_point(|mark| *mark < near).saturating_sub(1)
        })
    }

    fn walk(&self, first: Option<NaiveDate>) -> impl Iterator<Item = NaiveDate> {
        iter::successors(first, |date| self.following(*date))
    }

    fn following(&self, date: NaiveDate) -> Option<NaiveDate> {
        let same_day = if self.months() == 0 {
            date
        } else {
            self.months_later(date)?
        };
        same_day.checked_add_signed(TimeDelta::try_days(self.days())?)
    }

    /// Returns the same day of the first month that has it.
    fn months_later(&self, date: NaiveDate) -> Option<NaiveDate> {
        let step = Months::new(self.months());
        let first = date.with_day(1)?.checked_add_months(step);
        let months = iter::successors(first, |month| month.checked_add_months(step));
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
}

impl Marks {
    fn with<T>(&self, look: impl FnOnce(&mut Vec<NaiveDate>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|marks| write!(f, "Marks({})", marks.len()))
    }
}

impl Eq for Marks {}

/// The cache is not part of the rule, so it is ignored.
impl PartialEq for Marks {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn months_of(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

const LAST_YEAR: i32 = 9999;
const STRIDE: usize = 32;
