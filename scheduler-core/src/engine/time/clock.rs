//! The two timelines of a scheduler: elapsed time, and the wall clock that may be set.
//!
//! Both are integers. Deadlines are nanoseconds of elapsed time since the scheduler was built; `u64::MAX` is never.
//! Differences of wall-clock times are nanoseconds too.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crate::{Now, base::unix_time::UnixTime, trigger::Timeline};

/// A deadline that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// Maximum time that the driver sleeps while a job or schedule waits for the wall clock, so that it
/// notices when the clock was set (`TM-006`).
pub(in crate::engine) const WALL_CLOCK_CHECK: u64 = 60_000_000_000;

/// A time as elapsed time and as wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Time {
    /// Nanoseconds since the scheduler was built.
    pub(in crate::engine) elapsed: u64,
    pub(in crate::engine) wall: UnixTime,
}

#[derive(Debug)]
pub(crate) struct Timelines {
    /// Monotonic time at the origin.
    origin: Instant,
    /// Wall-clock time at the origin.
    origin_wall: UnixTime,
    /// Offset between wall clock and elapsed time at the last comparison.
    pub(super) ahead: i128,
    /// The latest reading.
    latest: Now,
    /// Elapsed time of the last comparison.
    pub(super) observed: u64,
    /// Cache of the last instant and its elapsed time, because one call converts it repeatedly.
    known: Cell<(Instant, u64)>,
}

impl Timelines {
    pub(crate) const fn new(origin: Now) -> Self {
        Self {
            origin: origin.mono(),
            origin_wall: origin.unix_time(),
            ahead: 0,
            latest: origin,
            observed: 0,
            known: Cell::new((origin.mono(), 0)),
        }
    }

    /// Returns the later of this reading and the latest one.
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        if now.mono() >= self.latest.mono() {
            self.latest = now;
        }
        self.latest
    }

    /// Returns the elapsed nanoseconds at a monotonic instant.
    #[inline]
    pub(crate) fn elapsed_at(&self, at: Instant) -> u64 {
        let (instant, elapsed) = self.known.get();
        if instant == at {
            return elapsed;
        }
        let elapsed = nanos(at.saturating_duration_since(self.origin));
        self.known.set((at, elapsed));
        elapsed
    }

    /// Returns the wall-clock time of the origin plus `elapsed`: what a clock that is never set would show.
    pub(crate) fn steady(&self, elapsed: u64) -> UnixTime {
        self.origin_wall.after(elapsed.min(i64::MAX as u64))
    }

    /// Returns how far `reading` is ahead of elapsed time.
    pub(in crate::engine) fn ahead(&self, reading: UnixTime, elapsed: u64) -> i128 {
        reading.since(self.origin_wall) - i128::from(elapsed.min(i64::MAX as u64))
    }

    /// Returns the time that is `lead` nanoseconds ahead of the reading of elapsed time.
    pub(crate) fn steady_ahead(&self, elapsed: u64, lead: i64) -> UnixTime {
        let elapsed = elapsed.min(i64::MAX as u64);
        let sum = i128::from(elapsed) + i128::from(lead);
        self.origin_wall.saturating_add(sum)
    }

    /// Returns the deadline at which `instant` comes on a timeline that is `lead` nanoseconds ahead of
    /// elapsed time.
    pub(crate) fn deadline_ahead(&self, instant: UnixTime, lead: i64) -> u64 {
        positive(instant.since(self.origin_wall) - i128::from(lead))
    }

    /// Returns the deadline of `nominal` by the present offset of the clocks.
    pub(in crate::engine) fn deadline(
        &self,
        timeline: Timeline,
        nominal: UnixTime,
        at: Time,
    ) -> u64 {
        match timeline {
            Timeline::Wall => {
                let ahead = positive(nominal.since(at.wall));
                at.elapsed.saturating_add(ahead)
            }
            Timeline::Elapsed => positive(nominal.since(self.origin_wall)),
        }
    }

    /// Returns the time since the last comparison, at most a minute, because the clocks are compared at least
    /// once a minute while something waits for the wall clock.
    pub(crate) fn since_observed(&self, elapsed: u64) -> u64 {
        elapsed.saturating_sub(self.observed).min(WALL_CLOCK_CHECK)
    }
}

/// Converts a duration to nanoseconds; values that do not fit become "never".
pub(crate) fn nanos(duration: Duration) -> u64 {
    let seconds = duration.as_secs().checked_mul(1_000_000_000);
    let nanos = seconds.and_then(|nanos| nanos.checked_add(duration.subsec_nanos().into()));
    nanos.unwrap_or(NEVER)
}

/// Returns a difference as a deadline: 0 if it is negative, "never" if it does not fit.
fn positive(delta: i128) -> u64 {
    u64::try_from(delta.max(0)).unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    impl Timelines {
        fn time(&self, now: &Now) -> Time {
            Time {
                elapsed: self.elapsed_at(now.mono()),
                wall: now.unix_time(),
            }
        }
    }

    fn later(now: Now, mono: u64, wall: i64) -> Now {
        Now::new(
            now.mono() + Duration::from_secs(mono),
            now.wall() + TimeDelta::seconds(wall),
        )
    }

    #[test]
    fn elapsed_deadlines_ignore_the_wall_clock() {
        let origin = Now::system();
        let clocks = Timelines::new(origin);
        let nominal = origin.unix_time().after(10_000_000_000);
        let set_forward = later(origin, 1, 3_601);
        let deadline = clocks.deadline(Timeline::Elapsed, nominal, clocks.time(&set_forward));
        assert_eq!(deadline, 10_000_000_000);
    }

    #[test]
    fn wall_deadlines_follow_it() {
        let origin = Now::system();
        let clocks = Timelines::new(origin);
        let nominal = origin.unix_time().after(10_000_000_000);
        let set_forward = later(origin, 1, 8);
        let deadline = clocks.deadline(Timeline::Wall, nominal, clocks.time(&set_forward));
        assert_eq!(deadline, 3_000_000_000);
    }

    #[test]
    fn a_reading_that_comes_late_is_brought_up_to_the_latest() {
        let origin = Now::system();
        let mut clocks = Timelines::new(origin);
        let (first, second) = (later(origin, 5, 5), later(origin, 7, 7));
        assert_eq!(clocks.catch_up(second), second);
        assert_eq!(clocks.catch_up(first), second);
        let set_back = later(origin, 8, 1);
        assert_eq!(clocks.catch_up(set_back), set_back);
    }
}
