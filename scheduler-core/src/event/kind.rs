//! What can happen.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::EventName;
use crate::{
    BackfillId, BackfillReport, RunFacts, ScheduleId, SkipReason, Span, State,
    job::{JobError, JobId, JobOutcome, Progress},
};

/// What happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind {
    /// The scheduler went from one state to another.
    StateChanged {
        /// Where it stood.
        from: State,
        /// Where it stands now.
        to: State,
        /// Why.
        cause: StateCause,
    },
    /// The wall clock was set, or the machine slept: it moved by this much against elapsed time.
    ClockJumped {
        /// Forward if positive.
        by: TimeDelta,
    },
    /// The sleeps of the [`Runtime`](crate::Runtime) keep ending at once, before their deadlines by
    /// the clock that it shows: its `sleep_until` and its `now` do not belong to one clock.
    ///
    /// The scheduler waits on a thread instead, and tries again at least each second. Published once.
    SleepsEndEarly {
        /// How long it was to the deadline of the sleep.
        left: Duration,
    },
    /// A schedule was added.
    ScheduleAdded(ScheduleId),
    /// A schedule's definition was replaced by another one.
    ScheduleReplaced(ScheduleId),
    /// A schedule was changed.
    ScheduleUpdated(ScheduleId),
    /// A schedule was paused, or its pause was given another reason.
    SchedulePaused {
        /// Which schedule.
        schedule: ScheduleId,
        /// Why.
        reason: Arc<str>,
    },
    /// A paused schedule goes on.
    ScheduleResumed(ScheduleId),
    /// A schedule was removed.
    ScheduleRemoved(ScheduleId),
    /// A schedule's trigger has no further instant and none is kept; the schedule is gone.
    ScheduleExhausted(ScheduleId),
    /// A schedule's trigger had no instant when the schedule became live. The schedule stays, as
    /// [`ScheduleInfo::ended`](crate::ScheduleInfo::ended) shows, until it is removed or updated.
    ScheduleNeverDue(ScheduleId),
    /// A schedule's trigger panicked or did not advance; the schedule is gone when none of its
    /// instants is kept.
    ScheduleFaulted {
        /// Which schedule.
        schedule: ScheduleId,
        /// What its trigger did.
        problem: Arc<str>,
    },
    /// A due instant of a schedule waits for an earlier run to end, or for its turn in catching up.
    OccurrenceKept {
        /// Which schedule.
        schedule: ScheduleId,
        /// The instant.
        nominal: DateTime<Utc>,
    },
    /// Due instants of a schedule that were not run.
    OccurrencesSkipped {
        /// Which schedule.
        schedule: ScheduleId,
        /// The first and the last of them, and how many they are.
        span: Span,
        /// Why.
        reason: SkipReason,
    },
    /// A backfill was begun.
    BackfillStarted {
        /// Which backfill.
        backfill: BackfillId,
        /// The schedule whose instants it runs.
        schedule: ScheduleId,
    },
    /// A backfill has ended, its last run included.
    BackfillFinished {
        /// Which backfill.
        backfill: BackfillId,
        /// The schedule whose instants it ran.
        schedule: ScheduleId,
        /// What came of it.
        report: Arc<BackfillReport>,
    },
    /// A job was accepted.
    JobScheduled {
        /// Which job.
        job: JobId,
        /// Its name.
        name: Option<Arc<str>>,
        /// The schedule it is an occurrence of.
        schedule: Option<ScheduleId>,
        /// The instant it is for.
        nominal: DateTime<Utc>,
        /// Which run of its schedule it is.
        run: Option<RunFacts>,
    },
    /// A job got its permit and was handed to the executor.
    JobClaimed(JobId),
    /// A job's body begins.
    JobStarted(JobId),
    /// A job waits for its rate limit.
    JobThrottled(JobId),
    /// A job says how far it has got.
    JobProgress {
        /// Which job.
        job: JobId,
        /// So far.
        progress: Arc<Progress>,
    },
    /// A job came to its time limit, and is told to end.
    JobTimedOut {
        /// Which job.
        job: JobId,
        /// Which attempt, counted from 1.
        attempt: u32,
    },
    /// A running job was told to end.
    JobCancelling(JobId),
    /// An attempt of a job failed; another one follows.
    JobRetrying {
        /// Which job.
        job: JobId,
        /// The number of the attempt to come.
        attempt: u32,
        /// When it is due, on the timeline of elapsed time.
        due: DateTime<Utc>,
        /// How the last one failed.
        error: JobError,
    },
    /// A job has ended.
    JobFinished {
        /// Which job.
        job: JobId,
        /// How.
        outcome: JobOutcome,
    },
    /// The subscriber was too slow: this many events before this one are lost to it.
    Lagged {
        /// How many.
        missed: u64,
    },
}

