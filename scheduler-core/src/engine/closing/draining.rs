//! A graceful shutdown runs what was accepted and is due (`LC-017`, `SD-007`): jobs that wait for a
//! permit or a token, kept instants, catch-up runs, attempts that come in time. Nothing new becomes
//! due.

use crate::engine::{
    Engine,
    jobs::{JobRecord, Rates, Stage},
};
use crate::{Now, job::CancelReason};

impl Engine {
    /// Returns whether a shutdown allows an attempt to begin at `due`.
    pub(in crate::engine) fn may_begin_at(&self, due: u64) -> bool {
        let ends = self.drain_deadline();
        ends.is_none_or(|end| self.cx.lifecycle.drains && due < end)
    }

    /// Returns whether an accepted job or run has not started.
    pub(in crate::engine) fn has_more_to_drain(&self) -> bool {
        let queue = &self.jobs.queue;
        let waiting =
            queue.queued + queue.throttled + queue.surplus + queue.retrying + queue.delayed;
        self.cx.lifecycle.drains
            && (waiting > 0
                || !self.cx.deadlines.paces.is_empty()
                || self.schedules.has_undecided())
    }

    /// Cancels waiting jobs that may not start: during a drain, those that are not due, or whose retry is not due
    /// before `end`.
    pub(in crate::engine) fn cancel_waiting(&mut self, end: u64, now: &Now) {
        let elapsed = self.cx.clocks.elapsed(now);
        for key in self.keys(false) {
            let record = self
                .jobs
                .records
                .get(key)
                .filter(|_| self.cx.lifecycle.drains);
            let is_due = record.is_some_and(|record| record.is_due(elapsed, end));
            // Its schedule can no longer be resumed, so waiting for it would never end.
            if is_due && !self.is_of_paused(key) {
                continue;
            }
            self.prevent(key, CancelReason::Shutdown, now);
        }
    }

    /// Ends the drain: no waiting job or run starts any longer.
    pub(in crate::engine) fn end_drain(&mut self, now: &Now) {
        if !std::mem::take(&mut self.cx.lifecycle.drains) {
            return;
        }
        self.discard_schedules(now);
        self.cancel_waiting(0, now);
        self.jobs.rates = Rates::default();
        self.cx.deadlines.timers.clear();
    }
}

impl JobRecord {
    /// Returns whether the job is due at `elapsed`, or waits for a retry before `end`.
    const fn is_due(&self, elapsed: u64, end: u64) -> bool {
        match self.stage {
            Stage::Queued | Stage::Throttled | Stage::Surplus | Stage::Deciding => true,
            Stage::Delayed => self.due <= elapsed,
            Stage::Retrying => self.due < end,
            Stage::Parked | Stage::Running | Stage::Cancelling => false,
        }
    }
}
