//! [`EventKind`]: all events of a scheduler.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::EventName;
use crate::{
    BackfillId, BackfillReport, RunFacts, ScheduleId, SkipReason, Span, State,
    job::{JobError, JobId, JobOutcome, Progress},
};

/// An event of a scheduler, a schedule or a job, with its data.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EventKind {
    /// The state of the scheduler changed.
    StateChanged {
        /// The previous state.
        from: State,
        /// The new state.
        to: State,
        /// Reason of the change.
        cause: StateCause,
    },
    /// The wall clock was set, or the machine slept: the wall clock moved against elapsed time.
    ClockJumped {
        /// Difference between the movements of the two clocks; positive if the wall clock is ahead.
        #[cfg_attr(
            feature = "serde",
            serde(serialize_with = "crate::export::values::signed")
        )]
        by: TimeDelta,
    },
    /// Sleeps of the [`Runtime`](crate::Runtime) repeatedly end before their deadline: its
    /// `sleep_until` and its `now` follow different clocks.
    ///
    /// The scheduler waits on a thread instead, and tries the runtime's sleep again at least once a
    /// second. Published once.
    SleepsEndEarly {
        /// The time that was left until the deadline.
        #[cfg_attr(
            feature = "serde",
            serde(serialize_with = "crate::export::values::length")
        )]
        left: Duration,
    },
    /// The store does not reply, or returns an error. The scheduler tries again by itself. Jobs and schedules in
    /// memory are not affected.
    StoreLost {
        /// Text of the error.
        error: Arc<str>,
    },
    /// The store replies again.
    StoreBack,
    /// The store declared this node dead, or lost its turns. The scheduler continues as another node. What the old node
    /// ran has been cancelled, and runs again on any node.
    NodeReplaced,
    /// This node removed another one, whose lease was over. The jobs of that node run again on any node.
    NodeRemoved {
        /// Name of the removed node.
        node: Arc<str>,
    },
    /// A queue was paused, or the reason of its pause was replaced.
    QueuePaused {
        /// Name of the queue.
        queue: Arc<str>,
        /// The reason that the caller gave.
        reason: Arc<str>,
    },
    /// A paused queue was resumed.
    QueueResumed {
        /// Name of the queue.
        queue: Arc<str>,
    },
    /// A schedule was added.
    ScheduleAdded(ScheduleId),
    /// A schedule was replaced by one with the same id.
    ScheduleReplaced(ScheduleId),
    /// Settings of a schedule were changed.
    ScheduleUpdated(ScheduleId),
    /// A schedule was paused, or the reason of its pause was replaced.
    SchedulePaused {
        /// Id of the schedule.
        schedule: ScheduleId,
        /// The reason that the caller gave, or which failures led to the pause.
        reason: Arc<str>,
    },
    /// A paused schedule was resumed.
    ScheduleResumed(ScheduleId),
    /// A schedule was removed.
    ScheduleRemoved(ScheduleId),
    /// The trigger of a schedule has no further instant, and its last run has ended. The schedule has
    /// been dropped.
    ScheduleExhausted(ScheduleId),
    /// The trigger of a schedule had no instant when the scheduler or the schedule started. The
    /// schedule stays listed, with [`ScheduleInfo::ended`](crate::ScheduleInfo::ended), until it is
    /// removed or updated.
    ScheduleNeverDue(ScheduleId),
    /// The trigger of a schedule panicked or did not advance. The schedule is dropped when none of
    /// its runs is left.
    ScheduleFaulted {
        /// Id of the schedule.
        schedule: ScheduleId,
        /// Description of the fault.
        problem: Arc<str>,
    },
    /// A due run of a schedule was buffered: it waits for an earlier run, or for its turn among
    /// catch-up runs.
    OccurrenceKept {
        /// Id of the schedule.
        schedule: ScheduleId,
        /// Nominal time of the run.
        nominal: DateTime<Utc>,
    },
    /// Due instants of a schedule did not run.
    OccurrencesSkipped {
        /// Id of the schedule.
        schedule: ScheduleId,
        /// The first and the last of the instants, and their number.
        span: Span,
        /// Reason why the instants did not run.
        reason: SkipReason,
    },
    /// A backfill started.
    BackfillStarted {
        /// Id of the backfill.
        backfill: BackfillId,
        /// Id of the schedule whose instants the backfill runs.
        schedule: ScheduleId,
    },
    /// A backfill and all of its runs have finished.
    BackfillFinished {
        /// Id of the backfill.
        backfill: BackfillId,
        /// Id of the schedule whose instants the backfill ran.
        schedule: ScheduleId,
        /// The result of the backfill.
        report: Arc<BackfillReport>,
    },
    /// A job was accepted.
    JobScheduled {
        /// Id of the job.
        job: JobId,
        /// Name of the job.
        name: Option<Arc<str>>,
        /// Id of the schedule that runs the job; `None` for a submitted job.
        schedule: Option<ScheduleId>,
        /// Nominal time of the job.
        nominal: DateTime<Utc>,
        /// Facts about the run of the schedule; `None` for a submitted job.
        run: Option<RunFacts>,
    },
    /// A job got its permit and was spawned on the executor.
    JobClaimed(JobId),
    /// The body of a job begins.
    JobStarted(JobId),
    /// A job waits for a token of its rate limit.
    JobThrottled(JobId),
    /// A job reported progress.
    JobProgress {
        /// Id of the job.
        job: JobId,
        /// The reported progress.
        progress: Arc<Progress>,
    },
    /// A job reached a timeout and received a cancellation request.
    JobTimedOut {
        /// Id of the job.
        job: JobId,
        /// Number of the attempt, counted from 1.
        attempt: u32,
    },
    /// A running job received a cancellation request.
    JobCancelling(JobId),
    /// An attempt of a job failed, and another one will follow.
    JobRetrying {
        /// Id of the job.
        job: JobId,
        /// Number of the next attempt, counted from 1.
        attempt: u32,
        /// When the next attempt is due, by elapsed time.
        due: DateTime<Utc>,
        /// Error of the failed attempt.
        error: JobError,
    },
    /// A job has finished.
    JobFinished {
        /// Id of the job.
        job: JobId,
        /// Outcome of the job.
        outcome: JobOutcome,
        /// Id of the schedule that ran the job; `None` for a submitted job.
        schedule: Option<ScheduleId>,
        /// Nominal time of the job.
        nominal: DateTime<Utc>,
        /// When the body of the first attempt began; `None` if it never did, or if it did before a reader wanted
        /// the starts or ends of jobs. It is always known for runs of schedules and jobs with a policy.
        began: Option<DateTime<Utc>>,
        /// When the job finished.
        ended: DateTime<Utc>,
        /// Number of attempts that began.
        attempts: u32,
    },
    /// The subscriber was too slow, and events before this one were dropped.
    Lagged {
        /// Number of dropped events.
        missed: u64,
    },
}

