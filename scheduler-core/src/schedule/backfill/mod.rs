//! The runs of a stretch of time that is over, made up for on request.

mod handle;
mod report;
mod times;

use std::{num::NonZeroUsize, ops::RangeInclusive, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use self::handle::{BackfillCell, BackfillHost};
pub use self::{
    handle::{BackfillControl, BackfillHandle},
    report::{BackfillEnd, BackfillFailure, BackfillId, BackfillReport},
    times::BackfillTimes,
};
use crate::{Error, Result};

/// Which instants of a schedule are to be run on request, and how fast.
///
/// The range is one of the wall clock as it is now. For a rule of elapsed time, such as an interval, an
/// hour ago is an hour of elapsed time ago, whatever the clock showed then.
///
/// Every instant of the range gets a run of its own, with its own nominal time and the cause
/// [`Backfill`](crate::RunCause::Backfill). Runs of a backfill and runs of the schedule do not
/// overlap with each other: neither the cursor, nor the overlap policy, nor the count of failures
/// of the schedule is touched, and its misfire policy has no say.
///
/// ```
/// use std::time::Duration;
/// use chrono::{DateTime, Utc};
/// use scheduler_core::{Backfill, Rerun};
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
    /// The first instant that may run.
    pub from: DateTime<Utc>,
    /// The last one.
    pub to: DateTime<Utc>,
    /// The time between two starts at least.
    pub pace: Duration,
    /// How many of its runs may wait or go at a time.
    pub max_concurrent: usize,
    /// How many runs in all.
    pub limit: Option<u64>,
    /// Which of them goes first.
    pub order: BackfillOrder,
    /// What to do about instants that have been run.
    pub rerun: Rerun,
    /// Another priority than the task's.
    pub priority: Option<i32>,
}

/// In which order the instants of a [`Backfill`] are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BackfillOrder {
    /// As they came.
    #[default]
    OldestFirst,
    /// The latest one first.
    NewestFirst,
}

/// What a [`Backfill`] does about instants that have been run, as far as the history of the
/// schedule remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Rerun {
    /// Runs them again.
    #[default]
    All,
    /// Runs them again unless a run of theirs is under way or ended well.
    Unsuccessful,
    /// Leaves them alone, however their runs ended.
    Nothing,
}

impl Backfill {
    /// Every instant from the first to the last one of `range`, both included: one after the other,
    /// the oldest first, also those that have been run before. Instants that are still to come run
    /// as well, and once more when they are due.
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

    /// With at least `pace` between two starts. None by default.
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// So many of its runs may wait or go at a time. One by default; never more than 1,000, however
    /// large the number.
    pub const fn max_concurrent(mut self, runs: usize) -> Self {
        self.max_concurrent = runs;
        self
    }

    /// No more than so many runs in all. All of them by default.
    pub const fn limit(mut self, runs: u64) -> Self {
        self.limit = Some(runs);
        self
    }

    /// In another order.
    pub const fn order(mut self, order: BackfillOrder) -> Self {
        self.order = order;
        self
    }

    /// Not those that have been run.
    pub const fn rerun(mut self, rerun: Rerun) -> Self {
        self.rerun = rerun;
        self
    }

    /// With another priority than the task's: a lower one lets everything else go first.
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The same, with a range that is so much earlier; as far as there are such instants.
    pub(crate) fn earlier_by(mut self, lag: TimeDelta) -> Self {
        let earlier = |at: DateTime<Utc>| at.checked_sub_signed(lag).unwrap_or(at);
        (self.from, self.to) = (earlier(self.from), earlier(self.to));
        self
    }

    /// Checks that it makes sense (`BF-010`).
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
                problem: "must not be zero: nothing could ever run".into(),
            }),
        }
    }
}
