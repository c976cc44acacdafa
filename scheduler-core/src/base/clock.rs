//! [`Now`]: one reading of both clocks.

use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};

use super::unix_time::UnixTime;

/// A reading of the monotonic clock and the wall clock, taken together.
///
/// The engine never reads a clock: every reading comes from [`Runtime::now`](crate::Runtime::now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    mono: Instant,
    // Not a date: most readings are compared and subtracted only, and a calendar costs more than both clocks.
    wall: UnixTime,
}

impl Now {
    /// Creates a reading. Runtimes with a clock of their own use this.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use scheduler_core::runtime::Now;
    ///
    /// // A runtime on which wall time stands at the epoch.
    /// let mono = Instant::now() + Duration::from_secs(1);
    /// let now = Now::new(mono, "1970-01-01T00:00:00Z".parse()?);
    /// assert_eq!((now.mono(), now.wall().timestamp()), (mono, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(mono: Instant, wall: DateTime<Utc>) -> Self {
        Self {
            mono,
            wall: UnixTime::of(wall),
        }
    }

    /// Creates a reading from the time since the Unix epoch, which costs less than from a date. Time
    /// beyond the range of [`DateTime<Utc>`] becomes its end.
    ///
    /// ```
    /// use std::time::{Instant, SystemTime};
    /// use scheduler_core::runtime::Now;
    ///
    /// let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    /// let now = Now::since_epoch(Instant::now(), since_epoch);
    /// assert_eq!(now.wall().timestamp(), since_epoch.as_secs() as i64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn since_epoch(mono: Instant, wall: Duration) -> Self {
        let seconds = i64::try_from(wall.as_secs()).unwrap_or(i64::MAX);
        Self {
            mono,
            wall: UnixTime::new(seconds, wall.subsec_nanos()).min(UnixTime::LATEST),
        }
    }

    /// Reads the clocks of the operating system.
    ///
    /// ```
    /// let first = scheduler_core::runtime::Now::system();
    /// let second = scheduler_core::runtime::Now::system();
    /// assert!(first.mono() <= second.mono());
    /// ```
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clocks; everything else is handed a Now"
    )]
    pub fn system() -> Self {
        let mono = Instant::now();
        match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self::since_epoch(mono, since),
            Err(before) => Self::before_epoch(mono, before.duration()),
        }
    }

    #[cold]
    fn before_epoch(mono: Instant, by: Duration) -> Self {
        let by = i128::try_from(by.as_nanos()).unwrap_or(i128::MAX);
        Self {
            mono,
            wall: UnixTime::EPOCH.saturating_add(-by),
        }
    }

    /// Returns the monotonic time. Sleeps and elapsed time are measured by it.
    #[must_use]
    pub const fn mono(&self) -> Instant {
        self.mono
    }

    /// Returns the wall-clock time in UTC. It may be set forward or back at any moment.
    #[must_use]
    pub fn wall(&self) -> DateTime<Utc> {
        self.wall.date()
    }

    /// Returns the wall-clock time as integers.
    pub(crate) const fn unix_time(&self) -> UnixTime {
        self.wall
    }
}

/// Methods for tests, which move one clock or both.
#[cfg(test)]
impl Now {
    pub(crate) fn pass(&mut self, by: Duration) {
        self.mono += by;
    }

    pub(crate) fn shift_wall(&mut self, by: chrono::TimeDelta) {
        *self = Self::new(self.mono, self.wall() + by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_before_the_epoch_and_beyond_every_date_are_readings() {
        let mono = Now::system().mono();
        let before = Now::before_epoch(mono, Duration::from_millis(1_500));
        assert_eq!(before.wall().to_rfc3339(), "1969-12-31T23:59:58.500+00:00");
        let far = Now::since_epoch(mono, Duration::MAX);
        assert_eq!(far.wall(), UnixTime::LATEST.date());
        let first = Now::before_epoch(mono, Duration::MAX);
        assert_eq!(first.wall(), DateTime::<Utc>::MIN_UTC);
    }
}
