//! [`Ask`]: what a trigger is asked.

use chrono::{DateTime, Utc};

use crate::schedule::repeats::StepBack;

/// A question to the trigger of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The first instant of a schedule that starts, with the time on both timelines.
    First {
        wall: DateTime<Utc>,
        elapsed: DateTime<Utc>,
        /// An instant that the previous trigger has decided.
        taken: Option<DateTime<Utc>>,
    },
    /// A decision about `nominal`, which is due, and the instants after it.
    Due {
        nominal: DateTime<Utc>,
        /// Present time on its timeline.
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    },
    /// The first instant from `from` on, of a schedule that was paused while it waited for
    /// `nominal`.
    Resume {
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
    },
    /// The first instant from now on, of a schedule that resumes. Instants before the pause are not skipped.
    ResumeNow {
        nominal: DateTime<Utc>,
        /// Begin of the pause and present time, on its timeline.
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    },
    /// The first instant from `from` on, now that the wall clock was set back to `now`, of a schedule
    /// that waits for `nominal`. When between the two the clock was set is not known.
    SetBack {
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    /// Only the jitter of the start for `nominal`.
    Shift { nominal: DateTime<Utc> },
}

impl Ask {
    /// Asks for the first instant after a step back of the wall clock.
    pub(super) const fn back(nominal: DateTime<Utc>, step: StepBack) -> Self {
        Self::SetBack {
            nominal,
            from: step.from,
            now: step.now,
        }
    }

    /// Returns whether it asks for the first instant of a schedule that starts.
    pub(super) const fn is_first(self) -> bool {
        matches!(self, Self::First { .. })
    }

    /// Wall-clock time of the question, if it matters.
    pub(super) const fn wall(self) -> Option<DateTime<Utc>> {
        match self {
            Self::First { wall, .. } | Self::Due { wall, .. } | Self::ResumeNow { wall, .. } => {
                Some(wall)
            }
            Self::SetBack { now, .. } => Some(now),
            Self::Resume { .. } | Self::Shift { .. } => None,
        }
    }
}
