//! Decides whether a run of a schedule may still start.
//!
//! A run is decided when its instant is due, and may start much later because of an earlier run, its pace, its
//! rate limit or a missing permit. The catch-up window and the hours apply to the start (`MF-006`, `MF-007`),
//! and the pace is between starts (`MF-008`, `BF-004`).

use super::Schedules;
use crate::{
    Hours, SkipReason,
    base::unix_time::UnixTime,
    engine::{
        Cx, Key,
        jobs::{Jobs, StartRules, Wait},
        occurrence::Occurrence,
    },
    schedule::Policies,
};

/// Returns the maximum lateness of a start, in nanoseconds, at the wall-clock time `wall`, and the reason for which
/// later starts are missed.
pub(super) fn age_limit(policies: &Policies, wall: UnixTime) -> Option<(i128, SkipReason)> {
    let grace = policies.misfire.grace.as_nanos().cast_signed();
    let open = |hours: &Hours| hours.contains(wall.date());
    if policies.hours.as_ref().is_some_and(|hours| !open(hours)) {
        return Some((grace, SkipReason::OutsideHours));
    }
    let window = policies.misfire.window?.as_nanos().cast_signed();
    Some((window.max(grace), SkipReason::CatchUpWindow))
}

impl StartRules for Schedules {
    fn wait_of(&self, schedule: Key, job: Key, jobs: &Jobs) -> Option<Wait> {
        if self.get(schedule)?.is_paused() {
            return Some(Wait::Paused);
        }
        self.is_surplus(schedule, job, jobs)
            .then_some(Wait::Surplus)
    }

    fn too_late(&self, schedule: Key, what: &Occurrence, cx: &Cx) -> Option<SkipReason> {
        let record = self.get(schedule)?;
        let (age, reason) = age_limit(record.policies(), cx.wall())?;
        let reading = record.reading(cx);
        let late = reading.since(what.nominal) - i128::from(what.shift);
        (late > age).then_some(reason)
    }
}

impl Policies {
    /// Returns whether the time of the start matters.
    pub(super) fn watch_starts(&self) -> bool {
        let misfire = &self.misfire;
        misfire.window.is_some() || self.hours.is_some() || !misfire.pace.is_zero()
    }
}
