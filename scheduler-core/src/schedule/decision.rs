//! [`Decision`]: the record of a due instant. [`Explanation`]: why an instant ran or did not run.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{RunCause, RunReport, Span};
use crate::job::{CancelReason, JobId, OutcomeKind};

/// A record of the ledger: the decision about an instant of a schedule, or about a range of instants
/// with the same result. Each instant has exactly one record (`LG-001`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Decision {
    /// The instants that the record is about.
    pub span: Span,
    /// Why the instants were due.
    pub cause: RunCause,
    /// Wall-clock time of the decision, in UTC.
    pub at: DateTime<Utc>,
    /// The decision, or how the run ended.
    pub verdict: Verdict,
    /// The active run that the instant met, if the instant was buffered or skipped because of it (`LG-009`).
    pub met: Option<JobId>,
    /// How the run went, once its job has finished (`LG-008`).
    pub run: Option<RunReport>,
}

impl Decision {
    /// Creates a record. Third-party schedulers use this.
    #[must_use]
    pub const fn new(span: Span, cause: RunCause, at: DateTime<Utc>, verdict: Verdict) -> Self {
        Self {
            span,
            cause,
            at,
            verdict,
            met: None,
            run: None,
        }
    }

    /// Returns how much later than its nominal time the run began. `None` if its job has not finished, or never
    /// began. Both are wall-clock times, so a clock that was set back in between makes it negative.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta};
    /// use scheduler_core::{JobId, job::OutcomeKind, schedule::{Decision, RunCause, RunReport, Span, Verdict}};
    ///
    /// let nine: DateTime<chrono::Utc> = "2026-01-05T09:00:00Z".parse()?;
    /// let ran = Verdict::Ran { job: JobId::from_bits(1), outcome: OutcomeKind::Succeeded };
    /// let mut decision = Decision::new(Span::single(nine), RunCause::Due, nine, ran);
    /// assert_eq!(decision.lateness(), None);
    /// let mut report = RunReport::new(nine + TimeDelta::seconds(9));
    /// report.began = Some(nine + TimeDelta::seconds(2));
    /// assert_eq!(report.duration(), Some(TimeDelta::seconds(7)));
    /// decision.run = Some(report);
    /// assert_eq!(decision.lateness(), Some(TimeDelta::seconds(2)));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn lateness(&self) -> Option<TimeDelta> {
        let began = self.run.as_ref()?.began?;
        Some(began - self.span.to)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.span, self.verdict)?;
        if let Some(job) = self.met {
            write!(f, " (it met {job})")?;
        }
        self.run.iter().try_for_each(|run| write!(f, "; {run}"))
    }
}

/// The decision about an instant, or how its run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Verdict {
    /// The run is buffered: it waits for an earlier run, or for its turn among catch-up runs.
    Buffered,
    /// The job of the run was submitted; it waits or runs.
    Started(JobId),
    /// The job of the run has finished.
    Ran {
        /// Id of the job.
        job: JobId,
        /// How the job ended.
        outcome: OutcomeKind,
    },
    /// The job of the run was cancelled before its body began.
    Cancelled {
        /// Id of the job.
        job: JobId,
        /// Reason of the cancellation.
        reason: CancelReason,
    },
    /// One run replaces several late instants, among them this one.
    Coalesced {
        /// Nominal time of that run.
        into: DateTime<Utc>,
    },
    /// The instant was on time, and did not run.
    Skipped(SkipReason),
    /// The instant was late, and did not run.
    Missed(SkipReason),
}

impl Verdict {
    /// Returns [`Missed`](Self::Missed) if the reason is lateness, and
    /// [`Skipped`](Self::Skipped) otherwise.
    ///
    /// ```
    /// use scheduler_core::schedule::{SkipReason, Verdict};
    ///
    /// assert_eq!(Verdict::not_run(SkipReason::Misfire), Verdict::Missed(SkipReason::Misfire));
    /// assert_eq!(Verdict::not_run(SkipReason::Overlap), Verdict::Skipped(SkipReason::Overlap));
    /// ```
    #[must_use]
    pub const fn not_run(reason: SkipReason) -> Self {
        if reason.is_missed() {
            Self::Missed(reason)
        } else {
            Self::Skipped(reason)
        }
    }

