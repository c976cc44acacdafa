//! From readings of a wall clock to instants: what happens when the clock is changed.
//!
//! The zone is walked as stretches of constant offset, in the order of real time, and each stretch
//! is searched on its own. So the instants found can only rise, whatever the clock shows.

use super::{barren::Barren, readings::Readings};
use crate::zone::{Segment, Zone};

/// What to do about a time that a clock change skips (TM-016).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapPolicy {
    /// Once, at the first instant after the gap, however many times were skipped. A gap of more
    /// than three hours is a correction of the calendar, and skipped.
    AtGapEnd,
    /// As much later as the clock was advanced: 02:30 becomes 03:30.
    ShiftByDelta,
    /// Not at all.
    Skip,
}

impl GapPolicy {
    /// The longest gap, in seconds, that [`AtGapEnd`](Self::AtGapEnd) makes up for.
    pub(crate) const LONGEST_GAP: i64 = 3 * HOUR;
}

/// What to do about a time that a clock change repeats (TM-017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OverlapPolicy {
    /// Both times.
    Both,
    /// The first time only.
    First,
    /// The second time only.
    Last,
}

/// A rule on the clocks of a zone. Instants are counted in the units of its readings.
pub(crate) struct Walk<'a, R> {
    pub(crate) rule: &'a R,
    pub(crate) zone: &'a Zone,
    pub(crate) gap: GapPolicy,
    pub(crate) overlap: OverlapPolicy,
    pub(crate) barren: &'a Barren,
}

