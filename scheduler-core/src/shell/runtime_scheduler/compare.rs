//! Compares new triggers with those that they replace. This calls user code, so it runs without the lock.
//!
//! If another call changes the schedule in between, the comparison is repeated. Each repetition means that
//! another change was applied, so the loop makes progress.

use crate::{Conflict, Result, Schedule, ScheduleChange, ScheduleId, shell::shared::Shared};

impl Shared {
    pub(super) fn add_compared(&self, mut schedule: Schedule) -> Result<ScheduleId> {
        schedule.find_first();
        let mut offered = Some(schedule);
        loop {
            offered
                .iter_mut()
                .for_each(|schedule| self.compare(schedule));
            let added = self.call(|engine, now| {
                let schedule = offered.take_if(|schedule| engine.is_compared(schedule));
                schedule.map(|schedule| engine.add(schedule, now))
            });
            if let Some(added) = added {
                return added;
            }
        }
    }

    pub(super) fn add_all_compared(&self, mut offered: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        offered.iter_mut().for_each(Schedule::find_first);
        loop {
            offered
                .iter_mut()
                .for_each(|schedule| self.compare(schedule));
            let added = self.call(|engine, now| {
                let all = offered.iter().all(|schedule| engine.is_compared(schedule));
                all.then(|| engine.add_all(std::mem::take(&mut offered), now))
            });
            if let Some(added) = added {
                return added;
            }
        }
    }

    fn compare(&self, schedule: &mut Schedule) {
        if schedule.conflict != Conflict::Replace {
            // It replaces nothing, so nothing is compared.
            schedule.compared = None;
            return;
        }
        let present = self.look(|engine| engine.trigger_to_replace(schedule));
        schedule.compared = present.map(|present| present.compare(&**schedule.trigger));
    }

    pub(super) fn update_compared(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let mut offered = Some(change);
        loop {
            let change = offered.as_mut();
            change
                .into_iter()
                .for_each(|change| self.compare_change(id, change));
            let updated = self.call(|engine, now| {
                let change = offered.take_if(|change| engine.is_compared_change(id, change));
                change.map(|change| engine.update(id, change, now))
            });
            if let Some(updated) = updated {
                return updated;
            }
        }
    }

    fn compare_change(&self, id: &ScheduleId, change: &mut ScheduleChange) {
        let Some((trigger, ..)) = &change.trigger else {
            return;
        };
        let present = self.look(|engine| engine.present_trigger(id));
        change.compared = present.map(|present| present.compare(&***trigger));
    }
}
