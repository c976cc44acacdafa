//! Effects of clock changes on the times of a period.

use chrono::{DateTime, NaiveDate};

use super::{CalendarInterval, Dates};
use crate::{ClockEffect, Transition};

impl CalendarInterval {
    /// Returns what a clock change of the zone does to the time of day on the given dates.
    pub(super) fn effects_of(
        &self,
        dates: &Dates,
        change: Transition,
    ) -> impl Iterator<Item = ClockEffect> {
        let (first, end) = change.affected_seconds();
        let local = |second| DateTime::from_timestamp(second, 0).map(|local| local.naive_utc());
        let affected = local(first).zip(local(end));
        let from = affected.map_or(NaiveDate::MAX, |(first, _)| first.date());
        let readings = dates.near(from).map(|date| date.and_time(self.time));
        let readings = readings
            .take_while(move |reading| affected.is_some_and(|(_, end)| *reading < end))
            .take_while(|reading| self.end.is_none_or(|end| reading.date() <= end));
        readings
            .filter_map(move |reading| self.zone.effect_on(reading, &change, self.gap, self.fold))
    }
}
