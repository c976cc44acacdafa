//! Effects of clock changes on the local times of a rule.

use std::{iter, ops::RangeInclusive};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Note, readings::Readings, walk::Walk};
use crate::{ClockEffect, ClockEffectKind, Transition};

impl<'a, R: Readings> Walk<'a, R> {
    /// Returns what the clock changes in a range do to the local times of the rule, in order.
    pub(crate) fn clock_effects(
        &self,
        range: RangeInclusive<DateTime<Utc>>,
    ) -> impl Iterator<Item = ClockEffect> + use<'a, R> {
        let (rule, zone) = (self.rule, self.zone);
        let (gap, fold) = (self.gap, self.fold);
        let of_change = move |change: Transition| {
            let (first, end) = change.affected_seconds();
            let readings = readings_within(rule, first * R::UNITS, end * R::UNITS);
            readings.filter_map(move |reading| zone.effect_on(reading, &change, gap, fold))
        };
        zone.transitions(range).flat_map(of_change)
    }

    /// Returns a note about the first local time that a clock change skips, for a rule of fixed times.
    pub(crate) fn skipped_time(&self) -> Option<Note> {
        let range =
            DateTime::from_timestamp(FIRST_SECOND, 0)?..=DateTime::from_timestamp(LAST_SECOND, 0)?;
        let is_skip = |effect: &ClockEffect| {
            let kind = effect.kind();
            matches!(kind, ClockEffectKind::Moved | ClockEffectKind::Skipped)
        };
        let effect = self.clock_effects(range).find(is_skip)?;
        Some(Note::SkippedTime {
            reading: effect.reading(),
            zone: self.zone.clone(),
            instead: effect.instants().first().copied(),
        })
    }
}

/// Returns the readings of a rule from `first` on and before `end`.
fn readings_within<R: Readings>(
    rule: &R,
    first: i64,
    end: i64,
) -> impl Iterator<Item = NaiveDateTime> {
    let within = move |from: i64| rule.first_from(from).filter(|reading| *reading < end);
    let readings = iter::successors(within(first), move |reading| within(reading + 1));
    readings.filter_map(local_time::<R>)
}

fn local_time<R: Readings>(reading: i64) -> Option<NaiveDateTime> {
    let nanos = reading.rem_euclid(R::UNITS) * (1_000_000_000 / R::UNITS);
    let time = DateTime::from_timestamp(reading.div_euclid(R::UNITS), u32::try_from(nanos).ok()?)?;
    Some(time.naive_utc())
}

/// The beginning of 2026. Earlier changes of time zones will not recur.
const FIRST_SECOND: i64 = 1_767_225_600;
/// After 28 years the weekdays repeat.
const LAST_SECOND: i64 = FIRST_SECOND + 28 * 365 * 86_400 + 7 * 86_400;
