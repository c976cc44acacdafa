//! The local times that match a calendar event, to the microsecond.

use super::{component::Component, event::Event, field::Field};
use crate::cron::{Bits, Form, Month, MonthDays, Readings, Rule, Values, WeekDays, Years};

/// The local times of a calendar event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Timetable {
    /// The minutes: local times without the seconds.
    minutes: Rule,
    seconds: Component,
}

impl Timetable {
    pub(super) fn of(event: &Event) -> Self {
        let mut minutes = Rule {
            seconds: Values::single(0),
            minutes: event.minute.small(),
            hours: event.hour.small(),
            month_days: month_days(&event.day),
            months: event.month.values().collect(),
            week_days: WeekDays::each(event.weekdays.iter().map(|day| (day + 1) % 7).collect()),
            weeks: Rule::every_week(),
            years: Years::of(event.year.values()),
            month_days_restrict: true,
            week_days_restrict: true,
            either_day: false,
            is_never: false,
        };
        minutes.skip_empty_years();
        Self {
            minutes,
            seconds: event.second.clone(),
        }
    }

    /// Returns whether the time of day is fixed: written without a star, range or repetition.
    pub(super) fn is_fixed_time(&self) -> bool {
        self.minutes.is_fixed_time() && self.seconds.form() == Form::Points
    }

    /// Returns the minutes as a rule with all its days.
    pub(super) const fn minutes(&self) -> &Rule {
        &self.minutes
    }

    /// Returns the event as a rule of whole seconds, for a description. With fractions, only the
    /// minutes remain.
    pub(super) fn in_seconds(&self) -> Rule {
        let bits = self.seconds.whole_seconds();
        let seconds = bits.map_or_else(
            || Values::single(0),
            |bits| Values {
                bits,
                form: self.seconds.form(),
            },
        );
        Rule {
            seconds,
            ..self.minutes.clone()
        }
    }

    /// Returns the start, in seconds, of the minute that contains `time`, if that minute matches.
    fn this_minute(&self, time: i64) -> Option<i64> {
        let start = time / MINUTE * 60;
        (self.minutes.time_from(start) == Some(start)).then_some(start)
    }
}

/// Returns the days of the month, by their number or counted back.
fn month_days(day: &Component) -> MonthDays {
    match day.field() {
        Field::DayFromEnd => MonthDays {
            from_end: day.distances(),
            ..MonthDays::default()
        },
        _ => MonthDays {
            dates: day.values().collect(),
            ..MonthDays::default()
        },
    }
}

/// Readings are in microseconds.
impl Readings for Timetable {
    const UNITS: i64 = Field::MICROSECONDS as i64;

    fn years(&self) -> &Years {
        &self.minutes.years
    }

    fn months(&self) -> Bits {
        self.minutes.months
    }

    fn days_in(&self, month: &Month) -> Bits {
        self.minutes.days_in(month)
    }

    fn time_from(&self, time: i64) -> Option<i64> {
        let passed = u32::try_from(time % MINUTE).ok()?;
        let in_this = || Some((self.this_minute(time)?, self.seconds.at_least(passed)?));
        let in_a_later = || {
            let next = self.minutes.time_from((time / MINUTE + 1) * 60)?;
            Some((next, self.seconds.at_least(0)?))
        };
        in_this().or_else(in_a_later).map(join)
    }

    fn time_until(&self, time: i64) -> Option<i64> {
        let passed = u32::try_from(time % MINUTE).ok()?;
        let in_this = || Some((self.this_minute(time)?, self.seconds.at_most(passed)?));
        let in_an_earlier = || {
            let last = (time / MINUTE)
                .checked_sub(1)
                .filter(|minute| *minute >= 0)?;
            let last = self.minutes.time_until(last * 60)?;
            Some((last, self.seconds.at_most(u32::MAX)?))
        };
        in_this().or_else(in_an_earlier).map(join)
    }

    /// Returns the number of years to search: a day matches in every remaining year.
    fn longest_search(&self) -> i32 {
        i32::MAX
    }
}

/// Joins a minute, in seconds, with the microseconds that have passed since it began.
fn join((minute, passed): (i64, u32)) -> i64 {
    minute * Timetable::UNITS + i64::from(passed)
}

const MINUTE: i64 = 60 * Timetable::UNITS;
