//! The two timelines of a scheduler: elapsed time, and the wall clock that may be set.
//!
//! Deadlines are nanoseconds of elapsed time since the scheduler was built; `u64::MAX` is never.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Now, base::unix_time::UnixTime, trigger::Timeline};

/// A deadline that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// Maximum time that the driver sleeps while a job or schedule waits for the wall clock, so that it
/// notices when the clock was set (`TM-006`).
pub(in crate::engine) const WALL_CLOCK_CHECK: u64 = 60_000_000_000;

/// Minimum difference between the clocks that is reported as a jump.
pub(in crate::engine) const JUMP: TimeDelta = TimeDelta::seconds(1);

/// Minimum difference between the clocks after which wall-clock timers are rearmed.
const DRIFT: TimeDelta = TimeDelta::milliseconds(10);

#[derive(Debug)]
pub(crate) struct Timelines {
    origin: Now,
    /// Wall-clock time at the origin.
    origin_unix: UnixTime,
    /// Offset between wall clock and elapsed time at the last comparison.
    ahead: TimeDelta,
    /// The latest reading.
    latest: Now,
    /// Elapsed time of the last comparison.
    observed: u64,
    /// Cache of the last instant and its elapsed time, because one call converts it repeatedly.
    known: Cell<(Instant, u64)>,
}

/// Result of a comparison of the clocks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    None,
    /// Wall-clock timers must be rearmed.
    Slight,
    /// Wall-clock timers must be rearmed, and the jump published.
    Jump(TimeDelta),
}

impl Timelines {
    pub(crate) const fn new(origin: Now) -> Self {
        Self {
            origin,
            origin_unix: UnixTime::of(origin.wall),
            ahead: TimeDelta::zero(),
            latest: origin,
            observed: 0,
            known: Cell::new((origin.mono, 0)),
        }
    }

