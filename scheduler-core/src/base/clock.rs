//! [`Now`]: one reading of both clocks.

use std::time::Instant;

use chrono::{DateTime, Utc};

/// A reading of the monotonic clock and the wall clock, taken together.
///
/// The engine never reads a clock: every reading comes from [`Runtime::now`](crate::Runtime::now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Now {
    /// Monotonic time. Sleeps and elapsed time are measured by it.
    pub mono: Instant,
    /// Wall-clock time in UTC. It may be set forward or back at any moment.
    pub wall: DateTime<Utc>,
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
    /// assert_eq!((now.mono, now.wall.timestamp()), (mono, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(mono: Instant, wall: DateTime<Utc>) -> Self {
        Self { mono, wall }
    }

    /// Reads the clocks of the operating system.
    ///
    /// ```
    /// let first = scheduler_core::runtime::Now::system();
    /// let second = scheduler_core::runtime::Now::system();
    /// assert!(first.mono <= second.mono);
    /// ```
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clocks; everything else is handed a Now"
    )]
    pub fn system() -> Self {
        Self {
            mono: Instant::now(),
            wall: Utc::now(),
        }
    }
}
