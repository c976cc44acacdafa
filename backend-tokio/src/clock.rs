//! The clocks of a tokio runtime: its monotonic clock, which a test may pause and advance, and a
//! wall clock that follows it.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::runtime::Now;
use tokio::runtime::Handle;

/// The maximum drift between two readings, in nanoseconds. A larger difference means that a clock
/// was set, paused or advanced, so the clocks are compared.
const APART: u64 = 1_000_000;

/// An impossible gap between the clocks, far from every real one. It forces a comparison at the
/// first reading.
const FAR: u64 = 1 << 63;

/// The maximum time between two readings that belong together. A thread that is preempted longer
/// reads again.
const AT_ONCE: Duration = Duration::from_micros(200);

/// The tolerance of the wall clock, in nanoseconds, while tokio's clock differs from the system's.
/// Without it, the delay between two readings would make each wall time inexact.
const JITTER: u64 = 20_000_000;

/// Reads tokio's monotonic clock, and a wall clock that follows it.
///
/// The system's wall clock continues while a test pauses tokio's clock. The wall time is therefore
/// the system's, plus the lead of tokio's clock over the system's monotonic clock.
///
/// In the usual case a reading reads each clock once. A few additions show that the clocks have not
/// moved apart since the last comparison.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The origin of the monotonic nanoseconds.
    origin: OnceLock<Instant>,
    /// The time between tokio's reading and the system's reading of one moment, while both clocks are the same.
    usual: AtomicU64,
    /// The lead of the wall clock over the monotonic clock, in nanoseconds.
    ahead: AtomicI64,
    /// Whether tokio's clock differs from the system's, because it is or was paused.
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

    /// Returns whether tokio's clock was seen to differ from the system's.
    pub(crate) fn is_apart(&self) -> bool {
        self.is_apart.load(Relaxed)
    }

    /// Reads both clocks. tokio's clock is read in the runtime of `home`, or else in the caller's.
    pub(crate) fn now(&self, home: Option<&Handle>) -> Now {
        let (mono, wall) = (tokio::time::Instant::now().into_std(), since_epoch());
        if let Some(origin) = self.origin.get() {
            let gap = wrapped(wall).wrapping_sub(wrapped(mono.saturating_duration_since(*origin)));
            let moved = gap.wrapping_sub(self.usual.load(Relaxed));
            if moved.wrapping_add(APART) < 2 * APART {
                return Now::since_epoch(mono, wall);
            }
        }
        let _inside = home.map(Handle::enter);
        self.compare(&Look::at_clocks())
    }

    /// Compares tokio's clock with the system's.
    #[cold]
    fn compare(&self, look: &Look) -> Now {
        let Look { mono, wall, .. } = *look;
        // An unpaused tokio clock is the system's.
        let is_system = look.before <= mono && mono <= look.after;
        self.is_apart.store(!is_system, Relaxed);
        if is_system {
            let gap = self.gap(mono, wall);
            self.ahead.store(gap, Relaxed);
            self.usual.store(gap.cast_unsigned(), Relaxed);
            return Now::new(mono, wall);
        }
        let wall = shifted(wall, signed_nanos(mono, look.before));
        let (gap, ahead) = (self.gap(mono, wall), self.ahead.load(Relaxed));
        self.usual.store(FAR, Relaxed);
        if gap.abs_diff(ahead) < JITTER {
            let wall = shifted(wall, ahead.saturating_sub(gap));
            return Now::new(mono, wall);
        }
        self.ahead.store(gap, Relaxed);
        Now::new(mono, wall)
    }

    /// Returns the lead of the wall clock over the monotonic clock.
    fn gap(&self, mono: Instant, wall: DateTime<Utc>) -> i64 {
        let origin = *self.origin.get_or_init(|| mono);
        let seconds = wall.timestamp().saturating_mul(1_000_000_000);
        let wall = seconds.saturating_add(wall.timestamp_subsec_nanos().into());
        wall.saturating_sub(signed_nanos(mono, origin))
    }
}

/// Returns the system's wall clock.
fn since_epoch() -> Duration {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default()
}

fn date(since_epoch: Duration) -> DateTime<Utc> {
    let seconds = since_epoch.as_secs().cast_signed();
    DateTime::from_timestamp(seconds, since_epoch.subsec_nanos()).unwrap_or_default()
}

/// Returns nanoseconds, modulo 2^64; only differences are meaningful.
fn wrapped(duration: Duration) -> u64 {
    let seconds = duration.as_secs().wrapping_mul(1_000_000_000);
    seconds.wrapping_add(duration.subsec_nanos().into())
}

/// The readings of all clocks at one instant.
struct Look {
    /// tokio's monotonic clock.
    mono: Instant,
    wall: DateTime<Utc>,
    /// The system's monotonic clock, before and after the other readings.
    before: Instant,
    after: Instant,
}

impl Look {
    /// Reads the clocks. Repeats the reading if it took too long to be consistent.
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

/// Returns by how much `left` is later than `right`.
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
        now.wall().timestamp_millis()
    }

    #[test]
    fn while_the_clocks_are_one_the_wall_clock_may_be_set() {
        let (clock, start) = (Clock::new(), Instant::now());
        for (seconds, wall) in [(1, 1_000), (2, 2_000), (3, 90_000), (4, 5)] {
            let now = clock.compare(&look(start, seconds * SECOND, seconds * SECOND, wall));
            assert_eq!((now.mono(), millis(now)), (start + seconds * SECOND, wall));
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
        assert!(before.mono() <= now.mono() && now.mono() <= after.mono());
        assert!(!clock.is_apart());
    }
}