impl EventKind {
    /// Whether the event ends the life of its scheduler: there is none after it.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(
            self,
            Self::StateChanged {
                to: State::ShutDown,
                ..
            }
        )
    }

    /// Which sort of event it is.
    #[must_use]
    pub const fn name(&self) -> EventName {
        match self {
            Self::StateChanged { .. } => EventName::StateChanged,
            Self::ClockJumped { .. } => EventName::ClockJumped,
            Self::SleepsEndEarly { .. } => EventName::SleepsEndEarly,
            Self::ScheduleAdded(_) => EventName::ScheduleAdded,
            Self::ScheduleReplaced(_) => EventName::ScheduleReplaced,
            Self::ScheduleUpdated(_) => EventName::ScheduleUpdated,
            Self::SchedulePaused { .. } => EventName::SchedulePaused,
            Self::ScheduleResumed(_) => EventName::ScheduleResumed,
            Self::ScheduleRemoved(_) => EventName::ScheduleRemoved,
            Self::ScheduleExhausted(_) => EventName::ScheduleExhausted,
            Self::ScheduleNeverDue(_) => EventName::ScheduleNeverDue,
            Self::ScheduleFaulted { .. } => EventName::ScheduleFaulted,
            Self::OccurrenceKept { .. } => EventName::OccurrenceKept,
            Self::OccurrencesSkipped { .. } => EventName::OccurrencesSkipped,
            Self::BackfillStarted { .. } => EventName::BackfillStarted,
            Self::BackfillFinished { .. } => EventName::BackfillFinished,
            Self::JobScheduled { .. } => EventName::JobScheduled,
            Self::JobClaimed(_) => EventName::JobClaimed,
            Self::JobStarted(_) => EventName::JobStarted,
            Self::JobThrottled(_) => EventName::JobThrottled,
            Self::JobProgress { .. } => EventName::JobProgress,
            Self::JobTimedOut { .. } => EventName::JobTimedOut,
            Self::JobCancelling(_) => EventName::JobCancelling,
            Self::JobRetrying { .. } => EventName::JobRetrying,
            Self::JobFinished { .. } => EventName::JobFinished,
            Self::Lagged { .. } => EventName::Lagged,
        }
    }

    /// The job it is about.
    #[must_use]
    pub const fn job(&self) -> Option<JobId> {
        match self {
            Self::JobScheduled { job, .. }
            | Self::JobClaimed(job)
            | Self::JobStarted(job)
            | Self::JobThrottled(job)
            | Self::JobProgress { job, .. }
            | Self::JobTimedOut { job, .. }
            | Self::JobCancelling(job)
            | Self::JobRetrying { job, .. }
            | Self::JobFinished { job, .. } => Some(*job),
            _ => None,
        }
    }

    /// The schedule it is about, if it says so itself: of the events of a job only the first does.
    #[must_use]
    pub const fn schedule(&self) -> Option<&ScheduleId> {
        match self {
            Self::ScheduleAdded(schedule)
            | Self::ScheduleReplaced(schedule)
            | Self::ScheduleUpdated(schedule)
            | Self::SchedulePaused { schedule, .. }
            | Self::ScheduleResumed(schedule)
            | Self::OccurrenceKept { schedule, .. }
            | Self::ScheduleRemoved(schedule)
            | Self::ScheduleExhausted(schedule)
            | Self::ScheduleNeverDue(schedule)
            | Self::ScheduleFaulted { schedule, .. }
            | Self::BackfillStarted { schedule, .. }
            | Self::BackfillFinished { schedule, .. }
            | Self::OccurrencesSkipped { schedule, .. } => Some(schedule),
            Self::JobScheduled { schedule, .. } => schedule.as_ref(),
            _ => None,
        }
    }
}

/// Why the state changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateCause {
    /// A call asked for it.
    Requested,
    /// The last handle to the scheduler was dropped.
    Dropped,
    /// The runtime dropped the scheduler's driver.
    RuntimeGone,
    /// The runtime could not take the driver: the start failed.
    StartFailed,
}
