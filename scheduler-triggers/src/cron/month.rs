//! One month of the calendar, and the days of it that a rule selects.

use chrono::{Datelike, NaiveDate};

use super::bits::Bits;

/// A month of a year, with its position in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) year: i32,
    pub(crate) month: u32,
    length: u32,
    /// The first day of the month, counted from 1970-01-01.
    first_day: i32,
}

/// Days selected by their date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct MonthDays {
    /// `13`: the day itself.
    pub(crate) dates: Bits,
    /// Days counted back from the last one, as in `L-2`.
    pub(crate) from_end: Bits,
    /// `15W`: the nearest day from Monday to Friday in the same month.
    pub(crate) near: Bits,
    /// `30WL`: the day from Monday to Friday nearest to the date, or to the last day of a shorter month.
    pub(crate) near_or_last: Bits,
    /// `LW`, `L-2W`: the day from Monday to Friday nearest to a day that is counted back from the last one.
    pub(crate) near_from_end: Bits,
    /// `2nd mon`, `last fri`.
    pub(crate) weekdays: WeekDays,
}

/// Days selected by their weekday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct WeekDays {
    /// `MON`: each one, from Sunday = 0.
    pub(crate) every: Bits,
    /// `FRI#2`, `FRIL`: see [`WeekDays::insert_nth`].
    nth: Bits,
}

impl Month {
    pub(crate) fn new(year: i32, month: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        Some(Self {
            year,
            month,
            length: length(year, month),
            first_day: first.to_epoch_days(),
        })
    }

    /// Returns the month that contains a day, counted from 1970-01-01, and its day of the month.
    pub(crate) fn containing(day: i64) -> Option<(Self, u32)> {
        let day = i32::try_from(day).ok()?;
        let date = NaiveDate::from_epoch_days(day)?;
        let month = Self {
            year: date.year(),
            month: date.month(),
            length: length(date.year(), date.month()),
            first_day: day - i32::try_from(date.day0()).ok()?,
        };
        Some((month, date.day()))
    }

    pub(crate) const fn days(&self) -> Bits {
        Bits::range(1, self.length)
    }

    /// Returns the day as a number, counted from 1970-01-01.
    pub(crate) fn number_of(&self, day: u32) -> i64 {
        i64::from(self.first_day) + i64::from(day) - 1
    }

    /// Returns an index for the kind of the year. Years of one kind have the same days, weekdays
    /// and weeks.
    pub(crate) fn kind_of_year(&self) -> usize {
        let weekday = usize::try_from(self.first_weekday()).unwrap_or_default();
        let leaps = usize::from(is_leap(self.year)) + 2 * usize::from(is_leap(self.year - 1));
        weekday + 7 * leaps
    }

    pub(crate) const KINDS_OF_YEARS: usize = 7 * 3;

    /// Returns the weekday of the first day, from Sunday = 0.
    fn first_weekday(&self) -> u32 {
        // 1970-01-01 was a Thursday.
        (self.first_day + 4).rem_euclid(7).unsigned_abs()
    }

    /// Returns the days whose week is one of `weeks`.
    pub(crate) fn days_in_weeks(&self, weeks: Bits) -> Bits {
        // The distance from the first day back to the Monday of its week.
        let since_monday = (self.first_weekday() + 6) % 7;
        let starts = (0..6).map(|week| 7 * week + 1);
        let starts =
            starts.filter(|start| weeks.contains(self.week_of_monday(*start, since_monday)));
        let days = starts.flat_map(|start| start..start + 7);
        let days: Bits = days
            .filter_map(|day| day.checked_sub(since_monday))
            .collect();
        days & self.days()
    }

    /// Returns the ISO 8601 number of a week, which belongs to the year of its Thursday. Its Monday
    /// is `monday - back`, as a day of this month.
    fn week_of_monday(&self, monday: u32, back: u32) -> u32 {
        let until_thursday = days_before(self.year, self.month) + monday + 3;
        let (year, last_year) = (year_length(self.year), year_length(self.year - 1));
        let ordinal = match until_thursday
            .checked_sub(back)
            .filter(|ordinal| *ordinal > 0)
        {
            None => until_thursday + last_year - back,
            Some(ordinal) if ordinal > year => ordinal - year,
            Some(ordinal) => ordinal,
        };
        (ordinal - 1) / 7 + 1
    }

    /// Returns the first day of the month with this weekday.
    fn first_of(&self, weekday: u32) -> u32 {
        1 + (weekday + 7 - self.first_weekday()) % 7
    }

    /// Returns the nearest day from Monday to Friday within the month.
    fn nearest_workday(&self, day: u32) -> u32 {
        let weekday = (self.first_weekday() + day - 1) % 7;
        match weekday {
            SATURDAY if day == 1 => 3,
            SATURDAY => day - 1,
            SUNDAY if day == self.length => day - 2,
            SUNDAY => day + 1,
            _ => day,
        }
    }
}

