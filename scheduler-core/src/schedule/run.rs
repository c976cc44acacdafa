//! What a run of a schedule is for.

use std::fmt;

use chrono::{DateTime, Utc};

use super::BackfillId;

/// Why a schedule's task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RunCause {
    /// An instant was due, and noticed within the grace.
    #[default]
    Due,
    /// An instant was due, noticed later than the grace, and is made up for.
    CatchUp,
    /// The instant came again, so many times, because the wall clock was set back. The earlier runs
    /// for it have records of their own.
    ClockRepeat(u32),
    /// A call asked for a run at once.
    RunNow,
    /// A call asked for the instants of a range.
    Backfill,
}

/// Which run of its schedule a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct RunFacts {
    /// Why it runs.
    pub cause: RunCause,
    /// The instants it stands for, if it is more than one.
    pub covers: Option<Span>,
    /// The backfill that it belongs to.
    pub backfill: Option<BackfillId>,
}

/// How many instants there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// So many were counted, and then it was enough.
    AtLeast(u64),
}

impl Count {
    /// The number, be it exact or not.
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

/// A stretch of a schedule's instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first of them.
    pub from: DateTime<Utc>,
    /// The last of them.
    pub to: DateTime<Utc>,
    /// How many they are.
    pub count: Count,
}

impl Span {
    /// A single instant.
    #[must_use]
    pub const fn single(instant: DateTime<Utc>) -> Self {
        Self {
            from: instant,
            to: instant,
            count: Count::Exactly(1),
        }
    }

    /// Whether `instant` lies in it.
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
