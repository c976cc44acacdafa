//! [`BackfillReport`]: the result of a backfill.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use crate::job::{JobError, JobId, JobOutcome};

/// Maximum number of failures that a report names.
const FAILURES: usize = 100;

/// Id of a backfill, unique within its scheduler and never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackfillId(u64);

impl BackfillId {
    /// Creates an id from its number. Only schedulers generate ids.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number of the id.
    ///
    /// ```
    /// use scheduler_core::backfill::BackfillId;
    ///
    /// let id = BackfillId::from_number(3);
    /// assert_eq!((id.number(), id.to_string()), (3, "backfill-3".to_owned()));
    /// ```
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

/// The result of a backfill so far.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BackfillReport {
    /// How the backfill ended; `None` while it is in progress.
    pub end: Option<BackfillEnd>,
    /// Number of jobs that were started.
    pub started: u64,
    /// Number of jobs of the backfill that wait for a permit or run.
    pub running: u64,
    /// Number of jobs of the backfill that succeeded.
    pub succeeded: u64,
    /// Number of jobs of the backfill that failed.
    pub failed: u64,
    /// Number of jobs of the backfill that were cancelled.
    pub cancelled: u64,
    /// Number of instants that were skipped because they had run before.
    pub skipped: u64,
    /// The first hundred failures, oldest first.
    pub failures: Vec<BackfillFailure>,
    /// The instant from which a further backfill continues; `None` if the range is complete.
    pub left: Option<DateTime<Utc>>,
}

/// A run of a backfill that failed.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BackfillFailure {
    /// Nominal time of the run.
    pub nominal: DateTime<Utc>,
    /// Id of the job of the run.
    pub job: JobId,
    /// Error of the job.
    pub error: JobError,
}

/// How a backfill ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BackfillEnd {
    /// Every instant of the range was handled.
    Completed,
    /// The maximum number of runs was started, and instants were left.
    LimitReached,
    /// A call ended the backfill.
    Cancelled,
    /// The schedule of the backfill was removed.
    ScheduleRemoved,
    /// The scheduler was shut down.
    Shutdown,
    /// The trigger panicked, or did not advance.
    Faulted(Arc<str>),
}

impl BackfillReport {
    /// Returns whether every instant of the range was handled, and no run failed or was cancelled.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let report = daily.backfill(Backfill::new(week))?.wait_blocking()?;
    /// assert!(report.is_success());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == Some(BackfillEnd::Completed) && self.failed + self.cancelled == 0
    }

    /// Records the outcome of a run.
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
            Some(left) => write!(f, "; continue at {left}"),
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
            Self::Faulted(problem) => write!(f, "ended by a fault: {problem}"),
        }
    }
}
