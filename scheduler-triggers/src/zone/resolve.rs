//! Converts a local time of a zone to instants.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Transition, Zone};
use crate::{ClockEffect, Fold, Gap};

/// The instants at which a clock shows a local time, in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passes {
    /// The clock shows the local time, in the first and in the last pass; nearly always these are
    /// the same.
    Shown { first: i64, last: i64 },
    /// The clock never shows the local time, which is in a gap of `length` that ends at `gap_end`.
    /// Without the gap, the clock would show the time at `unadvanced`.
    Skipped {
        gap_end: i64,
        unadvanced: i64,
        length: i64,
    },
}

impl Zone {
    /// Applies the two policies to a local time. Returns no instant, one, or two in order.
    pub(crate) fn instants_of(
        &self,
        reading: NaiveDateTime,
        gap: Gap,
        fold: Fold,
    ) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let nanos = reading.and_utc().timestamp_subsec_nanos();
        let exactly = move |second| DateTime::from_timestamp(second, nanos);
        let found = match self.passes(reading.and_utc().timestamp()) {
            Passes::Shown { first, last } => match fold {
                Fold::First => [exactly(first), None],
                Fold::Last => [None, exactly(last)],
                Fold::Both if first == last => [exactly(first), None],
                Fold::Both => [exactly(first), exactly(last)],
            },
            Passes::Skipped {
                gap_end,
                unadvanced,
                length,
            } => match gap {
                Gap::ShiftByDelta => [exactly(unadvanced), None],
                Gap::AtGapEnd if length <= Gap::LONGEST_GAP => {
                    [DateTime::from_timestamp(gap_end, 0), None]
                }
                Gap::AtGapEnd | Gap::Skip => [None, None],
            },
        };
        found.into_iter().flatten()
    }

    /// Returns the instant that a written local time means: the first pass of a repeated time, the
    /// end of the gap for a skipped one. `None` beyond the last representable date.
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use scheduler_triggers::{Once, Zone};
    /// let noon = NaiveDate::from_ymd_opt(2024, 7, 1).and_then(|day| day.and_hms_opt(12, 0, 0)).unwrap();
    /// let at = Zone::named("Europe/Berlin")?.to_instant(noon).unwrap();
    /// assert_eq!(Once::at(at).to_string(), "once at 2024-07-01T10:00:00Z");
    /// # Ok::<(), scheduler_triggers::ZoneError>(())
    /// ```
    #[must_use]
    pub fn to_instant(&self, reading: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.passes(reading.and_utc().timestamp()) {
            Passes::Shown { first, .. } => {
                DateTime::from_timestamp(first, reading.and_utc().timestamp_subsec_nanos())
            }
            Passes::Skipped { gap_end, .. } => DateTime::from_timestamp(gap_end, 0),
        }
    }

    /// Returns what a clock change of the zone does to a local time that is due by the two policies, or
    /// `None` if it neither skips nor repeats the time.
    pub(crate) fn effect_on(
        &self,
        reading: NaiveDateTime,
        change: &Transition,
        gap: Gap,
        fold: Fold,
    ) -> Option<ClockEffect> {
        let at = change.at().timestamp();
        let is_affected = match self.passes(reading.and_utc().timestamp()) {
            Passes::Shown { first, last } => first < at && at <= last,
            Passes::Skipped { gap_end, .. } => gap_end == at,
        };
        let instants = self.instants_of(reading, gap, fold);
        is_affected.then(|| ClockEffect::new(self, change, reading, instants))
    }

    fn passes(&self, reading: i64) -> Passes {
        let (mut shown, mut skipped) = (None, None);
        let mut segment = self.segment_at(reading.saturating_sub(LARGEST_OFFSET));
        loop {
            let at = reading - segment.offset;
            if at < segment.end && at >= segment.start {
                let (first, last) = (shown.map_or(at, |(first, _)| first), at);
                shown = Some((first, last));
            } else if at >= segment.end && reading < segment.end + segment.after {
                skipped = Some(Passes::Skipped {
                    gap_end: segment.end,
                    unadvanced: at,
                    length: segment.after - segment.offset,
                });
            }
            if segment.end > reading.saturating_add(LARGEST_OFFSET) {
                break;
            }
            segment = self.segment_at(segment.end);
        }
        let (first, last) = shown.unwrap_or((reading, reading));
        skipped
            .filter(|_| shown.is_none())
            .unwrap_or(Passes::Shown { first, last })
    }
}

const LARGEST_OFFSET: i64 = 26 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn instants(zone: &str, reading: &str, gap: Gap, fold: Fold) -> Vec<String> {
        let zone = Zone::bundled(zone).unwrap();
        let found = zone.instants_of(reading.parse().unwrap(), gap, fold);
        found
            .map(|at| zone.to_local(at).format("%dT%H:%M:%S%.f%:z").to_string())
            .collect()
    }

    #[test]
    fn a_repeated_reading_has_two_instants() {
        let autumn = |fold| instants("Europe/Berlin", "2024-10-27T02:30:00.5", Gap::Skip, fold);
        assert_eq!(autumn(Fold::First), ["27T02:30:00.500+02:00"]);
        assert_eq!(autumn(Fold::Last), ["27T02:30:00.500+01:00"]);
        assert_eq!(
            autumn(Fold::Both),
            ["27T02:30:00.500+02:00", "27T02:30:00.500+01:00"]
        );
    }

    #[test]
    fn a_skipped_reading_follows_the_policy() {
        let spring = |gap| instants("Europe/Berlin", "2024-03-31T02:30:00.5", gap, Fold::First);
        assert_eq!(spring(Gap::AtGapEnd), ["31T03:00:00+02:00"]);
        assert_eq!(spring(Gap::ShiftByDelta), ["31T03:30:00.500+02:00"]);
        assert!(spring(Gap::Skip).is_empty());
    }

    #[test]
    fn a_missing_day_is_not_made_up_for_but_what_is_meant_is_its_end() {
        let missing = "2011-12-30T12:00:00";
        let at_gap_end = instants("Pacific/Apia", missing, Gap::AtGapEnd, Fold::First);
        assert!(at_gap_end.is_empty());
        let apia = Zone::bundled("Pacific/Apia").unwrap();
        let meant = apia.to_instant(missing.parse().unwrap()).unwrap();
        assert_eq!(
            apia.to_local(meant).to_rfc3339(),
            "2011-12-31T00:00:00+14:00"
        );
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for zone in ["Europe/Berlin", "UTC"] {
            let zone = Zone::bundled(zone).unwrap();
            for reading in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                let _ = zone.to_instant(reading);
                let found = zone.instants_of(reading, Gap::AtGapEnd, Fold::Both);
                assert!(found.count() <= 2);
            }
        }
    }
}