impl<R: Readings> Walk<'_, R> {
    /// The first instant at or after `from`, in units since the Unix epoch.
    pub(crate) fn first_from(&self, from: i64) -> Option<i64> {
        let start = from.max(EARLIEST * R::UNITS);
        let end = start.max(LAST_CHANGE_OF_RULES * R::UNITS);
        let end = end.saturating_add(LONGEST_WALK * R::UNITS);
        let (mut from, mut crossed) = (start, 0);
        let found = loop {
            let segment = self.segment_at(from);
            match self.first_within(&segment, from) {
                Ok(found) => break Some(found),
                Err(None) => break None,
                Err(Some(next)) => from = next,
            }
            crossed += 1;
            if crossed >= LONG_SEARCH {
                from = self.barren.end_from(from);
            }
            if from == i64::MAX || from > end && !self.rule.is_limited() {
                break None;
            }
        };
        if crossed >= LONG_SEARCH {
            self.barren.insert(start..found.unwrap_or(i64::MAX));
        }
        found
    }

    /// The first instant of the segment, or else from where on there may be one, if there is.
    fn first_within(&self, segment: &Segment, from: i64) -> Result<i64, Option<i64>> {
        let made_up = self.first_made_up(segment, from);
        let start = self.regular_from(segment, from);
        let reading = self.rule.first_from(start + segment.offset);
        let regular = reading
            .map(|reading| reading - segment.offset)
            .filter(|at| *at < self.regular_end(segment));
        if let Some(found) = [made_up, regular].into_iter().flatten().min() {
            return Ok(found);
        }
        // From its end on no clock shows less than this, and none shows a matching time earlier
        // than the first one from there, which may be known already.
        let lowest = segment.end.saturating_sub(Self::OFFSET);
        let is_known = start + segment.offset <= lowest;
        let reading = if is_known {
            reading
        } else {
            self.rule.first_from(lowest)
        };
        Err(reading.map(|reading| segment.end.max(reading - Self::OFFSET)))
    }

    /// The last instant at or before `until`, in units since the Unix epoch.
    pub(crate) fn last_until(&self, until: i64) -> Option<i64> {
        let start = until.min(LATEST * R::UNITS);
        let mut end = start.saturating_sub(LONGEST_WALK * R::UNITS);
        let (mut until, mut crossed) = (start, 0);
        let mut found = None;
        while until >= EARLIEST * R::UNITS {
            let segment = self.segment_at(until);
            let made_up = self.last_made_up(&segment, until);
            let regular = self.last_regular(&segment, until);
            found = made_up.max(regular);
            let Some(next) = self.jump_back(segment.start).filter(|_| found.is_none()) else {
                break;
            };
            until = next;
            crossed += 1;
            if crossed >= LONG_SEARCH {
                until = self.barren.start_until(until);
            }
            if until < end && !self.rule.is_limited() {
                // Nothing by the last rules of the zone; earlier ones may have been different.
                until = until.min(LAST_CHANGE_OF_RULES * R::UNITS);
                end = EARLIEST * R::UNITS;
            }
        }
        if crossed >= LONG_SEARCH {
            self.barren
                .insert(found.map_or(i64::MIN, |found| found + 1)..start + 1);
        }
        found
    }

    /// The last instant in the segment at which the clock shows a matching time.
    fn last_regular(&self, segment: &Segment, until: i64) -> Option<i64> {
        let until = until.min(self.regular_end(segment) - 1);
        let instant = self.rule.last_until(until + segment.offset)? - segment.offset;
        (instant >= self.regular_from(segment, segment.start.max(instant))).then_some(instant)
    }

    /// `from`, or the first instant in the segment that does not repeat what was there before.
    fn regular_from(&self, segment: &Segment, from: i64) -> i64 {
        if self.overlap != OverlapPolicy::First || !Self::is_near_start(segment, from) {
            return from;
        }
        let repeated = (self.offset_before(segment) - segment.offset).max(0);
        from.max(segment.start + repeated)
    }

    /// The end of the segment, or of that part of it which is not repeated later.
    fn regular_end(&self, segment: &Segment) -> i64 {
        let repeated = (segment.offset - segment.after).max(0);
        match self.overlap {
            OverlapPolicy::Last => segment.end - repeated,
            _ => segment.end,
        }
    }

    /// The first instant in the segment that makes up for a time skipped at its start.
    fn first_made_up(&self, segment: &Segment, from: i64) -> Option<i64> {
        if self.gap == GapPolicy::Skip || !Self::is_near_start(segment, from) {
            return None;
        }
        let before = self.offset_before(segment);
        let gap = segment.offset - before;
        if from - segment.start >= gap {
            return None;
        }
        let skipped = self.rule.first_from(from + before)?;
        if skipped >= segment.start + segment.offset {
            return None;
        }
        match self.gap {
            GapPolicy::ShiftByDelta => Some(skipped - before).filter(|at| *at < segment.end),
            _ => Some(segment.start)
                .filter(|at| *at >= from && gap <= GapPolicy::LONGEST_GAP * R::UNITS),
        }
    }

    /// The last instant in the segment that makes up for a time skipped at its start.
    fn last_made_up(&self, segment: &Segment, until: i64) -> Option<i64> {
        if segment.start == i64::MIN {
            return None;
        }
        let before = self.offset_before(segment);
        let gap = segment.offset - before;
        if gap <= 0 {
            return None;
        }
        let shifted = until.min(segment.start + gap - 1);
        match self.gap {
            GapPolicy::Skip => None,
            GapPolicy::AtGapEnd => self.first_made_up(segment, segment.start),
            GapPolicy::ShiftByDelta => {
                let skipped = self.rule.last_until(shifted + before)?;
                Some(skipped - before).filter(|at| *at >= segment.start)
            }
        }
    }

    /// The stretch of constant offset that an instant lies in, in units.
    fn segment_at(&self, at: i64) -> Segment {
        let segment = self.zone.segment_at(at.div_euclid(R::UNITS));
        if R::UNITS == 1 {
            return segment;
        }
        Segment {
            start: segment.start.saturating_mul(R::UNITS),
            end: segment.end.saturating_mul(R::UNITS),
            offset: segment.offset * R::UNITS,
            after: segment.after * R::UNITS,
        }
    }

    /// The offset just before a stretch of constant offset.
    fn offset_before(&self, segment: &Segment) -> i64 {
        self.zone.offset_before(segment.start.div_euclid(R::UNITS)) * R::UNITS
    }

    /// Whether the instant is so near the start of its segment that the change there may concern it.
    fn is_near_start(segment: &Segment, at: i64) -> bool {
        segment.start > at.saturating_sub(Self::OFFSET)
    }

    const OFFSET: i64 = LARGEST_OFFSET * R::UNITS;

    /// The previous segment's last unit, or an earlier instant if nothing can match after that.
    fn jump_back(&self, start: i64) -> Option<i64> {
        let last = start.checked_sub(1)?;
        let reading = self.rule.last_until(last + Self::OFFSET)?;
        Some(last.min(reading + Self::OFFSET))
    }
}

/// A search that has crossed so many segments in vain is a long one, which is not made twice.
const LONG_SEARCH: u32 = 4;
const HOUR: i64 = 3600;
/// Years begin with 1970, in some zones two days earlier than in UTC at most.
const EARLIEST: i64 = -48 * HOUR;
/// The end of the year 9999, in some zones two days later than in UTC at most.
const LATEST: i64 = 253_402_300_800 + 48 * HOUR;
const LARGEST_OFFSET: i64 = 26 * HOUR;
/// The year 2100: until then zones may have changes in store that follow no yearly rule (those of
/// Morocco end in 2087).
const LAST_CHANGE_OF_RULES: i64 = 4_102_444_800;
/// Every kind of year there is, with its clock changes, occurs within so long.
const LONGEST_WALK: i64 = 41 * 366 * 24 * HOUR;
