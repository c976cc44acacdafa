//! Delayed jobs.

use super::{JobRecord, Jobs, Stage, StartRules};
use crate::{
    Timeline,
    base::unix_time::UnixTime,
    engine::{Cx, Key, time::nanos},
    job::Start,
};

impl Jobs {
    pub(super) fn delay(&mut self, key: Key, start: Start, cx: &mut Cx) {
        let started = cx.lifecycle.has_started();
        let due = match start {
            Start::Now => 0,
            Start::At(instant) => cx.deadline_of(Timeline::Wall, UnixTime::of(instant)),
            Start::After(delay) if started => cx.elapsed().saturating_add(nanos(delay)),
            Start::After(delay) => nanos(delay),
        };
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Delayed;
        record.due = due;
        self.outside.delayed += 1;
        if started {
            cx.arm(due, key.slot);
        } else {
            self.outside.unarmed.push(key);
        }
        if matches!(start, Start::At(_)) {
            self.outside.on_wall += 1;
            cx.watch_wall_clock();
        }
    }

    /// Returns whether a delayed job waits for the wall clock.
    pub(in crate::engine) const fn watch_wall_clock(&self) -> bool {
        self.outside.on_wall > 0
    }

    #[cfg(test)]
    pub(in crate::engine) const fn on_wall(&self) -> usize {
        self.outside.on_wall
    }

    /// Removes keys of cancelled jobs, so that they do not accumulate before the start.
    pub(super) fn tidy_unarmed(&mut self) {
        if self.outside.unarmed.len() > 2 * self.outside.delayed + 64 {
            let mut unarmed = std::mem::take(&mut self.outside.unarmed);
            unarmed.retain(|&key| self.stage_of(key) == Some(Stage::Delayed));
            unarmed.shrink_to(2 * unarmed.len());
            self.outside.unarmed = unarmed;
        }
    }

    /// Arms jobs that were delayed before the start; their delays count from the start (`LC-021`).
    pub(in crate::engine) fn arm_delayed(&mut self, cx: &mut Cx) {
        for key in std::mem::take(&mut self.outside.unarmed) {
            let Some(record) = self.records.get_mut(key) else {
                continue;
            };
            record.due = match record.wall_instant() {
                Some(instant) => cx.deadline_of(Timeline::Wall, instant),
                None => record.due.saturating_add(cx.elapsed()),
            };
            cx.arm(record.due, key.slot);
        }
    }

    /// Rearms jobs that wait for wall-clock times, after the clock was set.
    pub(in crate::engine) fn rearm_wall_jobs(&mut self, cx: &mut Cx) {
        if self.outside.on_wall == 0 || cx.lifecycle.is_closing() {
            return;
        }
        let waits = |(key, record): (Key, &JobRecord)| Some((key, record.wall_instant()?));
        let waiting: Vec<_> = self.records.iter().filter_map(waits).collect();
        for (key, instant) in waiting {
            let due = cx.deadline_of(Timeline::Wall, instant);
            if let Some(record) = self.records.get_mut(key) {
                record.due = due;
            }
            cx.disarm();
            cx.arm(due, key.slot);
        }
    }

    /// Handles the deadline of the job in `slot`, unless the entry is stale.
    pub(in crate::engine) fn handle_due(
        &mut self,
        slot: u32,
        deadline: u64,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) {
        let Some(key) = self.records.key_of_slot(slot) else {
            return cx.deadlines.note_discarded_timer();
        };
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        if !record.waits_for(deadline) {
            return cx.deadlines.note_discarded_timer();
        }
        let is_early = |instant: &UnixTime| *instant > cx.horizon().wall;
        if let Some(instant) = record.wall_instant().filter(is_early) {
            // The wall clock was set back: not yet.
            record.due = cx.deadline_of(Timeline::Wall, instant);
            return cx.arm(record.due, slot);
        }
        if record.stage == Stage::Retrying {
            self.outside.retrying -= 1;
        } else {
            self.undelay(key);
        }
        if let Some(record) = self.records.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
        self.enqueue(key, rules, cx);
    }

    /// Returns whether a timer entry of the job in `slot` is current.
    pub(in crate::engine) fn is_armed(&self, slot: u32, deadline: u64) -> bool {
        let record = self.records.at_slot(slot);
        record.is_some_and(|(_, record)| record.waits_for(deadline))
    }

    pub(super) fn undelay(&mut self, key: Key) {
        self.outside.delayed -= 1;
        let wall = self.records.get(key).and_then(JobRecord::wall_instant);
        self.outside.on_wall -= usize::from(wall.is_some());
    }
}
