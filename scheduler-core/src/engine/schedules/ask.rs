//! [`Ask`]: a question to the trigger of a schedule.

use crate::{base::unix_time::UnixTime, schedule::repeats::StepBack};

/// A question to the trigger of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// Ask for the first instant of a schedule that starts, with the time on both timelines.
    First {
        wall: UnixTime,
        elapsed: UnixTime,
        /// An instant that the previous trigger has decided.
        taken: Option<UnixTime>,
    },
    /// Decide about `nominal`, which is due, and the instants after it.
    Due {
        nominal: UnixTime,
        /// Present time on the timeline of the schedule.
        now: UnixTime,
        wall: UnixTime,
    },
    /// Ask for the first instant from `from` on. The schedule was paused while it waited for
    /// `nominal`.
    Resume { nominal: UnixTime, from: UnixTime },
    /// Ask for the first instant from now on, because the schedule is resumed. Instants before the
    /// pause are not skipped.
    ResumeNow {
        nominal: UnixTime,
        /// Begin of the pause and present time, on the timeline of the schedule.
        since: UnixTime,
        now: UnixTime,
        wall: UnixTime,
    },
    /// Ask for the first instant from `from` on, because the wall clock was set back to `now` while
    /// the schedule waited for `nominal`. When the clock was set is not known.
    SetBack {
        nominal: UnixTime,
        from: UnixTime,
        now: UnixTime,
    },
    /// Ask only for the jitter of the start for `nominal`.
    Shift { nominal: UnixTime },
}

impl Ask {
    /// Creates the question after a step back of the wall clock.
    pub(super) const fn back(nominal: UnixTime, step: StepBack) -> Self {
        Self::SetBack {
            nominal,
            from: step.from,
            now: step.now,
        }
    }

    /// Returns whether the question is for the first instant of a schedule that starts.
    pub(super) const fn is_first(self) -> bool {
        matches!(self, Self::First { .. })
    }

    /// Returns the wall-clock time of the question, if it matters.
    pub(super) const fn wall(self) -> Option<UnixTime> {
        match self {
            Self::First { wall, .. } | Self::Due { wall, .. } | Self::ResumeNow { wall, .. } => {
                Some(wall)
            }
            Self::SetBack { now, .. } => Some(now),
            Self::Resume { .. } | Self::Shift { .. } => None,
        }
    }
}
