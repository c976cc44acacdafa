//! [`Backfill`]: runs the instants of a range on request.

pub(crate) mod control;
mod handle;
mod question;
mod report;
mod times;

use std::{num::NonZeroUsize, ops::RangeInclusive, time::Duration};

use chrono::{DateTime, Utc};

pub(crate) use self::{
    control::{BackfillCell, BackfillControl, BackfillHost},
    question::{BackfillAnswer, BackfillQuestion, Live},
};
pub use self::{
    handle::BackfillHandle,
    report::{BackfillEnd, BackfillFailure, BackfillId, BackfillReport},
    times::BackfillTimes,
};
use crate::{Error, Result, base::unix_time::UnixTime};

/// A range of instants of a schedule to run, with pace and limits.
///
/// The range is in present wall-clock time. For triggers that follow elapsed time, such as intervals,
/// an hour ago means an hour of elapsed time ago, regardless of what the clock showed then.
///
/// Every instant of the range gets a run with its own nominal time and the cause
/// [`Backfill`](crate::RunCause::Backfill). These runs ignore the overlap and misfire policies of the
/// schedule, and do not affect its cursor and its failure count.
///
/// ```
/// use std::time::Duration;
/// use chrono::{DateTime, Utc};
/// use scheduler_core::backfill::{Backfill, Rerun};
///
/// let from: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
/// let to: DateTime<Utc> = "2026-01-31T23:59:59Z".parse()?;
/// // What failed in January: two at a time, a start every ten seconds at most, 100 in all.
/// let january = Backfill::new(from..=to)
///     .rerun(Rerun::Unsuccessful)
///     .max_concurrent(2)
///     .pace(Duration::from_secs(10))
///     .limit(100);
/// # let _ = january;
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a backfill does nothing until a scheduler is asked for it"]
#[non_exhaustive]
pub struct Backfill {
    /// Begin of the range, inclusive.
    pub from: DateTime<Utc>,
    /// End of the range, inclusive.
    pub to: DateTime<Utc>,
    /// Minimum time between two starts.
    pub pace: Duration,
    /// Maximum number of runs that wait for a permit or run at the same time.
    pub max_concurrent: usize,
    /// Maximum number of runs in total; `None` means all.
    pub limit: Option<u64>,
    /// Order of the runs.
    pub order: BackfillOrder,
    /// Policy for instants that have run before.
    pub rerun: Rerun,
    /// Priority of the runs; `None` means that of the task.
    pub priority: Option<i32>,
}

/// Order in which a [`Backfill`] runs its instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BackfillOrder {
    /// Oldest first.
    #[default]
    OldestFirst,
    /// Latest first.
    NewestFirst,
}

/// Policy of a [`Backfill`] for instants that ran before, according to the history of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Rerun {
    /// Runs them again.
    #[default]
    All,
    /// Runs the instants again, unless a run is buffered, active or succeeded.
    Unsuccessful,
    /// Skips the instants, regardless of how their runs ended, and buffered ones too.
    Nothing,
}

impl Backfill {
    /// Creates a backfill of every instant in `range`, both ends included: one run after the other, oldest
    /// first, including instants that ran before. Future instants run too, and again when they are due.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use scheduler_core::backfill::Backfill;
    ///
    /// let at = |text: &str| text.parse::<DateTime<Utc>>();
    /// let january = Backfill::new(at("2026-01-01T00:00:00Z")?..=at("2026-01-31T23:59:59Z")?);
    /// assert_eq!(january.limit, None, "every instant of the range");
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub const fn new(range: RangeInclusive<DateTime<Utc>>) -> Self {
        Self {
            from: *range.start(),
            to: *range.end(),
            pace: Duration::ZERO,
            max_concurrent: 1,
            limit: None,
            order: BackfillOrder::OldestFirst,
            rerun: Rerun::All,
            priority: None,
        }
    }

