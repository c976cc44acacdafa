//! [`Stillness`]: detects when nothing is left to do, and wakes the callers of `wait_idle`.
//!
//! They are woken only when the scheduler may have become idle, not at each call while nothing runs.

use super::{Cx, jobs::Jobs, time::Kind};

/// State at the last check.
#[derive(Default)]
pub(super) struct Stillness {
    /// Whether nothing ran at the end of the last call.
    was_still: bool,
    /// Whether a caller waits for due entries that the driver has not taken.
    awaits_due: bool,
    /// Whether the driver has taken due entries since a caller began to wait for them.
    is_due_taken: bool,
}

impl Stillness {
    /// Returns whether no job runs and none is due, and registers the caller to be woken when that may change.
    /// Unless the scheduler runs, returns whether no job runs.
    pub(super) fn check(&mut self, jobs: &Jobs, cx: &Cx) -> bool {
        let idle = is_idle(jobs, cx);
        self.awaits_due |= !idle && is_still(jobs, cx);
        idle
    }

    /// Records that the driver takes due entries.
    pub(super) fn note_due_taken(&mut self) {
        self.is_due_taken |= std::mem::take(&mut self.awaits_due);
    }

    /// Returns whether the callers must check again, because nothing runs any longer, or because
    /// the state or the due entries changed.
    pub(super) fn has_come_to_rest(&mut self, jobs: &Jobs, cx: &Cx) -> bool {
        let is_still = is_still(jobs, cx);
        let was_still = std::mem::replace(&mut self.was_still, is_still);
        let is_due_taken = is_still && std::mem::take(&mut self.is_due_taken);
        is_still && (!was_still || is_due_taken || cx.outbox.has_state_changed())
    }
}

/// Returns whether no job runs and none is due.
pub(super) fn is_idle(jobs: &Jobs, cx: &Cx) -> bool {
    is_still(jobs, cx) && (!cx.lifecycle.starts_jobs() || !is_due(cx))
}

/// Returns whether an entry is due that the driver has not taken.
fn is_due(cx: &Cx) -> bool {
    let paces = cx.deadlines.next_of(Kind::Pace);
    let next = cx.deadlines.next_timer().min(paces);
    next.min(cx.deadlines.next_of(Kind::Backfill)) <= cx.elapsed()
}

/// Returns whether nothing runs, regardless of due entries.
fn is_still(jobs: &Jobs, cx: &Cx) -> bool {
    let nothing_runs = jobs.running() == 0 && jobs.handling() == 0;
    let is_pending = || jobs.pending() + cx.trigger_calls.len() > 0;
    nothing_runs && (!cx.lifecycle.starts_jobs() || !is_pending())
}