    /// Returns the reason why the instant did not run, if it did not.
    ///
    /// ```
    /// use scheduler_core::schedule::{SkipReason, Verdict};
    ///
    /// let missed = Verdict::Missed(SkipReason::Misfire);
    /// assert_eq!(missed.reason(), Some(SkipReason::Misfire));
    /// assert_eq!(Verdict::Buffered.reason(), None);
    /// ```
    #[must_use]
    pub const fn reason(&self) -> Option<SkipReason> {
        match self {
            Self::Skipped(reason) | Self::Missed(reason) => Some(*reason),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffered => f.write_str("buffered, to run later"),
            Self::Started(job) => write!(f, "started as {job}"),
            Self::Ran { job, outcome } => write!(f, "ran as {job}, which {}", ended(*outcome)),
            Self::Cancelled { job, reason } => {
                write!(f, "job {job} was cancelled before it began: {reason}")
            }
            Self::Coalesced { into } => write!(f, "coalesced: the run for {into} replaces it"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Missed(reason) => write!(f, "missed: {reason}"),
        }
    }
}

/// Returns the verb for how a job ended.
const fn ended(outcome: OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Succeeded => "succeeded",
        OutcomeKind::Failed => "failed",
        OutcomeKind::TimedOut => "timed out",
        OutcomeKind::Panicked => "panicked",
        OutcomeKind::Cancelled => "was cancelled",
        OutcomeKind::Lost => "was lost",
    }
}

/// Reason why due instants did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SkipReason {
    /// The instants were later than the grace of the schedule, and its misfire policy skips them.
    Misfire,
    /// The instants were older than the catch-up window of the schedule.
    CatchUpWindow,
    /// The misfire policy ran its maximum number of late instants.
    TooMany,
    /// The instants were late, and it was outside the hours in which late runs may start.
    OutsideHours,
    /// One run replaced several late instants.
    Coalesced,
    /// An earlier run of the schedule, or of its group, was active.
    Overlap,
    /// A later instant replaced the instants in the buffer.
    Superseded,
    /// The buffer of the schedule was full.
    BufferFull,
    /// The schedule was paused.
    Paused,
    /// The schedule was removed before the instants ran.
    ScheduleRemoved,
    /// The schedule got a different trigger or a different next instant before the instants ran.
    ScheduleChanged,
    /// The scheduler was shut down while the instants were buffered, or before a backfill reached
    /// them.
    Shutdown,
    /// The instants ran before, and the backfill excludes such instants.
    AlreadyRan,
    /// The backfill was ended before it reached the instants.
    BackfillEnded,
}

impl SkipReason {
    /// Returns whether the reason is lateness.
    ///
    /// ```
    /// use scheduler_core::schedule::SkipReason;
    ///
    /// assert!(SkipReason::Misfire.is_missed());
    /// assert!(!SkipReason::Overlap.is_missed(), "skipped by a policy");
    /// ```
    #[must_use]
    pub const fn is_missed(self) -> bool {
        matches!(
            self,
            Self::Misfire | Self::CatchUpWindow | Self::TooMany | Self::OutsideHours
        )
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misfire => "later than the grace allows",
            Self::CatchUpWindow => "older than the catch-up window",
            Self::TooMany => "more instants were missed than the policy runs",
            Self::OutsideHours => "late, and outside of the hours for late runs",
            Self::Coalesced => "another run replaces it",
            Self::Overlap => "an earlier run was still active",
            Self::Superseded => "a later instant replaced it",
            Self::BufferFull => "the buffer was full",
            Self::Paused => "the schedule was paused",
            Self::ScheduleRemoved => "the schedule was removed",
            Self::ScheduleChanged => "the schedule was changed before it ran",
            Self::Shutdown => "the scheduler was shut down",
            Self::AlreadyRan => "it ran before",
            Self::BackfillEnded => "the backfill was ended before it reached the instant",
        })
    }
}

/// Result of [`explain`](crate::ScheduleHandle::explain).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Explanation {
    /// The ledger has a record of the instant.
    Decided(Decision),
    /// The instant is one of the schedule, and is not due yet.
    NotYet,
    /// The instant is due and not decided yet. A running scheduler decides in a moment; a paused
    /// scheduler or schedule decides when it is resumed.
    Undecided,
    /// The trigger does not have the instant.
    NoSuchInstant {
        /// The next instant of the trigger after the given one, if any.
        next: Option<DateTime<Utc>>,
    },
    /// The ledger has no record of the instant: the schedule did not exist then, or newer records
    /// replaced it.
    NoRecord,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decided(decision) => decision.fmt(f),
            Self::NotYet => f.write_str("not due yet"),
            Self::Undecided => f.write_str("due, and not decided yet"),
            Self::NoSuchInstant { next: Some(next) } => {
                write!(f, "not an instant of this schedule; the next one is {next}")
            }
            Self::NoSuchInstant { next: None } => {
                f.write_str("not an instant of this schedule, and none comes after it")
            }
            Self::NoRecord => f.write_str(
                "no record: the schedule was not live then, or newer records have replaced this one",
            ),
        }
    }
}
