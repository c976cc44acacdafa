//! [`EventName`]: the names of all kinds of events.

/// Defines [`EventName`] and the set of each family, so that every name is in exactly one of them.
macro_rules! names {
    ($($(#[$what:meta])* $family:ident: [$($name:ident),* $(,)?];)*) => {
        /// The name of an [`EventKind`](super::EventKind), without its data. Filters are built from names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum EventName {
            $($(
                #[doc = concat!("[`", stringify!($name), "`](super::EventKind::", stringify!($name), ").")]
                $name,
            )*)*
        }

        impl NameSet {
            $($(#[$what])* pub(super) const $family: Self = Self::of(&[$(EventName::$name),*]);)*
        }
    };
}

names! {
    /// The events of the scheduler itself and of its queues.
    OF_SCHEDULER: [
        StateChanged,
        QueuePaused,
        QueueResumed,
        ClockJumped,
        SleepsEndEarly,
        StoreLost,
        StoreBack,
        NodeReplaced,
        NodeRemoved,
        Lagged,
    ];
    /// The events of schedules and backfills.
    OF_SCHEDULES: [
        ScheduleAdded,
        ScheduleReplaced,
        ScheduleUpdated,
        SchedulePaused,
        ScheduleResumed,
        ScheduleRemoved,
        ScheduleExhausted,
        ScheduleNeverDue,
        ScheduleFaulted,
        OccurrenceKept,
        OccurrencesSkipped,
        BackfillStarted,
        BackfillFinished,
    ];
    /// The events that concern one job.
    OF_JOBS: [
        JobScheduled,
        JobClaimed,
        JobStarted,
        JobThrottled,
        JobProgress,
        JobTimedOut,
        JobCancelling,
        JobRetrying,
        JobFinished,
    ];
}

/// A set of names. One bit each, so that the union of any number of filters is tested at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NameSet(u64);

impl NameSet {
    pub(super) const ALL: Self = Self(u64::MAX);

    pub(crate) const fn of(names: &[EventName]) -> Self {
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

    /// Returns whether the two sets have a name in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
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