impl EventKind {
    /// Returns whether this is the last event of its scheduler.
    ///
    /// ```
    /// use scheduler_core::{Blocking, EventFilter, Scheduler, Shutdown};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let mut events = scheduler.subscribe(EventFilter::scheduler());
    /// scheduler.shutdown(Shutdown::graceful())?;
    /// while let Some(event) = events.try_next() {
    ///     if event.kind.is_last() {
    ///         assert!(events.try_next().is_none());
    ///     }
    /// }
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
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

    /// Returns the name of the event, without its data.
    ///
    /// ```
    /// use scheduler_core::{EventKind, JobId, event::EventName};
    ///
    /// let claimed = EventKind::JobClaimed(JobId::from_bits(7));
    /// assert_eq!(claimed.name(), EventName::JobClaimed);
    /// ```
    #[must_use]
    pub const fn name(&self) -> EventName {
        match self {
            Self::StateChanged { .. } => EventName::StateChanged,
            Self::ClockJumped { .. } => EventName::ClockJumped,
            Self::SleepsEndEarly { .. } => EventName::SleepsEndEarly,
            Self::StoreLost { .. } => EventName::StoreLost,
            Self::StoreBack => EventName::StoreBack,
            Self::NodeReplaced => EventName::NodeReplaced,
            Self::NodeRemoved { .. } => EventName::NodeRemoved,
            Self::QueuePaused { .. } => EventName::QueuePaused,
            Self::QueueResumed { .. } => EventName::QueueResumed,
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

    /// Returns the job that the event concerns.
    ///
    /// ```
    /// use scheduler_core::{EventKind, JobId, ScheduleId};
    ///
    /// assert_eq!(EventKind::JobClaimed(JobId::from_bits(7)).job(), Some(JobId::from_bits(7)));
    /// assert_eq!(EventKind::ScheduleAdded(ScheduleId::new("daily")).job(), None);
    /// ```
    #[must_use]
    pub const fn job(&self) -> Option<JobId> {
        match self.subject() {
            Subject::Job(job, _) => Some(job),
            Subject::Scheduler | Subject::Schedule(_) => None,
        }
    }

    /// Returns the schedule that the event names. Of the events of a job only `JobScheduled` names
    /// its schedule.
    ///
    /// ```
    /// use scheduler_core::{EventKind, JobId, ScheduleId};
    ///
    /// let daily = ScheduleId::new("daily");
    /// assert_eq!(EventKind::ScheduleAdded(daily.clone()).schedule(), Some(&daily));
    /// assert_eq!(EventKind::JobClaimed(JobId::from_bits(7)).schedule(), None);
    /// ```
    #[must_use]
    pub const fn schedule(&self) -> Option<&ScheduleId> {
        match self.subject() {
            Subject::Schedule(schedule) | Subject::Job(_, Some(schedule)) => Some(schedule),
            Subject::Scheduler | Subject::Job(_, None) => None,
        }
    }

    const fn subject(&self) -> Subject<'_> {
        match self {
            Self::StateChanged { .. }
            | Self::ClockJumped { .. }
            | Self::SleepsEndEarly { .. }
            | Self::StoreLost { .. }
            | Self::StoreBack
            | Self::NodeReplaced
            | Self::NodeRemoved { .. }
            | Self::QueuePaused { .. }
            | Self::QueueResumed { .. }
            | Self::Lagged { .. } => Subject::Scheduler,
            Self::ScheduleAdded(schedule)
            | Self::ScheduleReplaced(schedule)
            | Self::ScheduleUpdated(schedule)
            | Self::SchedulePaused { schedule, .. }
            | Self::ScheduleResumed(schedule)
            | Self::ScheduleRemoved(schedule)
            | Self::ScheduleExhausted(schedule)
            | Self::ScheduleNeverDue(schedule)
            | Self::ScheduleFaulted { schedule, .. }
            | Self::OccurrenceKept { schedule, .. }
            | Self::OccurrencesSkipped { schedule, .. }
            | Self::BackfillStarted { schedule, .. }
            | Self::BackfillFinished { schedule, .. } => Subject::Schedule(schedule),
            Self::JobScheduled { job, schedule, .. } => Subject::Job(*job, schedule.as_ref()),
            Self::JobClaimed(job)
            | Self::JobStarted(job)
            | Self::JobThrottled(job)
            | Self::JobProgress { job, .. }
            | Self::JobTimedOut { job, .. }
            | Self::JobCancelling(job)
            | Self::JobRetrying { job, .. }
            | Self::JobFinished { job, .. } => Subject::Job(*job, None),
        }
    }
}

/// The subject of an event, by which filters select it.
enum Subject<'a> {
    Scheduler,
    Schedule(&'a ScheduleId),
    /// A job, and its schedule if the event names it.
    Job(JobId, Option<&'a ScheduleId>),
}

/// Reason of a state change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StateCause {
    /// A call requested the change.
    Requested,
    /// The last handle to the scheduler was dropped.
    Dropped,
    /// The runtime dropped the scheduler's driver.
    RuntimeGone,
    /// The start failed: the runtime refused the driver.
    StartFailed,
}
