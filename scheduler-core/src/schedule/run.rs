//! Facts about a run of a schedule: its cause and the instants it covers.

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{BackfillId, text::visible};

/// Cause of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RunCause {
    /// An instant was due and on time.
    #[default]
    Due,
    /// An instant was later than the grace, and the misfire policy runs it.
    CatchUp,
    /// The instant was repeated because the wall clock was set back; the number counts the repetitions.
    /// The earlier runs of the instant have their own records.
    ClockRepeat(u32),
    /// A [`run_now`](crate::ScheduleHandle::run_now) call.
    RunNow,
    /// A [`backfill`](crate::ScheduleHandle::backfill) call.
    Backfill,
}

/// Facts about the run that a job executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RunFacts {
    /// Cause of the run.
    pub cause: RunCause,
    /// The instants that the run replaces, if there are several.
    pub covers: Option<Span>,
    /// Backfill that started the run, if any.
    pub backfill: Option<BackfillId>,
}

/// How the job of a run went. The times are wall-clock times in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RunReport {
    /// When the body of the first attempt began; `None` if it never did.
    pub began: Option<DateTime<Utc>>,
    /// When the job finished.
    pub ended: DateTime<Utc>,
    /// Number of attempts that began.
    pub attempts: u32,
    /// Beginning of the text of the error, at most 500 characters, if the job failed. It is recorded just before
    /// the error handler is called.
    pub error: Option<Arc<str>>,
}

impl RunReport {
    /// Creates the report of a run that finished before it began. Third-party schedulers use this, and set the
    /// other fields.
    #[must_use]
    pub const fn new(ended: DateTime<Utc>) -> Self {
        Self {
            began: None,
            ended,
            attempts: 0,
            error: None,
        }
    }

    /// Returns the time between the begin of the first attempt and the end, including pauses between attempts.
    /// `None` if no attempt began. A clock that was set back in between makes it negative.
    #[must_use]
    pub fn duration(&self) -> Option<TimeDelta> {
        Some(self.ended - self.began?)
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.began {
            Some(began) => write!(f, "from {began} to {}", self.ended)?,
            None => write!(f, "ended at {}", self.ended)?,
        }
        if self.attempts > 1 {
            write!(f, ", {} attempts", self.attempts)?;
        }
        let mut error = self.error.iter();
        error.try_for_each(|error| write!(f, ": {}", visible(error)))
    }
}

/// A number of instants, exact or a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Count {
    /// Exactly this number.
    Exactly(u64),
    /// At least this number; counting stopped there.
    AtLeast(u64),
}

impl Count {
    /// Returns the number, whether it is exact or a lower bound.
    ///
    /// ```
    /// use scheduler_core::schedule::Count;
    ///
    /// assert_eq!(Count::Exactly(3).known(), 3);
    /// assert_eq!(Count::AtLeast(1_000).known(), 1_000);
    /// ```
    #[must_use]
    pub const fn known(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::AtLeast(count) => count,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "{count}"),
            Self::AtLeast(count) => write!(f, "at least {count}"),
        }
    }
}

/// A range of consecutive instants of a schedule.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_core::schedule::{Count, Span};
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let (nine, noon) = (at("2026-01-05T09:00:00Z")?, at("2026-01-05T12:00:00Z")?);
/// let missed = Span::new(nine, noon, Count::Exactly(4));
/// assert!(missed.contains(at("2026-01-05T10:00:00Z")?));
/// assert_eq!(
///     missed.to_string(),
///     "4 instants, 2026-01-05 09:00:00 UTC to 2026-01-05 12:00:00 UTC"
/// );
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Span {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The last instant.
    pub to: DateTime<Utc>,
    /// Number of instants in the range.
    pub count: Count,
}

impl Span {
    /// Creates a range of `count` instants, from the first to the last.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use scheduler_core::schedule::{Count, Span};
    ///
    /// let (first, hour) = (DateTime::UNIX_EPOCH, TimeDelta::hours(1));
    /// let three = Span::new(first, first + hour * 2, Count::Exactly(3));
    /// assert_eq!(three.count.known(), 3);
    /// ```
    #[must_use]
    pub const fn new(from: DateTime<Utc>, to: DateTime<Utc>, count: Count) -> Self {
        Self { from, to, count }
    }

    /// Creates a range of one instant.
    ///
    /// ```
    /// use chrono::Utc;
    /// use scheduler_core::schedule::Span;
    ///
    /// let now = Utc::now();
    /// let span = Span::single(now);
    /// assert_eq!((span.from, span.to, span.count.known()), (now, now, 1));
    /// ```
    #[must_use]
    pub const fn single(instant: DateTime<Utc>) -> Self {
        Self {
            from: instant,
            to: instant,
            count: Count::Exactly(1),
        }
    }

    /// Returns whether `instant` is within the range.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use scheduler_core::schedule::{Count, Span};
    ///
    /// let (first, hour) = (DateTime::UNIX_EPOCH, TimeDelta::hours(1));
    /// let three = Span::new(first, first + hour * 2, Count::Exactly(3));
    /// assert!(three.contains(first + hour));
    /// assert!(!three.contains(first - hour));
    /// ```
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && instant <= self.to
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            return write!(f, "{}", self.from);
        }
        write!(f, "{} instants, {} to {}", self.count, self.from, self.to)
    }
}
