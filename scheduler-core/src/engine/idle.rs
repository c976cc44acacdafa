//! Whether anything is left to do, and when those who wait for that are to look.
//!
//! They are woken when it may have come about, not at each call while nothing runs: a job that waits
//! for its next attempt would have all of them look at whatever else is called.

use super::{Engine, clock::NEVER, queue::Queue};
use crate::Now;

/// How it stood when somebody last looked.
#[derive(Default)]
pub(super) struct Stillness {
    /// Nothing was under way at the end of the last call.
    was_still: bool,
    /// Somebody waits for what is due and has not been taken.
    awaits_due: bool,
    /// What was due then has been taken since.
    is_due_taken: bool,
}

impl Engine {
    /// Whether nothing runs and nothing is due; while it does not run, whether nothing runs.
    pub(crate) fn is_idle(&self, now: &Now) -> bool {
        let due = || {
            let next = self.timers.next_deadline().unwrap_or(NEVER);
            let pace = self.paces.first().map_or(NEVER, |&(pace, _)| pace);
            next.min(pace).min(self.backfill_deadline()) <= self.clocks.elapsed(now)
        };
        self.is_still() && (!self.starts_jobs() || !due())
    }

    /// The same for somebody who is woken, if it is not, when it may be.
    pub(crate) fn check_idle(&mut self, now: &Now) -> bool {
        let idle = self.is_idle(now);
        self.stillness.awaits_due |= !idle && self.is_still();
        idle
    }

    /// The driver takes what is due.
    pub(super) fn note_due_taken(&mut self) {
        self.stillness.is_due_taken |= std::mem::take(&mut self.stillness.awaits_due);
    }

    /// Whether nothing is under way any more that was, or the state or what is due has changed.
    pub(super) fn has_come_to_rest(&mut self) -> bool {
        let is_still = self.is_still();
        let was_still = std::mem::replace(&mut self.stillness.was_still, is_still);
        let is_due_taken = is_still && std::mem::take(&mut self.stillness.is_due_taken);
        is_still && (!was_still || is_due_taken || self.state_changed)
    }

    /// Whether nothing is under way, whatever may be due.
    fn is_still(&self) -> bool {
        let nothing_runs = self.queue.running == 0 && self.handling.is_empty();
        nothing_runs && (!self.starts_jobs() || self.unsettled() == 0)
    }

    /// How many things are under way although nothing runs.
    fn unsettled(&self) -> usize {
        let Queue {
            queued,
            throttled,
            retrying,
            ..
        } = &self.queue;
        *queued + *throttled + *retrying + self.asking.len()
    }
}
