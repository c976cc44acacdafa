//! Shutdown: due and running jobs are drained, then cancelled, then dropped, then abandoned.

use std::{collections::BTreeSet, sync::Arc};

use super::due_at_close::DueAtClose;
use crate::engine::{
    Action, Engine, Key,
    jobs::{JobRecord, id_of},
    time::{NEVER, nanos},
};
use crate::{
    Now, Operation, Result, Shutdown, ShutdownReport, State, StateCause, Waiting,
    contract::shutdown::{FailedJob, JobRef},
    job::{CancelMode, CancelReason, JobError, JobOutcome},
    permit,
};

/// A shutdown in progress.
pub(crate) struct Closing {
    phase: Phase,
    /// Deadline of the phase.
    until: u64,
    how: Shutdown,
    /// Set if the scheduler was paused, so that no body begins, even with a permit.
    holds: bool,
    /// Deadline of the whole shutdown.
    pub(in crate::engine) end: u64,
    /// Instants that were due at its begin and are not decided.
    pub(in crate::engine) due: DueAtClose,
    report: ShutdownReport,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Due and running jobs may finish.
    Drain,
    /// Jobs have received cancellation requests.
    Cancel,
    /// Jobs are being dropped.
    Drop,
    /// No job is left, and error handlers still run.
    Handlers,
}

