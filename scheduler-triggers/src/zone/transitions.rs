//! [`Transition`]: a change of a zone's offset from UTC.

use std::{fmt, iter::FusedIterator, ops::RangeInclusive};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use super::{Zone, timestamp};

/// A clock change: from one instant on, a zone has another offset from UTC.
///
/// ```
/// # use scheduler_triggers::Zone;
/// let (spring, autumn) = ("2026-01-01T00:00:00Z".parse()?, "2026-12-31T00:00:00Z".parse()?);
/// let changes: Vec<_> = Zone::bundled("Europe/Berlin")?.transitions(spring..=autumn).collect();
/// assert_eq!(changes[0].to_string(), "2026-03-29T01:00:00Z: +01:00 becomes +02:00 (CEST)");
/// assert_eq!(changes[1].shift().num_hours(), -1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Transition {
    at: DateTime<Utc>,
    #[cfg_attr(feature = "serde", serde(serialize_with = "in_seconds"))]
    before: FixedOffset,
    #[cfg_attr(feature = "serde", serde(serialize_with = "in_seconds"))]
    after: FixedOffset,
    abbreviation: String,
}

/// Iterator of [`Zone::transitions`].
#[derive(Debug, Clone)]
pub struct Transitions {
    zone: Zone,
    /// Every change up to this second has been returned.
    passed: i64,
    last: i64,
}

impl Zone {
    /// Returns an iterator over the clock changes in a range, in order.
    ///
    /// A change of the abbreviation alone is not a clock change. Zones of the tz database that still change
    /// their clocks do so until the year 9999.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::Zone;
    /// let ever = DateTime::<Utc>::MIN_UTC..=DateTime::<Utc>::MAX_UTC;
    /// assert_eq!(Zone::utc().transitions(ever.clone()).count(), 0);
    /// let first = Zone::bundled("Asia/Tokyo")?.transitions(ever).next().unwrap();
    /// assert_eq!((first.abbreviation(), first.after().to_string()), ("JST", "+09:00".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn transitions(&self, range: RangeInclusive<DateTime<Utc>>) -> Transitions {
        let (from, to) = range.into_inner();
        let is_whole = from.timestamp_subsec_nanos() == 0;
        Transitions {
            zone: self.clone(),
            passed: from.timestamp().saturating_sub(i64::from(is_whole)),
            last: to.timestamp(),
        }
    }
}

impl Iterator for Transitions {
    type Item = Transition;

    fn next(&mut self) -> Option<Transition> {
        loop {
            let segment = self.zone.segment_at(self.passed);
            if segment.end > self.last || segment.end <= self.passed {
                return None;
            }
            self.passed = segment.end;
            if segment.offset != segment.after {
                let at = DateTime::from_timestamp(segment.end, 0)?;
                return Some(self.zone.transition_at(at));
            }
        }
    }
}

impl FusedIterator for Transitions {}

impl Zone {
    fn transition_at(&self, at: DateTime<Utc>) -> Transition {
        let info = self.0.to_offset_info(timestamp(at.timestamp()));
        Transition {
            at,
            before: self.offset_at(at - TimeDelta::seconds(1)),
            after: self.offset_at(at),
            abbreviation: info.abbreviation().to_owned(),
        }
    }
}

