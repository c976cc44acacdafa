//! Delayed jobs.

use super::record::{JobRecord, Stage};
use crate::engine::{Engine, Key, time::nanos};
use crate::{Now, Timeline, job::Start};

impl Engine {
    pub(in crate::engine) fn delay(&mut self, key: Key, start: Start, now: &Now) {
        let started = self.has_started();
        let due = match start {
            Start::Now => 0,
            Start::At(instant) => self.cx.clocks.deadline(Timeline::Wall, instant, now),
            Start::After(delay) if started => {
                self.cx.clocks.elapsed(now).saturating_add(nanos(delay))
            }
            Start::After(delay) => nanos(delay),
        };
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Delayed;
        record.due = due;
        self.jobs.queue.delayed += 1;
        if started {
            self.cx.arm(due, key.slot);
        } else {
            self.jobs.queue.unarmed.push(key);
        }
        if matches!(start, Start::At(_)) {
            self.cx.deadlines.wall_jobs += 1;
            self.cx.watch_wall_clock();
        }
    }

    /// Removes keys of cancelled jobs, so that they do not accumulate before the start.
    pub(in crate::engine) fn tidy_unarmed(&mut self) {
        if self.jobs.queue.unarmed.len() > 2 * self.jobs.queue.delayed + 64 {
            let mut unarmed = std::mem::take(&mut self.jobs.queue.unarmed);
            unarmed.retain(|&key| self.stage_of(key) == Some(Stage::Delayed));
            unarmed.shrink_to(2 * unarmed.len());
            self.jobs.queue.unarmed = unarmed;
        }
    }

    /// Arms jobs that were delayed before the start; their delays count from the start (`LC-021`).
    pub(in crate::engine) fn arm_delayed(&mut self, now: &Now) {
        let elapsed = self.cx.clocks.elapsed(now);
        for key in std::mem::take(&mut self.jobs.queue.unarmed) {
            let Some(record) = self.jobs.records.get_mut(key) else {
                continue;
            };
            record.due = match record.wall_instant() {
                Some(instant) => self.cx.clocks.deadline(Timeline::Wall, instant, now),
                None => record.due.saturating_add(elapsed),
            };
            let due = record.due;
            self.cx.arm(due, key.slot);
        }
    }

    /// Rearms jobs that wait for wall-clock times, after the clock was set.
    pub(in crate::engine) fn rearm_wall_jobs(&mut self, now: &Now) {
        if self.cx.deadlines.wall_jobs == 0 || self.closing.is_some() {
            return;
        }
        let waits = |(key, record): (Key, &JobRecord)| Some((key, record.wall_instant()?));
        let waiting: Vec<_> = self.jobs.records.iter().filter_map(waits).collect();
        for (key, instant) in waiting {
            let due = self.cx.clocks.deadline(Timeline::Wall, instant, now);
            if let Some(record) = self.jobs.records.get_mut(key) {
                record.due = due;
            }
            self.cx.disarm();
            self.cx.arm(due, key.slot);
        }
    }

    /// Handles the deadline of the job in `slot`, unless the entry is stale.
    pub(in crate::engine) fn job_due(&mut self, slot: u32, deadline: u64, now: &Now) {
        let Some(key) = self.jobs.records.key_of_slot(slot) else {
            return self.cx.deadlines.timers.note_discarded();
        };
        let wall = self.cx.horizon().wall;
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        if !record.waits_for(deadline) {
            return self.cx.deadlines.timers.note_discarded();
        }
        let early = record.wall_instant().filter(|&instant| instant > wall);
        if let Some(instant) = early {
            // The wall clock was set back: not yet.
            record.due = self.cx.clocks.deadline(Timeline::Wall, instant, now);
            let due = record.due;
            return self.cx.arm(due, slot);
        }
        if record.stage == Stage::Retrying {
            self.jobs.queue.retrying -= 1;
        } else {
            self.undelay(key);
        }
        if let Some(record) = self.jobs.records.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
        self.enqueue(key, now);
    }

    pub(in crate::engine) fn undelay(&mut self, key: Key) {
        self.jobs.queue.delayed -= 1;
        let wall = self.jobs.records.get(key).and_then(JobRecord::wall_instant);
        self.cx.deadlines.wall_jobs -= usize::from(wall.is_some());
    }
}
