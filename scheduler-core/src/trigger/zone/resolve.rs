//! From a reading of the clocks to the instant at which they show it.

use super::Zone;
use crate::trigger::GapPolicy;

impl Zone {
    /// The first instant at which the clocks show `reading` (seconds since 1970 as if in UTC), or
    /// what `gap` makes of one that they never show.
    pub(in crate::trigger) fn instant_of(&self, reading: i64, gap: GapPolicy) -> Option<i64> {
        let mut segment = self.segment_at(reading.saturating_sub(LARGEST_OFFSET));
        while reading - segment.offset >= segment.end {
            if reading < segment.end + segment.after {
                return skipped(
                    reading - segment.offset,
                    segment.end,
                    segment.after - segment.offset,
                    gap,
                );
            }
            segment = self.segment_at(segment.end);
        }
        Some(reading - segment.offset)
    }
}

fn skipped(shifted: i64, gap_end: i64, length: i64, gap: GapPolicy) -> Option<i64> {
    match gap {
        GapPolicy::AtGapEnd => Some(gap_end).filter(|_| length <= GapPolicy::LONGEST_GAP),
        GapPolicy::ShiftByDelta => Some(shifted),
        GapPolicy::Skip => None,
    }
}

const LARGEST_OFFSET: i64 = 26 * 3600;