impl Transition {
    /// Returns the first instant with the new offset.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let spring = Zone::bundled("Europe/Berlin")?.transitions(year).next().unwrap();
    /// assert_eq!(spring.at().to_string(), "2026-03-29 01:00:00 UTC");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Returns the offset from UTC just before the change.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let spring = Zone::bundled("Europe/Berlin")?.transitions(year).next().unwrap();
    /// assert_eq!(spring.before().to_string(), "+01:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn before(&self) -> FixedOffset {
        self.before
    }

    /// Returns the offset from UTC from the change on.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let spring = Zone::bundled("Europe/Berlin")?.transitions(year).next().unwrap();
    /// assert_eq!(spring.after().to_string(), "+02:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn after(&self) -> FixedOffset {
        self.after
    }

    /// Returns by how much the clock goes forward. It is negative if the clock goes back.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let spring = Zone::bundled("Australia/Lord_Howe")?.transitions(year).last().unwrap();
    /// assert_eq!(spring.shift().num_minutes(), 30);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn shift(&self) -> TimeDelta {
        let [before, after] = [self.before, self.after].map(|offset| offset.local_minus_utc());
        TimeDelta::seconds(i64::from(after - before))
    }

    /// Returns the abbreviation that clocks show from the change on, as the tz database writes it: letters
    /// such as `CEST`, or the offset.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let spring = Zone::bundled("Europe/Berlin")?.transitions(year).next().unwrap();
    /// assert_eq!(spring.abbreviation(), "CEST");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn abbreviation(&self) -> &str {
        &self.abbreviation
    }

    /// Returns the local times that the change skips or repeats, in seconds: the first one, and the first
    /// one after them.
    pub(crate) fn affected_seconds(&self) -> (i64, i64) {
        let offsets = [self.before, self.after];
        let [old, new] = offsets.map(|offset| i64::from(offset.local_minus_utc()));
        let second = self.at.timestamp();
        (second + old.min(new), second + old.max(new))
    }
}

/// Formats the change as `2026-03-29T01:00:00Z: +01:00 becomes +02:00 (CEST)`.
impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = crate::text::instant(self.at);
        let Self { before, after, .. } = self;
        write!(f, "{at}: {before} becomes {after} ({})", self.abbreviation)
    }
}

#[cfg(feature = "serde")]
fn in_seconds<S: serde::Serializer>(
    offset: &FixedOffset,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(offset.local_minus_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(zone: &str, from: &str, to: &str) -> Vec<String> {
        let zone = Zone::bundled(zone).unwrap();
        let range = from.parse().unwrap()..=to.parse().unwrap();
        zone.transitions(range)
            .map(|change| change.to_string())
            .collect()
    }

    #[test]
    fn both_ends_of_the_range_are_inclusive() {
        let spring = "2026-03-29T01:00:00Z";
        let found = changes("Europe/Berlin", spring, spring);
        assert_eq!(found, [format!("{spring}: +01:00 becomes +02:00 (CEST)")]);
        let later = changes(
            "Europe/Berlin",
            "2026-03-29T01:00:00.000000001Z",
            "2026-04-01T00:00:00Z",
        );
        assert!(later.is_empty());
        let earlier = changes(
            "Europe/Berlin",
            "2026-03-01T00:00:00Z",
            "2026-03-29T00:59:59.999999999Z",
        );
        assert!(earlier.is_empty());
        assert!(changes("Europe/Berlin", spring, "2026-03-01T00:00:00Z").is_empty());
    }

    #[test]
    fn a_new_abbreviation_alone_is_no_change() {
        // In 1968 London began a year-round +01:00; the name changed in autumn, the offset did not.
        let (from, to) = ("1968-01-01T00:00:00Z", "1970-12-31T00:00:00Z");
        let found = changes("Europe/London", from, to);
        assert_eq!(found, ["1968-02-18T02:00:00Z: +00:00 becomes +01:00 (BST)"]);
    }

    #[test]
    fn a_whole_day_can_be_skipped() {
        let (from, to) = ("2011-12-01T00:00:00Z", "2012-01-31T00:00:00Z");
        let found = changes("Pacific/Apia", from, to);
        assert_eq!(found, ["2011-12-30T10:00:00Z: -10:00 becomes +14:00 (+14)"]);
    }

    #[test]
    fn the_offsets_are_those_of_the_zone_at_the_ends_of_time_too() {
        let ever = DateTime::<Utc>::MIN_UTC..=DateTime::<Utc>::MAX_UTC;
        for name in ["Europe/Berlin", "Africa/Casablanca", "America/New_York"] {
            let zone = Zone::bundled(name).unwrap();
            let mut last = DateTime::<Utc>::MIN_UTC;
            for change in zone.transitions(ever.clone()) {
                assert!(change.at() > last && change.before() != change.after());
                assert_eq!(change.after(), zone.offset_at(change.at()));
                let just_before = change.at() - TimeDelta::nanoseconds(1);
                assert_eq!(change.before(), zone.offset_at(just_before));
                last = change.at();
            }
        }
        assert_eq!(Zone::fixed(3600).unwrap().transitions(ever).count(), 0);
    }
}
