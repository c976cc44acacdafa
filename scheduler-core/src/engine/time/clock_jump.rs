//! Clock jumps: compares the wall clock with elapsed time, and notices when the wall clock was set.
//!
//! What a jump means for schedules is in `schedules/clock_set.rs`.

use super::clock::{Time, Timelines};

/// Minimum difference between the clocks that is reported as a jump.
pub(in crate::engine) const JUMP: i128 = 1_000_000_000;

/// Minimum difference between the clocks after which wall-clock timers are rearmed.
const DRIFT: i128 = 10_000_000;

/// Result of a comparison of the clocks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    None,
    /// Wall-clock timers must be rearmed.
    Slight,
    /// Wall-clock timers must be rearmed, and the jump by these nanoseconds published.
    Jump(i128),
}

impl Timelines {
    /// Returns by how much the wall clock was set back since the clocks were last compared.
    pub(in crate::engine) fn unnoticed_step(&self, at: Time) -> Option<i128> {
        let moved = self.ahead(at.wall, at.elapsed) - self.ahead;
        (moved <= -JUMP).then_some(-moved)
    }

    /// Compares the clocks with their last known offset (`TM-004`, `TM-006`).
    pub(in crate::engine) fn observe(&mut self, at: Time) -> Drift {
        self.observed = at.elapsed;
        let ahead = self.ahead(at.wall, at.elapsed);
        let moved = ahead - self.ahead;
        if moved.abs() < DRIFT {
            return Drift::None;
        }
        self.ahead = ahead;
        if moved.abs() < JUMP {
            Drift::Slight
        } else {
            Drift::Jump(moved)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Now;

    #[test]
    fn jumps_are_told_from_drift_and_reported_once() {
        let origin = Now::system();
        let mut clocks = Timelines::new(origin);
        let mut observe = |seconds: u64, wall: i128| {
            let wall = origin.unix_time().saturating_add(wall * JUMP);
            let elapsed = seconds * 1_000_000_000;
            clocks.observe(Time { elapsed, wall })
        };
        assert_eq!(observe(5, 5), Drift::None);
        assert_eq!(observe(6, 16), Drift::Jump(10 * JUMP));
        assert_eq!(observe(6, 16), Drift::None);
        assert_eq!(observe(7, 7), Drift::Jump(-10 * JUMP));
    }

    #[test]
    fn what_is_just_as_long_as_a_bound_is_past_it() {
        let origin = Now::system();
        for (by, expected) in [
            (DRIFT - 1, Drift::None),
            (DRIFT, Drift::Slight),
            (JUMP - 1, Drift::Slight),
            (JUMP, Drift::Jump(JUMP)),
        ] {
            let mut clocks = Timelines::new(origin);
            let wall = origin.unix_time().saturating_add(by);
            assert_eq!(clocks.observe(Time { elapsed: 0, wall }), expected);
        }
    }
}
