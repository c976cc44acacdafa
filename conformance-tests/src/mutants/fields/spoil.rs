//! [`Spoil`]: the ways in which a value can be wrong.

use std::{collections::BTreeMap, panic::Location, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    JobHandle, JobId, ScheduleHandle, ScheduleId, State,
    backfill::{BackfillHandle, BackfillId},
    event::StateCause,
    job::{CancelReason, CancelStatus, JobError, JobPolicy, JobStatus, OutcomeKind},
    schedule::{Count, RunCause, ScheduleEnd, SkipReason},
    shutdown::Named,
};

use super::list::join;

/// A value that can be made wrong in several ways.
pub(super) trait Spoil: Sized {
    /// Describes each way.
    fn ways() -> Vec<String>;

    /// Falsifies the value in the way with this index. The result may equal the true value.
    fn spoil(&mut self, way: usize);

    /// Returns a value to put where the true value is absent.
    fn sample() -> Option<Self> {
        None
    }
}

fn named(ways: &[&str]) -> Vec<String> {
    ways.iter().map(|way| (*way).to_owned()).collect()
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Spoil for $number {
            fn ways() -> Vec<String> {
                named(&["zero", "one more", "one less"])
            }

            fn spoil(&mut self, way: usize) {
                *self = [0, self.saturating_add(1), self.saturating_sub(1)][way];
            }

            fn sample() -> Option<Self> {
                Some(7)
            }
        }
    )*};
}

numbers!(u32, u64, usize);

/// Implements [`Spoil`] by a constant, or by another constant if the first is the true value.
macro_rules! constants {
    ($($value:ty: $wrong:expr, $other:expr;)*) => {$(
        impl Spoil for $value {
            fn ways() -> Vec<String> {
                named(&["another"])
            }

            fn spoil(&mut self, _: usize) {
                *self = if *self == $wrong { $other } else { $wrong };
            }

            fn sample() -> Option<Self> {
                Some($wrong)
            }
        }
    )*};
}

constants! {
    JobId: JobId::from_bits(u64::MAX), JobId::from_bits(1);
    BackfillId: BackfillId::from_number(u64::MAX), BackfillId::from_number(1);
    ScheduleId: ScheduleId::new("another"), ScheduleId::new("other");
    f64: 0.25, 0.75;
    Duration: Duration::from_nanos(1), Duration::from_secs(7);
    TimeDelta: TimeDelta::nanoseconds(1), TimeDelta::seconds(7);
    &'static Location<'static>: Location::caller(), Location::caller();
}

/// Implements [`Spoil`] by the variant after the true one.
macro_rules! variants {
    ($($value:ident: $($variant:expr),*;)*) => {$(
        impl Spoil for $value {
            fn ways() -> Vec<String> {
                named(&["another"])
            }

            fn spoil(&mut self, _: usize) {
                let all = [$($variant),*];
                let place = all.iter().position(|one| one == self);
                let next = place.map_or(0, |place| (place + 1) % all.len());
                *self = all[next];
            }

            fn sample() -> Option<Self> {
                [$($variant),*].first().copied()
            }
        }
    )*};
}

variants! {
    State: State::New, State::Starting, State::Running, State::Paused, State::ShuttingDown,
        State::ShutDown;
    StateCause: StateCause::Requested, StateCause::Dropped, StateCause::RuntimeGone,
        StateCause::StartFailed;
    JobStatus: JobStatus::Delayed, JobStatus::Queued, JobStatus::Retrying, JobStatus::Running,
        JobStatus::Cancelling, JobStatus::Handling, JobStatus::Finished;
    CancelStatus: CancelStatus::Prevented, CancelStatus::Requested, CancelStatus::TooLate,
        CancelStatus::Unknown;
    CancelReason: CancelReason::Requested, CancelReason::Shutdown, CancelReason::ScheduleRemoved,
        CancelReason::Replaced, CancelReason::Expired, CancelReason::OutsideHours,
        CancelReason::TimedOut;
    OutcomeKind: OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::TimedOut,
        OutcomeKind::Panicked, OutcomeKind::Cancelled, OutcomeKind::Lost;
    RunCause: RunCause::Due, RunCause::CatchUp, RunCause::ClockRepeat(1), RunCause::RunNow,
        RunCause::Backfill;
    ScheduleEnd: ScheduleEnd::NeverDue, ScheduleEnd::Exhausted, ScheduleEnd::Faulted;
    SkipReason: SkipReason::Misfire, SkipReason::CatchUpWindow, SkipReason::TooMany,
        SkipReason::OutsideHours, SkipReason::Coalesced, SkipReason::Overlap,
        SkipReason::Superseded, SkipReason::BufferFull, SkipReason::Paused,
        SkipReason::ScheduleRemoved, SkipReason::ScheduleChanged, SkipReason::Shutdown,
        SkipReason::AlreadyRan, SkipReason::BackfillEnded;
}

impl Spoil for DateTime<Utc> {
    fn ways() -> Vec<String> {
        named(&["a moment later", "the epoch"])
    }

