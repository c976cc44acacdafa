//! [`HeldRuns`]: the runs that wait outside of the queue until their schedule lets them start.

use std::collections::{BTreeMap, BTreeSet};

use super::{Jobs, Stage, start_rules::Wait};
use crate::engine::Key;

/// Runs by their schedule, each with its position in the queue.
#[derive(Default)]
pub(in crate::engine) struct HeldRuns {
    runs: BTreeMap<Key, BTreeSet<(u32, Key)>>,
    len: usize,
}

impl HeldRuns {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn add(&mut self, schedule: Key, place: (u32, Key)) {
        self.len += usize::from(self.runs.entry(schedule).or_default().insert(place));
    }

    fn remove(&mut self, schedule: Key, place: (u32, Key)) {
        let Some(runs) = self.runs.get_mut(&schedule) else {
            return;
        };
        self.len -= usize::from(runs.remove(&place));
        if runs.is_empty() {
            self.runs.remove(&schedule);
        }
    }

    fn take(&mut self, schedule: Key) -> BTreeSet<(u32, Key)> {
        let runs = self.runs.remove(&schedule).unwrap_or_default();
        self.len -= runs.len();
        runs
    }

    fn of(&self, schedule: Key) -> impl Iterator<Item = (u32, Key)> {
        self.runs.get(&schedule).into_iter().flatten().copied()
    }
}

impl Jobs {
    /// Records a run that has left the queue, because its schedule does not let it start.
    pub(super) fn put_aside(&mut self, key: Key, wait: Wait) {
        let turn = self.turn_in_line(key);
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let (stage, aside) = match wait {
            Wait::Paused => (Stage::Parked, &mut self.parked),
            Wait::Surplus => (Stage::Surplus, &mut self.surplus),
        };
        record.stage = stage;
        if let Some(schedule) = record.schedule() {
            aside.add(schedule, (turn, key));
        }
    }

    /// Removes a run that will not start.
    pub(super) fn leave_aside(&mut self, key: Key) {
        let Some(record) = self.records.get(key) else {
            return;
        };
        let Some(schedule) = record.schedule() else {
            return;
        };
        let place = (record.turn, key);
        match record.stage {
            Stage::Parked => self.parked.remove(schedule, place),
            Stage::Surplus => self.surplus.remove(schedule, place),
            _ => {}
        }
    }

    /// Requeues the parked runs of a resumed schedule before all others.
    pub(in crate::engine) fn release_parked(&mut self, schedule: Key) {
        for (_, key) in self.parked.take(schedule) {
            self.return_to_line(key);
        }
    }

    /// Returns whether any run waits until fewer runs of its schedule are active.
    pub(in crate::engine) const fn has_surplus(&self) -> bool {
        self.surplus.len() > 0
    }

    /// Returns the surplus runs of a schedule with their positions in the queue, the first one
    /// first.
    pub(in crate::engine) fn surplus_of(&self, schedule: Key) -> impl Iterator<Item = (u32, Key)> {
        self.surplus.of(schedule)
    }

    /// Requeues a surplus run before the jobs that have not had a permit yet.
    pub(in crate::engine) fn release_surplus(&mut self, key: Key) {
        self.leave_aside(key);
        self.return_to_line(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_schedule_come_back_in_line() {
        let mut aside = HeldRuns::default();
        for turn in [3, 1, 2] {
            aside.add(Key::first(0), (turn, Key::first(turn)));
        }
        aside.add(Key::first(9), (4, Key::first(4)));
        assert_eq!(aside.len(), 4);
        let turns: Vec<_> = aside
            .take(Key::first(0))
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!((turns, aside.len()), (vec![1, 2, 3], 1));
    }

    #[test]
    fn a_run_that_leaves_is_counted_once() {
        let mut aside = HeldRuns::default();
        aside.add(Key::first(0), (1, Key::first(1)));
        for _ in 0..2 {
            aside.remove(Key::first(0), (1, Key::first(1)));
            aside.remove(Key::first(5), (1, Key::first(1)));
        }
        assert_eq!((aside.len(), aside.runs.len()), (0, 0));
    }
}
