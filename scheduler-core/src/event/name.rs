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

/// A set of names. One bit each, so that the union of any number of filters is tested at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NameSet(u64);

impl NameSet {
    pub(super) const ALL: Self = Self(u64::MAX);

    /// The events of the scheduler itself.
    pub(super) const OF_SCHEDULER: Self = Self::of(&[
        EventName::StateChanged,
        EventName::ClockJumped,
        EventName::SleepsEndEarly,
        EventName::Lagged,
    ]);

    /// The events that concern one job.
    pub(super) const OF_JOBS: Self = Self::of(&[
        EventName::JobScheduled,
        EventName::JobClaimed,
        EventName::JobStarted,
        EventName::JobThrottled,
        EventName::JobProgress,
        EventName::JobTimedOut,
        EventName::JobCancelling,
        EventName::JobRetrying,
        EventName::JobFinished,
    ]);

    /// The events of schedules and backfills.
    pub(super) const OF_SCHEDULES: Self = Self(!(Self::OF_SCHEDULER.0 | Self::OF_JOBS.0));

    pub(super) const fn of(names: &[EventName]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < names.len() {
            bits |= Self::bit(names[index]);
            index += 1;
        }
        Self(bits)
    }

    const fn bit(name: EventName) -> u64 {
        1 << name as u64
    }

    pub(crate) const fn contains(self, name: EventName) -> bool {
        self.0 & Self::bit(name) != 0
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
