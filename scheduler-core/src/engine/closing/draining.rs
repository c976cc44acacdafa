//! A graceful shutdown runs what was accepted and is due (`LC-017`, `SD-007`): jobs that wait for a
//! permit or a token, kept instants, catch-up runs, attempts that come in time. Nothing new becomes
//! due.

use crate::{
    engine::{
        Engine,
        time::{Kind, NEVER},
    },
    job::CancelReason,
};

impl Engine {
    /// Returns whether an accepted job or run has not started.
    pub(in crate::engine) fn has_more_to_drain(&self) -> bool {
        let is_paced = || self.cx.deadlines.next_of(Kind::Pace) < NEVER;
        self.cx.lifecycle.drains
            && (self.jobs.has_more_to_drain() || is_paced() || self.schedules.has_undecided())
    }

    /// Cancels waiting jobs that may not start: during a drain, those that are not due, or whose retry is not due
    /// before `end`.
    pub(in crate::engine) fn cancel_waiting(&mut self, end: u64) {
        for key in self.jobs.waiting_keys() {
            let drains = self.cx.lifecycle.drains;
            if drains && self.jobs.is_drained(key, end, &self.schedules, &self.cx) {
                continue;
            }
            let run = self.jobs.prevent(key, CancelReason::Shutdown, &mut self.cx);
            self.run_ended(run);
        }
    }

    /// Ends the drain: no waiting job or run starts any longer.
    pub(in crate::engine) fn end_drain(&mut self) {
        if !std::mem::take(&mut self.cx.lifecycle.drains) {
            return;
        }
        self.discard_schedules();
        self.cancel_waiting(0);
        self.jobs.forget_rates(&mut self.cx);
        self.cx.deadlines.timers.clear();
    }
}
