//! The clocks of a tokio runtime: its own, which a test may pause and advance, and the wall clock that
//! goes with it.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::Now;
use tokio::runtime::Handle;

/// Between two readings of both clocks they never move apart by so many nanoseconds, unless one of
/// them was set, paused or advanced: then they are compared.
const APART: u64 = 1_000_000;

/// What no gap between the clocks is near to: half of all there are away from any that could be.
const FAR: u64 = 1 << 63;

/// A thread may lose the processor between two readings: so much later they are not worth comparing.
const AT_ONCE: Duration = Duration::from_micros(200);

/// By so many nanoseconds the wall clock may be off while tokio's clock is not the system's. Readings
/// would not be exact otherwise: each would be off by what passes between two looks at the system's
/// clocks.
const JITTER: u64 = 20_000_000;

/// Reads tokio's monotonic clock, and the wall clock that goes with it.
///
/// A wall clock that is not tokio's would run on while a test has paused the other. So the wall time
/// is that of the system, plus by how much tokio's clock is ahead of the system's monotonic one.
///
/// The usual reading reads each clock once, as any runtime does, and finds by a few additions that
/// they have not moved apart since they were compared.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Where nanoseconds of the monotonic clock are counted from.
    origin: OnceLock<Instant>,
    /// The usual gap between the clocks, while tokio's clock is the system's.
    usual: AtomicU64,
    /// How far the wall clock is ahead of the monotonic one, in nanoseconds.
    ahead: AtomicI64,
    /// tokio's clock is not the system's: it is, or was, paused.
    is_apart: AtomicBool,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self {
            origin: OnceLock::new(),
            usual: AtomicU64::new(FAR),
            ahead: AtomicI64::new(i64::MIN),
            is_apart: AtomicBool::new(false),
        }
    }

    /// Whether tokio's clock was seen to differ from the system's.
    pub(crate) fn is_apart(&self) -> bool {
        self.is_apart.load(Relaxed)
    }

    /// Reads both clocks, that of tokio in the runtime of `home`, else in the one around the caller.
    pub(crate) fn now(&self, home: Option<&Handle>) -> Now {
        let (mono, wall) = (tokio::time::Instant::now().into_std(), since_epoch());
        if let Some(origin) = self.origin.get() {
            let gap = wrapped(wall).wrapping_sub(wrapped(mono.saturating_duration_since(*origin)));
            let moved = gap.wrapping_sub(self.usual.load(Relaxed));
            if moved.wrapping_add(APART) < 2 * APART {
                let wall = date(wall);
                return Now { mono, wall };
            }
        }
        let _inside = home.map(Handle::enter);
        self.compare(&Look::at_clocks())
    }

    /// Compares tokio's clock with the system's.
    #[cold]
    fn compare(&self, look: &Look) -> Now {
        let Look { mono, wall, .. } = *look;
        // Unpaused, tokio's clock is the system's.
        let is_system = look.before <= mono && mono <= look.after;
        self.is_apart.store(!is_system, Relaxed);
        if is_system {
            let gap = self.gap(mono, wall);
            self.ahead.store(gap, Relaxed);
            self.usual.store(gap.cast_unsigned(), Relaxed);
            return Now { mono, wall };
        }
        let wall = shifted(wall, signed_nanos(mono, look.before));
        let (gap, ahead) = (self.gap(mono, wall), self.ahead.load(Relaxed));
        self.usual.store(FAR, Relaxed);
        if gap.abs_diff(ahead) < JITTER {
            let wall = shifted(wall, ahead.saturating_sub(gap));
            return Now { mono, wall };
        }
        self.ahead.store(gap, Relaxed);
        Now { mono, wall }
    }

    /// How far the wall clock is ahead of the monotonic one.
    fn gap(&self, mono: Instant, wall: DateTime<Utc>) -> i64 {
        let origin = *self.origin.get_or_init(|| mono);
        let seconds = wall.timestamp().saturating_mul(1_000_000_000);
        let wall = seconds.saturating_add(wall.timestamp_subsec_nanos().into());
        wall.saturating_sub(signed_nanos(mono, origin))
    }
}

/// The wall clock of the system.
fn since_epoch() -> Duration {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default()
}

