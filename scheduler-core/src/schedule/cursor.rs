//! [`Cursor`]: the position of a schedule on its timeline, for exports and imports.

use std::sync::Arc;

use super::{
    repeats::{Passes, StepBack},
    search,
};
use crate::{base::unix_time::UnixTime, trigger::Trigger};

/// The instants that a wall-clock schedule has decided, which determine what repeats after a step back of the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    /// Begin of the present pass; `None` if all instants before the next one are decided.
    pub(crate) since: Option<UnixTime>,
    /// Ranges of instants that were decided before the wall clock was set back.
    pub(crate) passes: Option<Arc<Passes>>,
}

/// The position of a schedule on its timeline.
#[derive(Debug, Clone, Default)]
#[cfg_attr(
    not(feature = "serde"),
    allow(dead_code, reason = "only exports look at it")
)]
pub(crate) struct Cursor {
    /// The next instant, if it is known.
    pub(crate) next: Option<UnixTime>,
    /// A step back of the clock after which the trigger has not returned the next instant yet.
    pub(crate) step: Option<(Arc<Passes>, StepBack)>,
    /// Nanoseconds from the timeline of the schedule to the wall clock.
    pub(crate) lag: i128,
    pub(crate) decided: Decided,
    /// Begin of the pause, by the present wall clock.
    pub(crate) paused_since: Option<UnixTime>,
}

#[cfg_attr(
    not(feature = "serde"),
    allow(dead_code, reason = "only exports look at it")
)]
impl Cursor {
    /// Returns the next instant. Calls the trigger if it has not returned one since the clock was set back.
    pub(crate) fn next(&self, trigger: &dyn Trigger) -> Option<UnixTime> {
        let Some((passes, StepBack { from, now })) = &self.step else {
            return self.next;
        };
        let (first, _) = search::asked(|| passes.first_since(trigger, *from, *now));
        first.ok().flatten().or(self.next)
    }
}
