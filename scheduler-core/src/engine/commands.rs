//! Commands: what users ask of the engine.

use chrono::{DateTime, Utc};

use super::{
    Engine, PlanRequest,
    schedules::{history::Known, succession::Standing},
};
use crate::{Decision, Now, Result, Schedule, ScheduleChange, ScheduleId, ScheduleInfo};

impl Engine {
    pub(crate) fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        self.schedules.history(id)
    }

    /// Returns the facts about an instant of a schedule.
    pub(crate) fn explain(
        &self,
        id: &ScheduleId,
        instant: DateTime<Utc>,
        now: &Now,
    ) -> Result<Known> {
        self.cx.begin(now);
        self.schedules.explain(id, instant, &self.cx)
    }

    /// Returns whether a schedule has no further instant.
    pub(crate) fn has_ended(&self, id: &ScheduleId) -> bool {
        self.schedules.has_ended(id)
    }

    #[cfg(test)]
    pub(crate) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.schedules.schedule_info(id)
    }

    /// Returns the state of a schedule at `now`.
    pub(crate) fn schedule_info_at(&self, id: &ScheduleId, now: &Now) -> Option<ScheduleInfo> {
        self.cx.begin(now);
        self.schedules.schedule_info_at(id, &self.cx)
    }

    pub(crate) fn schedule_infos_at(&self, now: &Now) -> Vec<ScheduleInfo> {
        self.cx.begin(now);
        self.schedules.schedule_infos_at(&self.cx)
    }

    /// Returns what a preview needs without the lock: the trigger and the cursor.
    pub(crate) fn preview(
        &self,
        id: &ScheduleId,
        now: &Now,
    ) -> Result<(PlanRequest, Option<DateTime<Utc>>)> {
        self.cx.begin(now);
        self.schedules.preview(id, &self.cx)
    }

    /// Returns the trigger to compare with.
    pub(crate) fn standing(&self, id: &ScheduleId) -> Option<Standing> {
        self.schedules.standing(id)
    }

    /// Returns the trigger that `schedule` would replace.
    pub(crate) fn standing_before(&self, schedule: &Schedule) -> Option<Standing> {
        self.schedules.standing_before(schedule)
    }

    /// Returns whether the trigger of `schedule` was compared with the present one that it would replace, if any.
    pub(crate) fn is_compared(&self, schedule: &Schedule) -> bool {
        self.schedules.is_compared(schedule)
    }

    /// Returns whether the trigger of a change was compared with the present one of the schedule.
    pub(crate) fn is_compared_change(&self, id: &ScheduleId, change: &ScheduleChange) -> bool {
        self.schedules.is_compared_change(id, change)
    }
}
