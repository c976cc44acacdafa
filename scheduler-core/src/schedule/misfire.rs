//! [`Misfire`]: the policy for late instants.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};

use crate::trigger::Zone;

/// The policy for due instants that are late: after a pause, a suspend, a forward jump of the clock,
/// or under load.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Misfire, schedule::MisfirePolicy};
///
/// // All of the last day's instants, at most 50, one every ten seconds.
/// let catch_up = Misfire::policy(MisfirePolicy::FireAll { max: 50 })
///     .window(Duration::from_secs(86_400))
///     .pace(Duration::from_secs(10));
/// assert_eq!(catch_up.grace, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misfire {
    /// Maximum lateness, inclusive, of an instant that counts as on time (`TM-007`).
    pub grace: Duration,
    /// The policy for instants later than the grace.
    pub policy: MisfirePolicy,
    /// Maximum lateness, inclusive, of a run under any policy, measured at its start. Later instants
    /// are dropped. `None` means no maximum (`MF-006`).
    pub window: Option<Duration>,
    /// Minimum time between the starts of two catch-up runs; zero starts all at once (`MF-008`).
    pub pace: Duration,
}

impl Misfire {
    /// Creates a policy with the default grace of 60 s.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Misfire, schedule::{MisfirePolicy, Which}};
    ///
    /// let skip = Misfire::policy(MisfirePolicy::Skip);
    /// assert_eq!((skip.policy, skip.grace), (MisfirePolicy::Skip, Duration::from_secs(60)));
    /// assert_eq!(Misfire::default().policy, MisfirePolicy::FireOnce(Which::Latest));
    /// ```
    #[must_use]
    pub const fn policy(policy: MisfirePolicy) -> Self {
        Self {
            grace: Duration::from_secs(60),
            policy,
            window: None,
            pace: Duration::ZERO,
        }
    }

    /// Sets the grace.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Misfire;
    ///
    /// // An instant that is served up to five minutes late is on time.
    /// let lenient = Misfire::default().grace(Duration::from_secs(300));
    /// assert_eq!(lenient.grace, Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the catch-up window. A window shorter than the grace has no effect on instants within the
    /// grace.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Misfire, schedule::MisfirePolicy};
    ///
    /// // After a week of downtime, only the instants of the last day run.
    /// let day = Duration::from_secs(86_400);
    /// let misfire = Misfire::policy(MisfirePolicy::FireAll { max: 100 }).window(day);
    /// assert_eq!(misfire.window, Some(day));
    /// ```
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// Sets the minimum time between the starts of catch-up runs. Instants on time do not wait for
    /// them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Misfire, schedule::MisfirePolicy};
    ///
    /// // Missed instants run one after the other, with at least ten seconds between two starts.
    /// let misfire = Misfire::policy(MisfirePolicy::FireAll { max: 100 }).pace(Duration::from_secs(10));
    /// assert_eq!(misfire.pace, Duration::from_secs(10));
    /// ```
    #[must_use]
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }
}

impl Default for Misfire {
    /// Returns the default policy: one run for all late instants, for the latest of them, with a
    /// grace of 60 s.
    fn default() -> Self {
        Self::policy(MisfirePolicy::FireOnce(Which::Latest))
    }
}

/// The policy for instants later than the grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum MisfirePolicy {
    /// Runs no late instant.
    Skip,
    /// Runs once for all late instants.
    FireOnce(Which),
    /// Runs each late instant, at most the latest `max`. The overlap policy applies: the default,
    /// [`Overlap::Skip`](crate::Overlap::Skip), skips an instant while an earlier run is active;
    /// `BufferAll` runs them one after the other.
    FireAll {
        /// Maximum number of runs. Values above 100,000 count as 100,000.
        max: usize,
    },
}

/// Which late instant gives its nominal time to the single run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Which {
    /// The earliest late instant.
    Earliest,
    /// The latest late instant.
    Latest,
}

/// Hours of the day in a time zone, outside of which no late run starts.
///
/// ```
/// use chrono::NaiveTime;
/// use scheduler_core::{schedule::Hours, trigger::Zone};
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
    /// Creates hours from `from` inclusive to `until` exclusive, in local time of `zone`. If `until`
    /// is not after `from`, the hours end on the next day.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::Hours, trigger::Zone};
    ///
    /// let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
    /// // The hours may cross midnight.
    /// let night = Hours::new(hour(22), hour(6), Zone::named("UTC")?);
    /// assert!(night.contains("2026-01-05T23:00:00Z".parse()?));
    /// assert!(night.contains("2026-01-06T05:00:00Z".parse()?));
    /// assert_eq!((night.from(), night.until()), (hour(22), hour(6)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(from: NaiveTime, until: NaiveTime, zone: Zone) -> Self {
        Self { from, until, zone }
    }

    /// Returns whether the local time at `instant` is within the hours.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::Hours, trigger::Zone};
    ///
    /// let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
    /// let office = Hours::new(hour(9), hour(17), Zone::named("Europe/Berlin")?);
    /// // In January, Berlin is an hour ahead of UTC.
    /// assert!(office.contains("2026-01-05T08:00:00Z".parse()?));
    /// assert!(!office.contains("2026-01-05T17:30:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        let time = self.zone.to_local(instant).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// Returns the begin of the hours, inclusive, in local time.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::Hours, trigger::Zone};
    ///
    /// let (nine, five) = (NaiveTime::from_hms_opt(9, 0, 0), NaiveTime::from_hms_opt(17, 0, 0));
    /// let office = Hours::new(nine.unwrap(), five.unwrap(), Zone::utc());
    /// assert_eq!(Some(office.from()), nine);
    /// ```
    #[must_use]
    pub const fn from(&self) -> NaiveTime {
        self.from
    }

    /// Returns the end of the hours, exclusive, in local time.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::Hours, trigger::Zone};
    ///
    /// let (nine, five) = (NaiveTime::from_hms_opt(9, 0, 0), NaiveTime::from_hms_opt(17, 0, 0));
    /// let office = Hours::new(nine.unwrap(), five.unwrap(), Zone::utc());
    /// assert_eq!(Some(office.until()), five);
    /// ```
    #[must_use]
    pub const fn until(&self) -> NaiveTime {
        self.until
    }

    /// Returns the time zone of the hours.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::Hours, trigger::Zone};
    ///
    /// let (nine, five) = (NaiveTime::from_hms_opt(9, 0, 0), NaiveTime::from_hms_opt(17, 0, 0));
    /// let office = Hours::new(nine.unwrap(), five.unwrap(), Zone::utc());
    /// assert_eq!(office.zone(), &Zone::utc());
    /// ```
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }
}