    fn spoil(&mut self, way: usize) {
        *self = [*self + TimeDelta::milliseconds(1), Self::UNIX_EPOCH][way];
    }

    fn sample() -> Option<Self> {
        Some(Self::UNIX_EPOCH)
    }
}

impl Spoil for Arc<str> {
    fn ways() -> Vec<String> {
        named(&["empty", "another"])
    }

    fn spoil(&mut self, way: usize) {
        *self = ["", "another"][way].into();
    }

    fn sample() -> Option<Self> {
        Some("another".into())
    }
}

impl Spoil for Count {
    fn ways() -> Vec<String> {
        named(&["one more", "the other kind"])
    }

    fn spoil(&mut self, way: usize) {
        *self = match (*self, way) {
            (Self::Exactly(count), 0) => Self::Exactly(count + 1),
            (Self::AtLeast(count), 0) => Self::AtLeast(count + 1),
            (Self::Exactly(count), _) => Self::AtLeast(count),
            (Self::AtLeast(count), _) => Self::Exactly(count),
        };
    }
}

impl Spoil for JobError {
    fn ways() -> Vec<String> {
        named(&["another", "of another kind"])
    }

    fn spoil(&mut self, way: usize) {
        match (way, &*self) {
            (0, Self::Panicked(_)) => *self = Self::Panicked("another".into()),
            (0, Self::Failed(_)) => *self = Self::failed("another"),
            (0, Self::TimedOut { in_all, .. }) => {
                let in_all = !in_all;
                let limit = Duration::from_nanos(1);
                *self = Self::TimedOut { limit, in_all };
            }
            (0, _) => {}
            (_, Self::Lost(_)) => *self = Self::failed("another"),
            _ => *self = Self::Lost("another".into()),
        }
    }
}

impl Spoil for JobPolicy {
    fn ways() -> Vec<String> {
        named(&["the default"])
    }

    fn spoil(&mut self, _: usize) {
        *self = Self::default();
    }

    fn sample() -> Option<Self> {
        Some(Self::default())
    }
}

/// The ways in which an `Option` can be wrong, apart from its content.
const OPTIONS: [&str; 2] = ["missing", "invented"];

impl<T: Spoil> Spoil for Option<T> {
    fn ways() -> Vec<String> {
        let own = T::sample().map_or(&OPTIONS[..1], |_| &OPTIONS);
        named(own).into_iter().chain(T::ways()).collect()
    }

    fn spoil(&mut self, way: usize) {
        let own = T::sample().map_or(1, |_| OPTIONS.len());
        match (way, &mut *self) {
            (0, _) => *self = None,
            (1, None) => *self = T::sample(),
            (1, Some(_)) if own > 1 => {}
            (_, Some(value)) => value.spoil(way - own),
            (_, None) => {}
        }
    }
}

impl<T: Spoil + Clone> Spoil for Arc<T> {
    fn ways() -> Vec<String> {
        T::ways()
    }

    fn spoil(&mut self, way: usize) {
        Self::make_mut(self).spoil(way);
    }

    fn sample() -> Option<Self> {
        T::sample().map(Self::new)
    }
}

/// The ways in which a list can be wrong, apart from its elements.
const LISTS: [&str; 4] = [
    "empty",
    "reversed",
    "without its last",
    "with its first twice",
];

impl<T: Spoil + Clone> Spoil for Vec<T> {
    fn ways() -> Vec<String> {
        let each = T::ways().into_iter().map(|way| join("each", &way));
        named(&LISTS).into_iter().chain(each).collect()
    }

    fn spoil(&mut self, way: usize) {
        if let Some(way) = way.checked_sub(LISTS.len()) {
            self.iter_mut().for_each(|one| one.spoil(way));
            return;
        }
        match way {
            0 => self.clear(),
            1 => self.reverse(),
            2 => drop(self.pop()),
            _ => self.extend(self.first().cloned()),
        }
    }
}

/// Implements [`Spoil`] for handles, which hold no data: only the list that contains them can be
/// wrong.
macro_rules! opaque {
    ($($handle:ty),*) => {$(
        impl Spoil for $handle {
            fn ways() -> Vec<String> {
                Vec::new()
            }

            fn spoil(&mut self, _: usize) {}
        }
    )*};
}

opaque!(BackfillHandle, JobHandle, ScheduleHandle);

impl<T: Spoil + Clone> Spoil for Named<T> {
    fn ways() -> Vec<String> {
        Vec::<T>::ways()
    }

    fn spoil(&mut self, way: usize) {
        let mut all: Vec<T> = self.iter().cloned().collect();
        all.spoil(way);
        *self = all.into_iter().collect();
    }
}

impl Spoil for BTreeMap<Arc<str>, Arc<str>> {
    fn ways() -> Vec<String> {
        named(&["empty", "with another value"])
    }

    fn spoil(&mut self, way: usize) {
        match way {
            0 => self.clear(),
            _ => self
                .values_mut()
                .for_each(|value| *value = "another".into()),
        }
    }
}
