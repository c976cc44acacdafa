//! Detects when nothing is left to do, and wakes the callers of `wait_idle`.
//!
//! They are woken only when the scheduler may have become idle, not at each call while nothing runs.

use crate::Now;
use crate::engine::{Engine, jobs::Queue, time::NEVER};

/// State at the last check.
#[derive(Default)]
pub(in crate::engine) struct Stillness {
    /// Nothing ran at the end of the last call.
    was_still: bool,
    /// A caller waits for due entries that the driver has not taken.
    awaits_due: bool,
    /// The driver has taken those entries since.
    is_due_taken: bool,
}

impl Engine {
    /// Returns whether no job runs and none is due. Unless the scheduler runs, returns whether no job runs.
    pub(crate) fn is_idle(&self, now: &Now) -> bool {
        let due = || {
            let next = self.cx.deadlines.timers.next_deadline().unwrap_or(NEVER);
            let pace = self
                .cx
                .deadlines
                .paces
                .first()
                .map_or(NEVER, |&(pace, _)| pace);
            next.min(pace).min(self.backfill_deadline()) <= self.cx.clocks.elapsed(now)
        };
        self.is_still() && (!self.starts_jobs() || !due())
    }

    /// Same as `is_idle`, and registers the caller to be woken when that may change.
    pub(crate) fn check_idle(&mut self, now: &Now) -> bool {
        self.cx.begin(now);
        let idle = self.is_idle(now);
        self.stillness.awaits_due |= !idle && self.is_still();
        idle
    }

    /// Records that the driver takes due entries.
    pub(in crate::engine) fn note_due_taken(&mut self) {
        self.stillness.is_due_taken |= std::mem::take(&mut self.stillness.awaits_due);
    }

    /// Returns whether callers must check again: nothing runs any longer, or the state or the due entries
    /// changed.
    pub(in crate::engine) fn has_come_to_rest(&mut self) -> bool {
        let is_still = self.is_still();
        let was_still = std::mem::replace(&mut self.stillness.was_still, is_still);
        let is_due_taken = is_still && std::mem::take(&mut self.stillness.is_due_taken);
        is_still && (!was_still || is_due_taken || self.cx.outbox.state_changed)
    }

    /// Returns whether nothing runs, regardless of due entries.
    fn is_still(&self) -> bool {
        let nothing_runs = self.jobs.queue.running == 0 && self.jobs.handling.is_empty();
        nothing_runs && (!self.starts_jobs() || self.unsettled() == 0)
    }

    /// Returns the number of pending operations other than running jobs.
    fn unsettled(&self) -> usize {
        let Queue {
            queued,
            throttled,
            retrying,
            ..
        } = &self.jobs.queue;
        *queued + *throttled + *retrying + self.cx.asking.len()
    }
}
