//! [`EventName`]: the kinds of events, without their data.

/// The name of an [`EventKind`](super::EventKind), without its data. Filters are built from names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventName {
    /// [`StateChanged`](super::EventKind::StateChanged).
    StateChanged,
    /// [`ClockJumped`](super::EventKind::ClockJumped).
    ClockJumped,
    /// [`SleepsEndEarly`](super::EventKind::SleepsEndEarly).
    SleepsEndEarly,
    /// [`ScheduleAdded`](super::EventKind::ScheduleAdded).
    ScheduleAdded,
    /// [`ScheduleReplaced`](super::EventKind::ScheduleReplaced).
    ScheduleReplaced,
    /// [`ScheduleUpdated`](super::EventKind::ScheduleUpdated).
    ScheduleUpdated,
    /// [`SchedulePaused`](super::EventKind::SchedulePaused).
    SchedulePaused,
    /// [`ScheduleResumed`](super::EventKind::ScheduleResumed).
    ScheduleResumed,
    /// [`ScheduleRemoved`](super::EventKind::ScheduleRemoved).
    ScheduleRemoved,
    /// [`ScheduleExhausted`](super::EventKind::ScheduleExhausted).
    ScheduleExhausted,
    /// [`ScheduleNeverDue`](super::EventKind::ScheduleNeverDue).
    ScheduleNeverDue,
    /// [`ScheduleFaulted`](super::EventKind::ScheduleFaulted).
    ScheduleFaulted,
    /// [`OccurrenceKept`](super::EventKind::OccurrenceKept).
    OccurrenceKept,
    /// [`OccurrencesSkipped`](super::EventKind::OccurrencesSkipped).
    OccurrencesSkipped,
    /// [`BackfillStarted`](super::EventKind::BackfillStarted).
    BackfillStarted,
    /// [`BackfillFinished`](super::EventKind::BackfillFinished).
    BackfillFinished,
    /// [`JobScheduled`](super::EventKind::JobScheduled).
    JobScheduled,
    /// [`JobClaimed`](super::EventKind::JobClaimed).
    JobClaimed,
    /// [`JobStarted`](super::EventKind::JobStarted).
    JobStarted,
    /// [`JobThrottled`](super::EventKind::JobThrottled).
    JobThrottled,
    /// [`JobProgress`](super::EventKind::JobProgress).
    JobProgress,
    /// [`JobTimedOut`](super::EventKind::JobTimedOut).
    JobTimedOut,
    /// [`JobCancelling`](super::EventKind::JobCancelling).
    JobCancelling,
    /// [`JobRetrying`](super::EventKind::JobRetrying).
    JobRetrying,
    /// [`JobFinished`](super::EventKind::JobFinished).
    JobFinished,
    /// [`Lagged`](super::EventKind::Lagged).
    Lagged,
}

impl EventName {
    /// The events of the scheduler itself.
    pub(super) const SCHEDULER: &[Self] = &[
        Self::StateChanged,
        Self::ClockJumped,
        Self::SleepsEndEarly,
        Self::Lagged,
    ];

    /// Returns whether the event concerns one job.
    pub(super) const fn is_of_job(self) -> bool {
        matches!(
            self,
            Self::JobScheduled
                | Self::JobClaimed
                | Self::JobStarted
                | Self::JobThrottled
                | Self::JobProgress
                | Self::JobTimedOut
                | Self::JobCancelling
                | Self::JobRetrying
                | Self::JobFinished
        )
    }

    /// Returns whether the event concerns the scheduler itself.
    pub(super) fn is_of_scheduler(self) -> bool {
        Self::SCHEDULER.contains(&self)
    }
}
