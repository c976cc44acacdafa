//! Delayed jobs.

use super::{
    Engine,
    clock::nanos,
    jobs::{JobRecord, Stage},
    slab::Key,
};
use crate::{Now, Timeline, job::Start};

impl Engine {
    pub(super) fn delay(&mut self, key: Key, start: Start, now: &Now) {
        let started = self.has_started();
        let due = match start {
            Start::Now => 0,
            Start::At(instant) => self.clocks.deadline(Timeline::Wall, instant, now),
            Start::After(delay) if started => self.clocks.elapsed(now).saturating_add(nanos(delay)),
            Start::After(delay) => nanos(delay),
        };
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        record.stage = Stage::Delayed;
        record.due = due;
        self.queue.delayed += 1;
        if started {
            self.arm(due, key.slot);
        } else {
            self.queue.unarmed.push(key);
        }
        if matches!(start, Start::At(_)) {
            self.wall_jobs += 1;
            self.watch_wall_clock(now);
        }
    }

    /// Removes keys of cancelled jobs, so that they do not accumulate before the start.
    pub(super) fn tidy_unarmed(&mut self) {
        if self.queue.unarmed.len() > 2 * self.queue.delayed + 64 {
            let mut unarmed = std::mem::take(&mut self.queue.unarmed);
            unarmed.retain(|&key| self.stage_of(key) == Some(Stage::Delayed));
            unarmed.shrink_to(2 * unarmed.len());
            self.queue.unarmed = unarmed;
        }
    }

    /// Arms jobs that were delayed before the start; their delays count from the start (`LC-021`).
    pub(super) fn arm_delayed(&mut self, now: &Now) {
        let elapsed = self.clocks.elapsed(now);
        for key in std::mem::take(&mut self.queue.unarmed) {
            let Some(record) = self.jobs.get_mut(key) else {
                continue;
            };
            record.due = match record.wall_instant() {
                Some(instant) => self.clocks.deadline(Timeline::Wall, instant, now),
                None => record.due.saturating_add(elapsed),
            };
            let due = record.due;
            self.arm(due, key.slot);
        }
    }

    /// Rearms jobs that wait for wall-clock times, after the clock was set.
    pub(super) fn rearm_wall_jobs(&mut self, now: &Now) {
        if self.wall_jobs == 0 || self.closing.is_some() {
            return;
        }
        let waits = |(key, record): (Key, &JobRecord)| Some((key, record.wall_instant()?));
        let waiting: Vec<_> = self.jobs.iter().filter_map(waits).collect();
        for (key, instant) in waiting {
            let due = self.clocks.deadline(Timeline::Wall, instant, now);
            if let Some(record) = self.jobs.get_mut(key) {
                record.due = due;
            }
            self.disarm();
            self.arm(due, key.slot);
        }
    }

    /// Handles the deadline of the job in `slot`, unless the entry is stale.
    pub(super) fn job_due(&mut self, slot: u32, deadline: u64, now: &Now) {
        let Some(key) = self.jobs.key_of_slot(slot) else {
            return self.timers.note_discarded();
        };
        let wall = self.horizon(now).wall;
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        if !record.waits_for(deadline) {
            return self.timers.note_discarded();
        }
        let early = record.wall_instant().filter(|&instant| instant > wall);
        if let Some(instant) = early {
            // The wall clock was set back: not yet.
            record.due = self.clocks.deadline(Timeline::Wall, instant, now);
            let due = record.due;
            return self.arm(due, slot);
        }
        if record.stage == Stage::Retrying {
            self.queue.retrying -= 1;
        } else {
            self.undelay(key);
        }
        if let Some(record) = self.jobs.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
        self.enqueue(key, now);
    }

    pub(super) fn undelay(&mut self, key: Key) {
        self.queue.delayed -= 1;
        let wall = self.jobs.get(key).and_then(JobRecord::wall_instant);
        self.wall_jobs -= usize::from(wall.is_some());
    }
}
