//! [`Targets`]: the machines that a shutdown drains, cancels and waits for.
//!
//! A graceful shutdown runs what was accepted and is due (`LC-017`, `SD-007`): jobs that wait for a
//! permit or a token, buffered instants, catch-up runs, retries that are due in time. No further
//! instant becomes due.

use std::collections::BTreeSet;

use crate::{
    engine::{
        Cx, Key,
        backfill::Backfills,
        deferred_calls::Askers,
        jobs::{Jobs, RunEnded},
        schedules::Schedules,
        time::{Kind, NEVER},
    },
    job::{CancelMode, CancelReason, JobError, JobOutcome},
};

/// The machines that a shutdown ends, borrowed for one call.
pub(in crate::engine) struct Targets<'e> {
    pub(in crate::engine) cx: &'e mut Cx,
    pub(in crate::engine) jobs: &'e mut Jobs,
    pub(in crate::engine) schedules: &'e mut Schedules,
    pub(in crate::engine) backfills: &'e mut Backfills,
}

/// Returns whether an accepted job or run that the drain starts has not started yet.
pub(super) fn has_more_to_drain(jobs: &Jobs, schedules: &Schedules, cx: &Cx) -> bool {
    let is_paced = || cx.deadlines.next_of(Kind::Pace) < NEVER;
    cx.lifecycle.drains() && (jobs.has_more_to_drain() || is_paced() || schedules.has_undecided())
}

impl Targets<'_> {
    /// Passes the end of a run to its schedule or backfill.
    pub(super) fn run_ended(&mut self, run: Option<&RunEnded>) {
        if run.is_some_and(RunEnded::is_of_backfill) {
            self.backfills
                .run_ended(run, self.schedules, self.jobs, self.cx);
        } else {
            self.schedules.run_ended(run, self.jobs, self.cx);
        }
    }

    /// Returns the machines that call triggers.
    pub(in crate::engine) const fn askers(&mut self) -> Askers<'_> {
        Askers {
            backfills: self.backfills,
            schedules: self.schedules,
            cx: self.cx,
        }
    }

    /// Starts queued jobs that may start.
    fn fill(&mut self) {
        self.jobs.fill(self.schedules, self.cx);
    }

    /// Begins the drain: only instants that are due now start, and only jobs that are due or whose
    /// retry is due before `end`.
    pub(super) fn begin_drain(&mut self, end: u64) {
        self.schedules.begin_drain(self.cx);
        self.askers().drop_useless();
        self.cancel_waiting(end);
        self.jobs.stop_gathering();
        // Wakes the driver, which must take due entries even if it sleeps towards a later deadline.
        self.cx.deadlines.note(0);
        self.fill();
    }

    /// Cancels waiting jobs that may not start.
    fn cancel_waiting(&mut self, end: u64) {
        for key in self.jobs.waiting_keys() {
            let drains = self.cx.lifecycle.drains();
            if !drains || !self.jobs.is_drained(key, end, self.schedules, self.cx) {
                let run = self.jobs.prevent(key, CancelReason::Shutdown, self.cx);
                self.run_ended(run.as_ref());
            }
        }
    }

    /// Ends the drain: no waiting job or run starts from now on.
    pub(super) fn end_drain(&mut self) {
        if !self.cx.lifecycle.end_drain() {
            return;
        }
        self.schedules.discard_all(self.cx);
        self.askers().drop_useless();
        self.cancel_waiting(0);
        self.jobs.forget_rates(self.cx);
        self.cx.deadlines.clear_timers();
    }

    /// Sends a cancellation request to all running jobs.
    pub(super) fn request_cancel_of_all(&mut self, mode: CancelMode) {
        for key in self.jobs.running_keys() {
            self.jobs
                .request_cancel(key, mode, CancelReason::Shutdown, self.cx);
        }
    }

    /// Finishes all running jobs, whose bodies may still execute.
    pub(super) fn abandon_all(&mut self) {
        for key in self.jobs.running_keys() {
            self.cx.report.note_abandoned(self.jobs.reference(key));
            let lost = JobError::Lost("the job ignored its cancellation and was abandoned".into());
            let run = self
                .jobs
                .finish_running(key, JobOutcome::Failed(lost), self.cx);
            self.run_ended(run.as_ref());
        }
    }

    /// Stops waiting for all error handlers except those of the failures `queued`.
    pub(in crate::engine) fn write_off_handlers(&mut self, queued: &BTreeSet<Key>) {
        for key in self.jobs.write_off_handlers(queued, self.cx) {
            self.backfills.run_handled(key, self.cx);
        }
    }
}
