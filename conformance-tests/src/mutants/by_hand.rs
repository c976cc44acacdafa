//! Flaws of next instants that are set by hand, and of the removal of all schedules.

use chrono::TimeDelta;
use scheduler_core::{
    Result, Schedule, ScheduleHandle, ScheduleId, Scheduler, schedule::ScheduleChange,
};

use super::twist::{Scene, Twist};

/// Mutant 771: a next instant that is set by hand comes a second later.
pub(super) struct ComesLater;

impl Twist for ComesLater {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let handle = on.inner.schedule(id);
        handle.update(change)?;
        let info = handle.info()?;
        match (info.trigger(), info.next) {
            (Some(rule), Some(next)) if !rule.matches(next) => {
                let later = next + TimeDelta::seconds(1);
                handle.update(ScheduleChange::new().waiting_for(later))
            }
            _ => Ok(()),
        }
    }
}

/// Mutant 772: a schedule is live from now on, whatever its setting.
pub(super) const ALWAYS_LIVE_NOW: Adds =
    Adds(|on, schedule| schedule.live_since(on.runtime.now().wall()));

/// A flaw of added schedules.
pub(super) struct Adds(fn(&Scene, Schedule) -> Schedule);

impl Twist for Adds {
    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        let schedules = schedules.into_iter().map(|one| (self.0)(on, one));
        on.inner.add_all(schedules.collect())
    }
}

/// Mutant 773: all schedules are removed one after the other.
pub(super) struct RemovesEach;

impl Twist for RemovesEach {
    fn remove_all(&self, on: &Scene) -> Result<Vec<ScheduleId>> {
        let ids: Vec<_> = on
            .inner
            .schedules()
            .into_iter()
            .map(|info| info.id)
            .collect();
        for id in &ids {
            on.inner.schedule(id).remove()?;
        }
        Ok(ids)
    }
}
