//! [`StartRules`]: the rules of the schedules for runs that are about to start.
//!
//! The machine of the jobs is below that of the schedules, and reads it only through this trait.

use super::Jobs;
use crate::{
    SkipReason,
    engine::{Cx, Key, occurrence::Occurrence},
};

/// Reason why a run does not start although a permit is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Wait {
    /// The schedule of the run is paused.
    Paused,
    /// The maximum number of other runs is active.
    Surplus,
}

/// The schedules as seen by the jobs.
pub(in crate::engine) trait StartRules {
    /// Returns why a run of an instant of `schedule` must wait; `None` if it may start.
    fn wait_of(&self, schedule: Key, job: Key, jobs: &Jobs) -> Option<Wait>;

    /// Returns why an instant may no longer start; `None` if it may.
    fn too_late(&self, schedule: Key, what: &Occurrence, cx: &Cx) -> Option<SkipReason>;
}
