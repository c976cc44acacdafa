//! What has come of a backfill.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use crate::job::{JobError, JobId, JobOutcome};

/// How many failures a report names.
const FAILURES: usize = 100;

/// The identity of one backfill within its scheduler; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackfillId(u64);

impl BackfillId {
    /// The id with this number. Schedulers make ids; others keep and compare them.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backfill-{}", self.0)
    }
}

impl fmt::Debug for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackfillId({})", self.0)
    }
}

/// What has come of a backfill so far, or in the end.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BackfillReport {
    /// How it ended; `None` while it goes on.
    pub end: Option<BackfillEnd>,
    /// How many jobs it has started.
    pub started: u64,
    /// How many of them wait or go.
    pub running: u64,
    /// How many of them ended well.
    pub succeeded: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them were cancelled.
    pub cancelled: u64,
    /// How many instants were passed over because they had been run before.
    pub skipped: u64,
    /// The failures, oldest first: the first hundred.
    pub failures: Vec<BackfillFailure>,
    /// Where a further backfill has to go on; `None` if nothing is left of the range.
    pub left: Option<DateTime<Utc>>,
}

/// A run of a backfill that failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackfillFailure {
    /// The instant it was for.
    pub nominal: DateTime<Utc>,
    /// Its job.
    pub job: JobId,
    /// What went wrong.
    pub error: JobError,
}

/// How a backfill ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BackfillEnd {
    /// Every instant of the range has had its turn.
    Completed,
    /// It had started as many runs as it was allowed to, and more was left.
    LimitReached,
    /// It was cancelled.
    Cancelled,
    /// Its schedule was removed.
    ScheduleRemoved,
    /// The scheduler was shut down: it was interrupted.
    Shutdown,
    /// The trigger panicked, or did not advance.
    Faulted(Arc<str>),
}

impl BackfillReport {
    /// Whether every instant of the range has had its turn, and no run failed or was cancelled.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == Some(BackfillEnd::Completed) && self.failed + self.cancelled == 0
    }

    /// Notes how a run ended.
    pub(crate) fn note(&mut self, nominal: DateTime<Utc>, job: JobId, outcome: &JobOutcome) {
        self.running = self.running.saturating_sub(1);
        match outcome {
            JobOutcome::Succeeded(()) => self.succeeded += 1,
            JobOutcome::Cancelled(_) => self.cancelled += 1,
            JobOutcome::Failed(error) => {
                self.failed += 1;
                if self.failures.len() < FAILURES {
                    let error = error.clone();
                    self.failures.push(BackfillFailure {
                        nominal,
                        job,
                        error,
                    });
                }
            }
        }
    }
}

impl fmt::Display for BackfillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            Some(end) => write!(f, "{end}")?,
            None => f.write_str("going on")?,
        }
        write!(
            f,
            ": {} started, {} succeeded, {} failed, {} cancelled, {} skipped",
            self.started, self.succeeded, self.failed, self.cancelled, self.skipped
        )?;
        match self.left {
            Some(left) => write!(f, "; to go on at {left}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for BackfillEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("completed"),
            Self::LimitReached => f.write_str("ended at its limit"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::ScheduleRemoved => f.write_str("ended with its schedule, which was removed"),
            Self::Shutdown => f.write_str("interrupted by the shutdown"),
            Self::Faulted(problem) => write!(f, "ended by its trigger: {problem}"),
        }
    }
}