fn date(since_epoch: Duration) -> DateTime<Utc> {
    let seconds = since_epoch.as_secs().cast_signed();
    DateTime::from_timestamp(seconds, since_epoch.subsec_nanos()).unwrap_or_default()
}

/// Nanoseconds, as far as differences between two such go.
fn wrapped(duration: Duration) -> u64 {
    let seconds = duration.as_secs().wrapping_mul(1_000_000_000);
    seconds.wrapping_add(duration.subsec_nanos().into())
}

/// What the clocks showed at one moment.
struct Look {
    /// tokio's monotonic clock.
    mono: Instant,
    wall: DateTime<Utc>,
    /// The system's monotonic clock, before and after.
    before: Instant,
    after: Instant,
}

impl Look {
    /// Looks again if that took so long that the readings do not belong together.
    fn at_clocks() -> Self {
        let mut look = Self::once();
        for _ in 0..8 {
            if look.after - look.before <= AT_ONCE {
                break;
            }
            look = Self::once();
        }
        look
    }

    fn once() -> Self {
        let before = Instant::now();
        let (mono, wall) = (tokio::time::Instant::now().into_std(), date(since_epoch()));
        Self {
            mono,
            wall,
            before,
            after: Instant::now(),
        }
    }
}

fn nanos(duration: Duration) -> i64 {
    duration.as_nanos().try_into().unwrap_or(i64::MAX)
}

/// By how much `left` is later than `right`.
fn signed_nanos(left: Instant, right: Instant) -> i64 {
    match left.checked_duration_since(right) {
        Some(later) => nanos(later),
        None => -nanos(right.duration_since(left)),
    }
}

fn shifted(wall: DateTime<Utc>, by: i64) -> DateTime<Utc> {
    let shifted = wall.checked_add_signed(TimeDelta::nanoseconds(by));
    shifted.unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn look(start: Instant, mono: Duration, system: Duration, wall: i64) -> Look {
        Look {
            mono: start + mono,
            before: start + system,
            after: start + system,
            wall: DateTime::UNIX_EPOCH + TimeDelta::milliseconds(wall),
        }
    }

    fn millis(now: Now) -> i64 {
        now.wall.timestamp_millis()
    }

    #[test]
    fn while_the_clocks_are_one_the_wall_clock_may_be_set() {
        let (clock, start) = (Clock::new(), Instant::now());
        for (seconds, wall) in [(1, 1_000), (2, 2_000), (3, 90_000), (4, 5)] {
            let now = clock.compare(&look(start, seconds * SECOND, seconds * SECOND, wall));
            assert_eq!((now.mono, millis(now)), (start + seconds * SECOND, wall));
            assert!(!clock.is_apart());
        }
    }

    #[test]
    fn a_paused_clock_takes_the_wall_clock_along() {
        let (clock, start) = (Clock::new(), Instant::now());
        clock.compare(&look(start, SECOND, SECOND, 1_000));
        // Paused for ten seconds, which are seen a little late.
        let now = clock.compare(&look(start, SECOND, 11 * SECOND, 11_007));
        assert_eq!(millis(now), 1_000);
        assert!(clock.is_apart());
        // Advanced by an hour.
        let now = clock.compare(&look(start, 3_601 * SECOND, 12 * SECOND, 12_000));
        assert_eq!(millis(now), 3_601_000);
        // Resumed.
        let now = clock.compare(&look(start, 3_605 * SECOND, 16 * SECOND, 16_000));
        assert_eq!(millis(now), 3_605_000);
    }

    #[test]
    fn a_wall_clock_that_is_set_is_seen_while_the_other_is_paused() {
        let (clock, start) = (Clock::new(), Instant::now());
        clock.compare(&look(start, SECOND, SECOND, 1_000));
        clock.compare(&look(start, SECOND, 2 * SECOND, 2_000));
        let now = clock.compare(&look(start, SECOND, 3 * SECOND, 63_000));
        assert_eq!(millis(now), 61_000);
        let now = clock.compare(&look(start, 2 * SECOND, 4 * SECOND, 64_000));
        assert_eq!(millis(now), 62_000);
    }

    #[test]
    fn the_clocks_of_the_system_are_read_as_they_are() {
        let clock = Clock::new();
        let before = Now::system();
        let now = clock.now(None);
        let after = Now::system();
        assert!(before.mono <= now.mono && now.mono <= after.mono);
        assert!(!clock.is_apart());
    }
}