impl MonthDays {
    pub(crate) fn in_month(&self, month: &Month) -> Bits {
        let plain = self.dates & month.days();
        if self.is_plain() {
            return plain;
        }
        let from_end = self.counted_back(self.from_end, month);
        let near = (self.near & month.days()).iter();
        let near_or_last = self.near_or_last.iter().map(|day| day.min(month.length));
        let near_end = self.counted_back(self.near_from_end, month);
        let near: Bits = near
            .chain(near_or_last)
            .chain(near_end.iter())
            .map(|day| month.nearest_workday(day))
            .collect();
        plain | from_end | near | self.weekdays.in_month(month)
    }

    /// Returns whether only `dates` selects days.
    fn is_plain(&self) -> bool {
        let special = self.from_end | self.near | self.near_or_last | self.near_from_end;
        special.is_empty() && self.weekdays == WeekDays::default()
    }

    fn counted_back(&self, distances: Bits, month: &Month) -> Bits {
        distances
            .iter()
            .filter(|back| *back < month.length)
            .map(|back| month.length - back)
            .collect()
    }
}

impl WeekDays {
    /// Selects each of these weekdays, from Sunday = 0.
    pub(crate) fn each(every: Bits) -> Self {
        Self {
            every,
            nth: Bits::default(),
        }
    }

    /// Adds weekday number `nth` of the month. `LAST` is the last one, the fourth or the fifth.
    pub(crate) fn insert_nth(&mut self, weekday: u32, nth: u32) {
        self.nth.insert(nth * 7 + weekday);
    }

    /// Returns the pairs of weekday and number.
    pub(crate) fn nth(&self) -> impl Iterator<Item = (u32, u32)> {
        self.nth.iter().map(|place| (place % 7, place / 7))
    }

    pub(crate) fn in_month(&self, month: &Month) -> Bits {
        let from_first_day = self
            .every
            .repeated_weekly()
            .shifted_down(month.first_weekday());
        let each = from_first_day.one_up();
        let nth = self
            .nth()
            .map(|(weekday, nth)| nth_day(month, weekday, nth));
        (each | nth.collect()) & month.days()
    }
}

/// The number of the last weekday in a month for [`WeekDays::insert_nth`].
pub(crate) const LAST: u32 = 6;

const SUNDAY: u32 = 0;
const SATURDAY: u32 = 6;

fn nth_day(month: &Month, weekday: u32, nth: u32) -> u32 {
    let first = month.first_of(weekday);
    match nth {
        LAST => first + (month.length - first) / 7 * 7,
        nth => first + (nth - 1) * 7,
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_length(year: i32) -> u32 {
    365 + u32::from(is_leap(year))
}

/// Returns the number of days of the year before the month.
fn days_before(year: i32, month: u32) -> u32 {
    (1..month).map(|month| length(year, month)).sum()
}

fn length(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(bits: Bits) -> Vec<u32> {
        bits.iter().collect()
    }

    fn date(month: &Month, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(month.year, month.month, day)
    }

    #[test]
    fn lengths_agree_with_the_calendar() {
        for year in [1900, 1999, 2000, 2023, 2024, 2100, 2400] {
            for number in 1..=12 {
                let month = Month::new(year, number).unwrap();
                assert!(date(&month, month.length).is_some(), "{month:?}");
                assert!(date(&month, month.length + 1).is_none(), "{month:?}");
            }
        }
    }

    #[test]
    fn weeks_agree_with_the_calendar() {
        for (year, number) in (1995..2030).flat_map(|year| (1..=12).map(move |month| (year, month)))
        {
            let month = Month::new(year, number).unwrap();
            for week in 1..=53 {
                let expected = month
                    .days()
                    .iter()
                    .filter(|day| date(&month, *day).unwrap().iso_week().week() == week);
                let found = month.days_in_weeks(Bits::from_iter([week]));
                assert_eq!(found, expected.collect(), "{month:?} {week}");
            }
        }
    }

    #[test]
    fn the_nearest_workday_stays_in_the_month() {
        // June 2024 begins on a Saturday and ends on a Sunday.
        let june = Month::new(2024, 6).unwrap();
        for (day, expected) in [(1, 3), (2, 3), (8, 7), (9, 10), (12, 12), (30, 28)] {
            assert_eq!(june.nearest_workday(day), expected, "{day}");
        }
    }

    #[test]
    fn the_fifth_weekday_is_not_in_every_month() {
        let mut fridays = WeekDays::default();
        fridays.insert_nth(5, 5);
        assert_eq!(
            days(fridays.in_month(&Month::new(2024, 2).unwrap())),
            [0; 0]
        );
        assert_eq!(days(fridays.in_month(&Month::new(2024, 3).unwrap())), [29]);
    }

    #[test]
    fn counting_back_beyond_the_first_day_picks_nothing() {
        let far = MonthDays {
            from_end: Bits::from_iter([0, 30]),
            ..MonthDays::default()
        };
        assert_eq!(days(far.in_month(&Month::new(2024, 2).unwrap())), [29]);
        assert_eq!(days(far.in_month(&Month::new(2024, 1).unwrap())), [1, 31]);
    }
}