    /// Returns the later of this reading and the latest one.
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        if now.mono >= self.latest.mono {
            self.latest = now;
        }
        self.latest
    }

    /// Returns the elapsed nanoseconds at `now`.
    pub(crate) fn elapsed(&self, now: &Now) -> u64 {
        self.elapsed_at(now.mono)
    }

    /// Returns the elapsed nanoseconds at a monotonic instant.
    #[inline]
    pub(crate) fn elapsed_at(&self, at: Instant) -> u64 {
        let (instant, elapsed) = self.known.get();
        if instant == at {
            return elapsed;
        }
        let elapsed = nanos(at.saturating_duration_since(self.origin.mono));
        self.known.set((at, elapsed));
        elapsed
    }

    /// Returns the wall-clock time of the origin plus `elapsed`: the reading of a clock that is
    /// never set.
    pub(crate) fn steady(&self, elapsed: u64) -> DateTime<Utc> {
        let delta = TimeDelta::nanoseconds(i64::try_from(elapsed).unwrap_or(i64::MAX));
        saturating_add(self.origin.wall, delta)
    }

    /// Returns the same time as integers, without computing a date.
    pub(crate) fn steady_unix(&self, elapsed: u64) -> UnixTime {
        self.origin_unix.after(elapsed.min(i64::MAX as u64))
    }

    /// Returns how far `reading` is ahead of elapsed time.
    pub(in crate::engine) fn ahead(&self, reading: DateTime<Utc>, elapsed: u64) -> TimeDelta {
        let since = reading.signed_duration_since(self.origin.wall);
        since - TimeDelta::nanoseconds(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }

    /// Returns the time that is `lead` nanoseconds ahead of the elapsed time at `now`. Both are
    /// added as integers first, because calculating with dates is slow.
    pub(crate) fn steady_ahead(&self, now: &Now, lead: i64) -> DateTime<Utc> {
        let elapsed = self.elapsed(now);
        let sum = i64::try_from(elapsed).ok();
        match sum.and_then(|elapsed| elapsed.checked_add(lead)) {
            Some(sum) => saturating_add(self.origin.wall, TimeDelta::nanoseconds(sum)),
            None => saturating_add(self.steady(elapsed), TimeDelta::nanoseconds(lead)),
        }
    }

    /// Returns the deadline at which `instant` comes on a timeline that is `lead` nanoseconds ahead
    /// of elapsed time.
    pub(crate) fn deadline_ahead(&self, instant: DateTime<Utc>, lead: i64) -> u64 {
        let since = instant.signed_duration_since(self.origin.wall);
        positive_nanos(since - TimeDelta::nanoseconds(lead))
    }

    /// Returns the deadline of `nominal` by the present offset of the clocks.
    pub(crate) fn deadline(&self, timeline: Timeline, nominal: DateTime<Utc>, now: &Now) -> u64 {
        match timeline {
            Timeline::Wall => {
                let ahead = positive_nanos(nominal.signed_duration_since(now.wall));
                self.elapsed(now).saturating_add(ahead)
            }
            Timeline::Elapsed => positive_nanos(nominal.signed_duration_since(self.origin.wall)),
        }
    }

    /// Returns the time since the last comparison, at most a minute, because the clocks are compared at least
    /// once a minute while something waits for the wall clock.
    pub(crate) fn since_observed(&self, now: &Now) -> TimeDelta {
        let passed = self.elapsed(now).saturating_sub(self.observed);
        TimeDelta::nanoseconds(i64::try_from(passed.min(WALL_CLOCK_CHECK)).unwrap_or(0))
    }

    /// Returns by how much the wall clock was set back since the clocks were last compared.
    pub(in crate::engine) fn unnoticed_step(&self, now: &Now) -> Option<TimeDelta> {
        let moved = self.ahead(now.wall, self.elapsed(now)) - self.ahead;
        (moved <= -JUMP).then(|| -moved)
    }

    /// Compares the clocks with their last known offset (`TM-004`, `TM-006`).
    pub(crate) fn observe(&mut self, now: &Now) -> Drift {
        self.observed = self.elapsed(now);
        let ahead = self.ahead(now.wall, self.observed);
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

/// Converts a duration to nanoseconds; values that do not fit become "never".
pub(crate) fn nanos(duration: Duration) -> u64 {
    let seconds = duration.as_secs().checked_mul(1_000_000_000);
    let nanos = seconds.and_then(|nanos| nanos.checked_add(duration.subsec_nanos().into()));
    nanos.unwrap_or(NEVER)
}

fn positive_nanos(delta: TimeDelta) -> u64 {
    delta.to_std().map_or(0, nanos)
}

pub(in crate::engine) fn saturating_add(instant: DateTime<Utc>, delta: TimeDelta) -> DateTime<Utc> {
    let end = if delta < TimeDelta::zero() {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    instant.checked_add_signed(delta).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(now: Now, mono: u64, wall: i64) -> Now {
        Now {
            mono: now.mono + Duration::from_secs(mono),
            wall: now.wall + TimeDelta::seconds(wall),
        }
    }

    #[test]
    fn elapsed_deadlines_ignore_the_wall_clock() {
        let origin = Now::system();
        let clocks = Timelines::new(origin);
        let nominal = origin.wall + TimeDelta::seconds(10);
        let set_forward = later(origin, 1, 3_601);
        let deadline = clocks.deadline(Timeline::Elapsed, nominal, &set_forward);
        assert_eq!(deadline, 10_000_000_000);
    }

    #[test]
    fn wall_deadlines_follow_it() {
        let origin = Now::system();
        let clocks = Timelines::new(origin);
        let nominal = origin.wall + TimeDelta::seconds(10);
        let set_forward = later(origin, 1, 8);
        let deadline = clocks.deadline(Timeline::Wall, nominal, &set_forward);
        assert_eq!(deadline, 3_000_000_000);
    }

    #[test]
    fn jumps_are_told_from_drift_and_reported_once() {
        let origin = Now::system();
        let mut clocks = Timelines::new(origin);
        assert_eq!(clocks.observe(&later(origin, 5, 5)), Drift::None);
        let jumped = later(origin, 6, 16);
        assert_eq!(clocks.observe(&jumped), Drift::Jump(TimeDelta::seconds(10)));
        assert_eq!(clocks.observe(&jumped), Drift::None);
        assert_eq!(
            clocks.observe(&later(origin, 7, 7)),
            Drift::Jump(TimeDelta::seconds(-10))
        );
    }

    #[test]
    fn what_is_just_as_long_as_a_bound_is_past_it() {
        let origin = Now::system();
        let ahead = |by: TimeDelta| Now {
            wall: origin.wall + by,
            ..origin
        };
        let nano = TimeDelta::nanoseconds(1);
        for (by, expected) in [
            (DRIFT - nano, Drift::None),
            (DRIFT, Drift::Slight),
            (JUMP - nano, Drift::Slight),
            (JUMP, Drift::Jump(JUMP)),
        ] {
            assert_eq!(Timelines::new(origin).observe(&ahead(by)), expected);
        }
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