impl Engine {
    /// Begins a shutdown, or joins the one in progress (`SD-001`), which a hurrying call shortens (`SD-002`).
    pub(crate) fn shut_down(&mut self, how: Shutdown, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state, Operation::RequestShutdown)?;
        match self.closing {
            Some(_) if how.hurries => self.hurry(how, now),
            Some(_) => {}
            None => self.close(how, StateCause::Requested, now),
        }
        Ok(())
    }

    /// Shuts down at once, because the last handle was dropped.
    pub(crate) fn abandon(&mut self, now: &Now) {
        self.cx.begin(now);
        match self.cx.lifecycle.state {
            State::ShutDown | State::ShuttingDown => {}
            _ => self.close(Shutdown::now(), StateCause::Dropped, now),
        }
    }

    /// Calls [`lose_driver`](Self::lose_driver) without pending failures.
    #[cfg(test)]
    pub(crate) fn handle_driver_gone(&mut self, now: &Now) {
        self.cx.begin(now);
        self.lose_driver(&BTreeSet::new(), now);
    }

    /// Ends the scheduler, because the runtime dropped the driver. The error handler will still be called for the
    /// failures `told`.
    pub(crate) fn lose_driver(&mut self, told: &BTreeSet<Key>, now: &Now) {
        self.cx.begin(now);
        match self.cx.lifecycle.state {
            State::New | State::ShutDown => return,
            State::Starting => return self.handle_start_failed(now),
            _ => {}
        }
        if self.closing.is_none() {
            self.close(Shutdown::running_only(), StateCause::RuntimeGone, now);
        }
        self.end_drain(now);
        self.await_no_answers(now);
        // Without a driver their grace could not expire.
        self.write_off_handlers(told);
        for key in self.keys(true) {
            // The runtime may wait for a blocking thread, so that job gets a cancellation request.
            self.apply_grace(key, 0, CancelReason::Shutdown);
            let lost = JobError::Lost("the runtime was dropped".into());
            self.let_go(key, JobOutcome::Failed(lost), now);
        }
        self.settle_unhandled_backfills();
        self.check_closed(now);
    }

    fn close(&mut self, how: Shutdown, cause: StateCause, now: &Now) {
        let (holds, has_driver) = (self.cx.lifecycle.state == State::Paused, self.has_started());
        if has_driver {
            // The present clocks decide what is due.
            self.check_clock(now);
        }
        self.cx.lifecycle.drains =
            self.cx.lifecycle.state == State::Running && how.waiting == Waiting::Run;
        self.change_state(State::ShuttingDown, cause, now);
        self.end_all_backfills(now);
        let report = ShutdownReport {
            failed: self.early_failures().into_iter().collect(),
            ..ShutdownReport::new(cause)
        };
        self.cx.outbox.slot_freed = true;
        let end = self.end_of(how, now);
        let patience = self
            .cx
            .clocks
            .elapsed(now)
            .saturating_add(nanos(self.cx.options.handler_grace));
        self.cx.lifecycle.closing_since = Some(*now);
        self.closing = Some(Closing {
            phase: Phase::Drain,
            until: NEVER,
            how,
            holds,
            end,
            due: DueAtClose::new(has_driver.then_some(patience.min(end))),
            report,
        });
        self.begin_to_end(how, now);
        self.enter_phase(Phase::Drain, how, now);
        self.check_closed(now);
    }

    /// Cancels waiting jobs that may not start.
    fn begin_to_end(&mut self, how: Shutdown, now: &Now) {
        if !self.cx.lifecycle.drains {
            self.cx.lifecycle.drains = true;
            return self.end_drain(now);
        }
        let elapsed = self.cx.clocks.elapsed(now);
        let length = |drain| elapsed.saturating_add(nanos(drain));
        self.drain_schedules(now);
        self.cancel_waiting(how.drain.map_or(NEVER, length), now);
        self.jobs.queue.gathering = None;
        // Wakes the driver, which must take due entries even if it sleeps towards a later deadline.
        self.cx.deadlines.note(0);
        self.fill(now);
    }

    /// Returns the deadline after which no attempt begins; `None` outside a shutdown.
    pub(in crate::engine) fn drain_deadline(&self) -> Option<u64> {
        let closing = self.closing.as_ref()?;
        Some(if closing.phase == Phase::Drain {
            closing.until
        } else {
            0
        })
    }

    /// Handles a further call: the earlier deadline of each phase applies.
    fn hurry(&mut self, how: Shutdown, now: &Now) {
        let end = self.end_of(how, now);
        let Some(closing) = &mut self.closing else {
            return;
        };
        closing.end = closing.end.min(end);
        closing.due.hurry(closing.end);
        closing.how.cancel_grace = closing.how.cancel_grace.min(how.cancel_grace);
        closing.how.abandon_after = closing.how.abandon_after.min(how.abandon_after);
        let phase = closing.phase;
        if how.waiting == Waiting::Cancel {
            self.end_drain(now);
        }
        self.enter_phase(phase, how, now);
        self.check_closed(now);
    }

    /// Returns the deadline of a shutdown that begins now.
    fn end_of(&self, how: Shutdown, now: &Now) -> u64 {
        let rest = how.cancel_grace.saturating_add(how.abandon_after);
        let length = how.drain.map(|drain| drain.saturating_add(rest));
        let elapsed = self.cx.clocks.elapsed(now);
        length.map_or(NEVER, |length| elapsed.saturating_add(nanos(length)))
    }

    /// Enters `phase` and sets its deadline, unless an earlier one applies.
    fn enter_phase(&mut self, phase: Phase, how: Shutdown, now: &Now) {
        let elapsed = self.cx.clocks.elapsed(now);
        let handler_grace = self.cx.options.handler_grace;
        let Some(closing) = &mut self.closing else {
            return;
        };
        let length = match phase {
            Phase::Drain => how.drain,
            Phase::Cancel => Some(how.cancel_grace),
            Phase::Drop => Some(how.abandon_after),
            // Failures of abandoned jobs are handled too.
            Phase::Handlers => Some(how.abandon_after.min(handler_grace)),
        };
        if closing.phase != phase {
            closing.phase = phase;
            closing.until = NEVER;
        }
        let mut end = length.map_or(NEVER, |length| elapsed.saturating_add(nanos(length)));
        if phase == Phase::Handlers {
            end = end.max(closing.end);
        }
        closing.until = closing.until.min(end);
        // A phase of zero length ends now, without another turn of the driver.
        let over = closing.until <= elapsed;
        self.cx.deadlines.note(self.closing_deadline());
        if over {
            self.handle_phase_over(now);
        }
    }

    /// Enters the next phase, if the present one has ended.
    pub(in crate::engine) fn handle_phase_over(&mut self, now: &Now) {
        self.handle_answers_overdue(now);
        let elapsed = self.cx.clocks.elapsed(now);
        let Some(closing) = &self.closing else {
            return;
        };
        if closing.until > elapsed || !self.waits_in_phase(closing) {
            return;
        }
        let (phase, how) = (closing.phase, closing.how);
        match phase {
            Phase::Drain => {
                self.end_drain(now);
                self.tell_all(CancelMode::Graceful(how.cancel_grace), now);
                self.enter_phase(Phase::Cancel, how, now);
                self.check_closed(now);
            }
            Phase::Cancel => {
                self.tell_all(CancelMode::Immediate, now);
                self.enter_phase(Phase::Drop, how, now);
            }
            Phase::Drop => self.abandon_all(now),
            Phase::Handlers => {
                self.write_off_handlers(&BTreeSet::new());
                self.check_closed(now);
            }
        }
    }

    /// Returns whether the phase has work left.
    fn waits_in_phase(&self, closing: &Closing) -> bool {
        let is_over = self.jobs.queue.running == 0 && !self.has_more_to_drain();
        !is_over || closing.phase == Phase::Handlers
    }

    /// Adds an error handler to the report that did not return in time.
    pub(in crate::engine) fn note_hung_handler(&mut self, job: JobRef) {
        if let Some(closing) = &mut self.closing {
            closing.report.hung_handlers.push(job);
        }
    }

    fn tell_all(&mut self, mode: CancelMode, now: &Now) {
        for key in self.keys(true) {
            self.tell(key, mode, CancelReason::Shutdown, now);
        }
    }

    fn abandon_all(&mut self, now: &Now) {
        for key in self.keys(true) {
            let job = self.reference(key);
            if let Some(closing) = &mut self.closing {
                closing.report.abandoned.push(job);
            }
            let lost = JobError::Lost("it ignored its cancellation, and was abandoned".into());
            self.let_go(key, JobOutcome::Failed(lost), now);
        }
        self.check_closed(now);
    }

    /// Finishes a running job whose body may still execute (`LC-016`).
    fn let_go(&mut self, key: Key, outcome: JobOutcome, now: &Now) {
        self.give_back_permit(key);
        self.conclude(key, outcome, now);
    }

    pub(in crate::engine) fn reference(&self, key: Key) -> JobRef {
        JobRef::new(id_of(key), self.name_of(key))
    }

    /// Adds the outcome of a job to the report.
    pub(in crate::engine) fn note_closing_end(&mut self, key: Key, outcome: &JobOutcome) {
        if self.closing.is_none() {
            return;
        }
        let job = self.reference(key);
        let attempt = self.jobs.records.get(key).map_or(0, JobRecord::attempt);
        let Some(closing) = &mut self.closing else {
            return;
        };
        match outcome {
            JobOutcome::Cancelled(_) if attempt == 0 => closing.report.note_unstarted(job),
            JobOutcome::Cancelled(_) => closing.report.cancelled.push(job),
            JobOutcome::Failed(error) => {
                let failed = FailedJob::new(job, error.clone());
                closing.report.failed.push(failed);
            }
            JobOutcome::Succeeded(()) => closing.report.drained.push(job),
        }
    }

    /// Completes the shutdown when no job runs and no failure is being handled.
    pub(in crate::engine) fn check_closed(&mut self, now: &Now) {
        if self.cx.lifecycle.state != State::ShuttingDown
            || self.jobs.queue.running > 0
            || self.has_more_to_drain()
            || self.awaits_answers()
        {
            return;
        }
        if !self.jobs.handling.is_empty() {
            return self.await_handlers(now);
        }
        self.end_drain(now);
        if self.awaits_answers() {
            // Due instants are recorded first.
            return;
        }
        let Some(closing) = self.closing.take() else {
            return;
        };
        self.cx.lifecycle.closing_since = None;
        let cause = closing.report.cause;
        self.report = Some(Arc::new(closing.report));
        self.change_state(State::ShutDown, cause, now);
        self.cx.push(Action::Stopped);
        self.cx.deadlines.note(0);
    }

    fn await_handlers(&mut self, now: &Now) {
        let Some(closing) = &self.closing else {
            return;
        };
        if closing.phase != Phase::Handlers {
            let how = closing.how;
            self.enter_phase(Phase::Handlers, how, now);
        }
    }

    /// Returns whether a shutdown began while the scheduler was paused.
    pub(in crate::engine) fn holds_in_closing(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.holds)
    }

    pub(in crate::engine) fn closing_deadline(&self) -> u64 {
        let closing = self.closing.as_ref();
        let closing = closing.filter(|closing| self.waits_in_phase(closing));
        let phase = closing.map_or(NEVER, |closing| closing.until);
        phase.min(self.answers_deadline())
    }
}
