//! What became of an instant, and why.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{RunCause, Span};
use crate::job::{CancelReason, JobId, OutcomeKind};

/// What was decided about an instant of a schedule, or about a stretch of instants that share their
/// fate: one record for each instant, and never two (`LG-001`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The instants.
    pub span: Span,
    /// Why there was something to decide.
    pub cause: RunCause,
    /// When it was decided, on the wall clock.
    pub at: DateTime<Utc>,
    /// What became of them.
    pub verdict: Verdict,
}

impl Decision {
    /// A record: for those who implement a scheduler.
    #[must_use]
    pub const fn new(span: Span, cause: RunCause, at: DateTime<Utc>, verdict: Verdict) -> Self {
        Self {
            span,
            cause,
            at,
            verdict,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.span, self.verdict)
    }
}

/// What became of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is kept until an earlier run has ended, or its turn in catching up has come.
    Buffered,
    /// Its job waits or runs.
    Started(JobId),
    /// Its job has ended.
    Ran {
        /// Which job.
        job: JobId,
        /// How.
        outcome: OutcomeKind,
    },
    /// Its job was cancelled before it began.
    Cancelled {
        /// Which job.
        job: JobId,
        /// Why.
        reason: CancelReason,
    },
    /// Another instant's run stands for it too.
    Coalesced {
        /// That instant.
        into: DateTime<Utc>,
    },
    /// It was on time, and was not run.
    Skipped(SkipReason),
    /// It was noticed too late, and was not run.
    Missed(SkipReason),
}

impl Verdict {
    /// Not run, for this reason: missed if that has to do with being late.
    #[must_use]
    pub const fn not_run(reason: SkipReason) -> Self {
        if reason.is_missed() {
            Self::Missed(reason)
        } else {
            Self::Skipped(reason)
        }
    }

    /// Why it was not run, if that was decided.
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
            Self::Buffered => f.write_str("kept, to run later"),
            Self::Started(job) => write!(f, "started as {job}"),
            Self::Ran { job, outcome } => write!(f, "ran as {job}, which {outcome}"),
            Self::Cancelled { job, reason } => {
                write!(f, "its job {job} was cancelled before it began: {reason}")
            }
            Self::Coalesced { into } => write!(f, "the run for {into} stands for it too"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Missed(reason) => write!(f, "missed: {reason}"),
        }
    }
}

/// Why due instants were not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// They were noticed later than the schedule's grace allows, and its policy passes them over.
    Misfire,
    /// They are older than the schedule's catch-up window.
    CatchUpWindow,
    /// There were more of them than the policy makes up for.
    TooMany,
    /// They are late, and the schedule's hours for late runs are over.
    OutsideHours,
    /// One run stands for several instants.
    Coalesced,
    /// An earlier run of the schedule, or of its group, was still going.
    Overlap,
    /// A later instant has taken their place.
    Superseded,
    /// As many instants as allowed were being kept already.
    BufferFull,
    /// The schedule was paused.
    Paused,
    /// The schedule was removed before they ran.
    ScheduleRemoved,
    /// The schedule was given another trigger, or another instant to go on from, before they ran.
    ScheduleChanged,
    /// The scheduler was shut down while they were being kept, or before a backfill came to them.
    Shutdown,
    /// They have been run before, and a backfill was to leave such alone.
    AlreadyRan,
    /// A backfill was ended before it came to them.
    BackfillEnded,
}

impl SkipReason {
    /// Whether the reason is that they were noticed too late.
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
            Self::Misfire => "noticed later than the grace allows",
            Self::CatchUpWindow => "older than the catch-up window",
            Self::TooMany => "more were missed than are made up for",
            Self::OutsideHours => "late, and outside of the hours for late runs",
            Self::Coalesced => "another instant's run stands for it too",
            Self::Overlap => "an earlier run was still going",
            Self::Superseded => "a later instant took its place",
            Self::BufferFull => "as many as allowed were being kept already",
            Self::Paused => "the schedule was paused",
            Self::ScheduleRemoved => "the schedule was removed",
            Self::ScheduleChanged => "the schedule was changed before they ran",
            Self::Shutdown => "the scheduler was shut down",
            Self::AlreadyRan => "they have been run before",
            Self::BackfillEnded => "the backfill was ended before it came to them",
        })
    }
}

/// The answer to "what about this instant?".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Explanation {
    /// It was decided.
    Decided(Decision),
    /// It is an instant of the schedule and not due yet.
    NotYet,
    /// It is an instant of the schedule and due, and will be decided when the scheduler runs, the
    /// schedule is resumed, or the trigger has been asked: a matter of a moment where it runs.
    Undecided,
    /// Its trigger has no such instant; the next one after it, if there is one.
    NoSuchInstant {
        /// The next instant after the one asked for.
        next: Option<DateTime<Utc>>,
    },
    /// There is no record of it: the schedule was not live then, or the record has given way to
    /// newer ones.
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
                "no record: the schedule was not live then, or the record gave way to newer ones",
            ),
        }
    }
}