    /// Sets the minimum time between two starts. Zero by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chrono::Utc;
    /// use scheduler_core::backfill::Backfill;
    ///
    /// let gentle = Backfill::new(Utc::now()..=Utc::now()).pace(Duration::from_secs(10));
    /// assert_eq!(gentle.pace, Duration::from_secs(10));
    /// ```
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Sets the maximum number of runs that wait for a permit or run at the same time. One by default;
    /// values above 1,000 count as 1,000.
    ///
    /// ```
    /// use chrono::Utc;
    /// use scheduler_core::backfill::Backfill;
    ///
    /// let plain = Backfill::new(Utc::now()..=Utc::now());
    /// assert_eq!(plain.max_concurrent(4).max_concurrent, 4);
    /// ```
    pub const fn max_concurrent(mut self, runs: usize) -> Self {
        self.max_concurrent = runs;
        self
    }

    /// Sets the maximum number of runs in total. Unlimited by default.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use chrono::{DateTime, Utc};
    /// use scheduler_core::{backfill::{Backfill, BackfillTimes}, trigger::Cron};
    ///
    /// let at = |text: &str| text.parse::<DateTime<Utc>>();
    /// let year = Backfill::new(at("2026-01-01T00:00:00Z")?..=at("2026-12-31T00:00:00Z")?);
    /// let daily = Arc::new(Cron::parse("@daily")?);
    /// assert_eq!(BackfillTimes::of(daily.clone(), &year).count(), 365);
    /// assert_eq!(BackfillTimes::of(daily, &year.limit(100)).count(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn limit(mut self, runs: u64) -> Self {
        self.limit = Some(runs);
        self
    }

    /// Sets the order of the runs.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use chrono::{DateTime, Utc};
    /// use scheduler_core::{backfill::{Backfill, BackfillOrder, BackfillTimes}, trigger::Cron};
    ///
    /// let at = |text: &str| text.parse::<DateTime<Utc>>();
    /// let year = Backfill::new(at("2026-01-01T00:00:00Z")?..=at("2026-12-31T00:00:00Z")?);
    /// let latest_first = year.order(BackfillOrder::NewestFirst);
    /// let mut times = BackfillTimes::of(Arc::new(Cron::parse("@daily")?), &latest_first);
    /// assert_eq!(times.next(), Some(at("2026-12-31T00:00:00Z")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn order(mut self, order: BackfillOrder) -> Self {
        self.order = order;
        self
    }

    /// Sets the policy for instants that have run before.
    ///
    /// ```
    /// use chrono::Utc;
    /// use scheduler_core::backfill::{Backfill, Rerun};
    ///
    /// // Only what failed, was skipped or is not in the history.
    /// let again = Backfill::new(Utc::now()..=Utc::now()).rerun(Rerun::Unsuccessful);
    /// assert_eq!(again.rerun, Rerun::Unsuccessful);
    /// ```
    pub const fn rerun(mut self, rerun: Rerun) -> Self {
        self.rerun = rerun;
        self
    }

    /// Sets the priority of the runs. A low priority lets all other jobs start first.
    ///
    /// ```
    /// use chrono::Utc;
    /// use scheduler_core::backfill::Backfill;
    ///
    /// // Regular runs go first.
    /// let aside = Backfill::new(Utc::now()..=Utc::now()).priority(-1);
    /// assert_eq!(aside.priority, Some(-1));
    /// ```
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Moves the range by `lag` nanoseconds into the past, clamped to the representable instants.
    pub(crate) fn earlier_by(mut self, lag: i128) -> Self {
        let earlier = |at| {
            let earlier = UnixTime::of(at).checked_add(-lag);
            earlier.map_or(at, UnixTime::date)
        };
        (self.from, self.to) = (earlier(self.from), earlier(self.to));
        self
    }

    /// Validates the settings (`BF-010`).
    pub(crate) fn validate(&self) -> Result<()> {
        if self.from > self.to {
            return Err(Error::InvalidConfig {
                field: "backfill.range",
                problem: format!("ends at {}, before it begins at {}", self.to, self.from),
            });
        }
        match NonZeroUsize::new(self.max_concurrent) {
            Some(_) => Ok(()),
            None => Err(Error::InvalidConfig {
                field: "backfill.max_concurrent",
                problem: "must not be zero: no run could ever start".into(),
            }),
        }
    }
}
