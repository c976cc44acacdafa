//! [`SchedulePermits`]: how many runs of each schedule have a permit.

use super::JobExtras;
use crate::engine::Key;

/// Numbers of runs with a permit, by the slots of their schedules. Runs of `run_now` are not counted.
///
/// A schedule keeps its slot while it has runs.
#[derive(Debug, Default)]
pub(super) struct SchedulePermits(Vec<usize>);

impl SchedulePermits {
    pub(super) fn take(&mut self, run: Option<&JobExtras>) {
        let Some(schedule) = counted(run) else {
            return;
        };
        let slot = schedule.slot as usize;
        if self.0.len() <= slot {
            self.0.resize(slot + 1, 0);
        }
        self.0[slot] += 1;
    }

    pub(super) fn give_back(&mut self, run: Option<&JobExtras>) {
        let slot = counted(run).map(|schedule| schedule.slot as usize);
        if let Some(count) = slot.and_then(|slot| self.0.get_mut(slot)) {
            *count -= 1;
        }
    }

    pub(super) fn of(&self, schedule: Key) -> usize {
        self.0.get(schedule.slot as usize).copied().unwrap_or(0)
    }
}

/// Returns the schedule of a run that counts.
fn counted(run: Option<&JobExtras>) -> Option<Key> {
    run.filter(|run| !run.is_asked_for())?.schedule
}
