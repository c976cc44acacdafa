//! What to do about instants that are noticed late.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};

use crate::trigger::Zone;

/// What to do about due instants that are noticed late: after a pause, a suspend, a forward jump
/// of the clock, or under load.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Misfire, MisfirePolicy};
///
/// // All of the last day's instants, at most 50, one every ten seconds.
/// let catch_up = Misfire::policy(MisfirePolicy::FireAll { max: 50 })
///     .within(Duration::from_secs(86_400))
///     .pace(Duration::from_secs(10));
/// assert_eq!(catch_up.grace, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misfire {
    /// How late an instant may be noticed and still count as on time; the boundary is included
    /// (`TM-007`).
    pub grace: Duration,
    /// What to do about the instants that are later than that.
    pub policy: MisfirePolicy,
    /// Instants that are later than this are given up, whatever the policy; the boundary is
    /// included, and it holds at the start of the run. `None`: no instant is too old (`MF-006`).
    pub window: Option<Duration>,
    /// How much time lies between the starts of two catch-up runs; zero starts all at once
    /// (`MF-008`).
    pub pace: Duration,
}

impl Misfire {
    /// This policy with the default grace of 60 s.
    #[must_use]
    pub const fn policy(policy: MisfirePolicy) -> Self {
        Self {
            grace: Duration::from_secs(60),
            policy,
            window: None,
            pace: Duration::ZERO,
        }
    }

    /// The same policy with another grace.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The same policy, for instants of the last `window` only. A window shorter than the grace
    /// counts as long as the grace.
    #[must_use]
    pub const fn within(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// The same policy, with at least `pace` between the starts of its catch-up runs. Instants that
    /// are on time do not wait for them.
    #[must_use]
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }
}

impl Default for Misfire {
    /// One run for all that were missed, for the latest of them; a grace of 60 s.
    fn default() -> Self {
        Self::policy(MisfirePolicy::FireOnce(Which::Latest))
    }
}

/// What to do about instants that are later than the grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum MisfirePolicy {
    /// Run none of them.
    Skip,
    /// Run once for all of them.
    FireOnce(Which),
    /// Run for each of them, for the latest `max` at most. As all that is due, they meet the overlap
    /// policy: with [`Overlap::Skip`](crate::Overlap::Skip), the default one, an instant is passed
    /// over while the run for an earlier one goes; `BufferAll` runs one after the other.
    FireAll {
        /// How many runs at most; never more than 100,000, however large the number.
        max: usize,
    },
}

/// Which of several missed instants the one run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Which {
    /// The first one missed.
    Earliest,
    /// The last one missed.
    Latest,
}

/// A part of the day in a time zone, to keep late runs out of the rest of it.
///
/// ```
/// use chrono::NaiveTime;
/// use scheduler_core::{Hours, trigger::Zone};
///
/// let night = Hours::new(
///     NaiveTime::from_hms_opt(22, 0, 0).unwrap(),
///     NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
///     Zone::named("Europe/Berlin")?,
/// );
/// assert!(night.contains("2026-01-05T23:30:00Z".parse().unwrap()));
/// assert!(!night.contains("2026-01-05T12:00:00Z".parse().unwrap()));
/// # Ok::<(), scheduler_core::trigger::ZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    from: NaiveTime,
    until: NaiveTime,
    zone: Zone,
}

impl Hours {
    /// From `from` inclusive to `until` exclusive, by the clocks of `zone`. An end that is not
    /// after the beginning is that of the next day.
    #[must_use]
    pub const fn new(from: NaiveTime, until: NaiveTime, zone: Zone) -> Self {
        Self { from, until, zone }
    }

    /// Whether the clocks show an hour in it at `instant`.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        let time = self.zone.to_local(instant).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// When it begins.
    #[must_use]
    pub const fn from(&self) -> NaiveTime {
        self.from
    }

    /// When it ends.
    #[must_use]
    pub const fn until(&self) -> NaiveTime {
        self.until
    }

    /// By whose clocks.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }
}
