//! Converts local times to instants, across clock changes.
//!
//! The search walks the periods of constant offset in the order of real time, and searches each one
//! separately. The instants therefore always increase, whatever the local clock shows.

use super::{empty_range::EmptyRange, readings::Readings};
use crate::dst::{Fold, Gap};
use crate::zone::{Segment, Zone};

/// A rule in the local time of a zone. Instants are counted in the units of its local times.
pub(crate) struct Walk<'a, R> {
    pub(crate) rule: &'a R,
    pub(crate) zone: &'a Zone,
    pub(crate) gap: Gap,
    pub(crate) fold: Fold,
    pub(crate) empty_range: &'a EmptyRange,
}

impl<R: Readings> Walk<'_, R> {
    /// Returns the first instant at or after `from`, in units since the Unix epoch.
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
                from = self.empty_range.end_from(from);
            }
            if from == i64::MAX || from > end && !self.rule.is_limited() {
                break None;
            }
        };
        if crossed >= LONG_SEARCH {
            self.empty_range.insert(start..found.unwrap_or(i64::MAX));
        }
        found
    }

    /// Returns `Ok` with the first match in this period, or `Err` with the instant at which the search
    /// resumes; `Err(None)` if there is no later period.
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

    /// Returns the last instant at or before `until`, in units since the Unix epoch.
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
                until = self.empty_range.start_until(until);
            }
            if until < end && !self.rule.is_limited() {
                // Nothing by the last rules of the zone; earlier ones may have been different.
                until = until.min(LAST_CHANGE_OF_RULES * R::UNITS);
                end = EARLIEST * R::UNITS;
            }
        }
        if crossed >= LONG_SEARCH {
            self.empty_range
                .insert(found.map_or(i64::MIN, |found| found + 1)..start + 1);
        }
        found
    }

    /// Returns the last instant in the period at which the local time matches.
    fn last_regular(&self, segment: &Segment, until: i64) -> Option<i64> {
        let until = until.min(self.regular_end(segment) - 1);
        let instant = self.rule.last_until(until + segment.offset)? - segment.offset;
        (instant >= self.regular_from(segment, segment.start.max(instant))).then_some(instant)
    }

    /// Returns `from`, or the first instant in the period that does not repeat an earlier local time.
    fn regular_from(&self, segment: &Segment, from: i64) -> i64 {
        if self.fold != Fold::First || !Self::is_near_start(segment, from) {
            return from;
        }
        let repeated = (self.offset_before(segment) - segment.offset).max(0);
        from.max(segment.start + repeated)
    }

    /// Returns the end of the period, or of the part that a later period does not repeat.
    fn regular_end(&self, segment: &Segment) -> i64 {
        let repeated = (segment.offset - segment.after).max(0);
        match self.fold {
            Fold::Last => segment.end - repeated,
            _ => segment.end,
        }
    }

    /// Returns the first instant in the period that replaces a time in the gap before it.
    fn first_made_up(&self, segment: &Segment, from: i64) -> Option<i64> {
        if self.gap == Gap::Skip || !Self::is_near_start(segment, from) {
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
            Gap::ShiftByDelta => Some(skipped - before).filter(|at| *at < segment.end),
            _ => Some(segment.start).filter(|at| *at >= from && gap <= Gap::LONGEST_GAP * R::UNITS),
        }
    }

    /// Returns the last instant in the period that replaces a time in the gap before it.
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
            Gap::Skip => None,
            Gap::AtGapEnd => self.first_made_up(segment, segment.start),
            Gap::ShiftByDelta => {
                let skipped = self.rule.last_until(shifted + before)?;
                Some(skipped - before).filter(|at| *at >= segment.start)
            }
        }
    }

    /// Returns the period of constant offset that contains an instant, in units.
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

    /// Returns the offset just before a period.
    fn offset_before(&self, segment: &Segment) -> i64 {
        self.zone.offset_before(segment.start.div_euclid(R::UNITS)) * R::UNITS
    }

    /// Returns whether the clock change at the start of the period may affect the instant.
    fn is_near_start(segment: &Segment, at: i64) -> bool {
        segment.start > at.saturating_sub(Self::OFFSET)
    }

    const OFFSET: i64 = LARGEST_OFFSET * R::UNITS;

    /// Returns the last unit of the previous period, or an earlier instant if nothing matches after it.
    fn jump_back(&self, start: i64) -> Option<i64> {
        let last = start.checked_sub(1)?;
        let reading = self.rule.last_until(last + Self::OFFSET)?;
        Some(last.min(reading + Self::OFFSET))
    }
}

/// After this number of periods without a match, the result of a search is remembered.
const LONG_SEARCH: u32 = 4;
const HOUR: i64 = 3600;
/// Local 1970 begins at most two days before UTC's.
const EARLIEST: i64 = -48 * HOUR;
/// Local 9999 ends at most two days after UTC's.
const LATEST: i64 = 253_402_300_800 + 48 * HOUR;
const LARGEST_OFFSET: i64 = 26 * HOUR;
/// The year 2100. Until then zones may have irregular changes; those of Morocco end in 2087.
const LAST_CHANGE_OF_RULES: i64 = 4_102_444_800;
/// Every kind of year, with its clock changes, occurs within this time.
const LONGEST_WALK: i64 = 41 * 366 * 24 * HOUR;
