//! Shutdown: due and running jobs are drained, then cancelled, then dropped, then abandoned.

use std::{collections::BTreeSet, sync::Arc};

use super::due_at_close::DueAtClose;
use crate::{
    Now, Shutdown, State, StateCause, Waiting,
    engine::{
        Action, Engine, Key,
        time::{NEVER, nanos},
    },
    job::{CancelMode, CancelReason, JobError, JobOutcome},
};

/// A shutdown in progress.
pub(crate) struct Closing {
    phase: Phase,
    /// Deadline of the phase.
    until: u64,
    how: Shutdown,
    /// Deadline of the whole shutdown.
    pub(in crate::engine) end: u64,
    /// Instants that were due at its begin and are not decided.
    pub(in crate::engine) due: DueAtClose,
    cause: StateCause,
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
        match self.cx.lifecycle.state() {
            State::New | State::ShutDown => return,
            State::Starting => {
                // The runtime did not take the driver: as if nothing had been asked (`LC-019`).
                return self.cx.change_state(State::New, StateCause::StartFailed);
            }
            _ => {}
        }
        if self.closing.is_none() {
            self.close(Shutdown::running_only(), StateCause::RuntimeGone, now);
        }
        self.end_drain();
        self.await_no_answers();
        // Without a driver their grace could not expire.
        self.write_off_handlers(told);
        for key in self.jobs.running_keys() {
            let lost = JobError::Lost("the runtime was dropped".into());
            let run = self.jobs.lose(key, JobOutcome::Failed(lost), &mut self.cx);
            self.run_ended(run);
        }
        self.backfills.resolve_unhandled(&mut self.cx);
        self.check_closed(now);
    }

    pub(in crate::engine) fn close(&mut self, how: Shutdown, cause: StateCause, now: &Now) {
        let (was, has_driver) = (self.cx.lifecycle.state(), self.cx.lifecycle.has_started());
        if has_driver {
            // The present clocks decide what is due.
            self.check_clock(now);
        }
        self.cx.lifecycle.drains = was == State::Running && how.waiting == Waiting::Run;
        self.cx.change_state(State::ShuttingDown, cause);
        self.cx.lifecycle.begin_close(*now, was);
        self.backfills.end_all(&mut self.schedules, &mut self.cx);
        self.cx.ends.begin_report(cause);
        self.cx.outbox.slot_freed = true;
        let end = self.end_of(how, now);
        let patience = self
            .cx
            .clocks
            .elapsed(now)
            .saturating_add(nanos(self.cx.options.handler_grace));
        self.closing = Some(Closing {
            phase: Phase::Drain,
            until: NEVER,
            how,
            end,
            cause,
            due: DueAtClose::new(has_driver.then_some(patience.min(end))),
        });
        self.begin_to_end(how, now);
        self.enter_phase(Phase::Drain, how, now);
        self.check_closed(now);
    }

    /// Cancels waiting jobs that may not start.
    fn begin_to_end(&mut self, how: Shutdown, now: &Now) {
        if !self.cx.lifecycle.drains {
            self.cx.lifecycle.drains = true;
            return self.end_drain();
        }
        let elapsed = self.cx.clocks.elapsed(now);
        let length = |drain| elapsed.saturating_add(nanos(drain));
        self.drain_schedules();
        self.cancel_waiting(how.drain.map_or(NEVER, length));
        self.jobs.stop_gathering();
        // Wakes the driver, which must take due entries even if it sleeps towards a later deadline.
        self.cx.deadlines.note(0);
        self.jobs.fill(&self.schedules, &mut self.cx);
    }

    /// Handles a further call: the earlier deadline of each phase applies.
    pub(in crate::engine) fn hurry(&mut self, how: Shutdown, now: &Now) {
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
            self.end_drain();
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
        let drains_until = if phase == Phase::Drain {
            closing.until
        } else {
            0
        };
        self.cx.lifecycle.drain_until(drains_until);
        // A phase of zero length ends now, without another turn of the driver.
        let over = closing.until <= elapsed;
        let deadline = self.closing_deadline();
        self.cx.deadlines.note(deadline);
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
                self.end_drain();
                self.tell_all(CancelMode::Graceful(how.cancel_grace));
                self.enter_phase(Phase::Cancel, how, now);
                self.check_closed(now);
            }
            Phase::Cancel => {
                self.tell_all(CancelMode::Immediate);
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
        let is_over = self.jobs.running() == 0 && !self.has_more_to_drain();
        !is_over || closing.phase == Phase::Handlers
    }

    fn tell_all(&mut self, mode: CancelMode) {
        for key in self.jobs.running_keys() {
            self.jobs
                .tell(key, mode, CancelReason::Shutdown, &mut self.cx);
        }
    }

    fn abandon_all(&mut self, now: &Now) {
        for key in self.jobs.running_keys() {
            self.cx.ends.note_abandoned(self.jobs.reference(key));
            let lost = JobError::Lost("it ignored its cancellation, and was abandoned".into());
            let run = self
                .jobs
                .abandon(key, JobOutcome::Failed(lost), &mut self.cx);
            self.run_ended(run);
        }
        self.check_closed(now);
    }

    /// Completes the shutdown when no job runs and no failure is being handled.
    pub(in crate::engine) fn check_closed(&mut self, now: &Now) {
        if self.cx.lifecycle.state() != State::ShuttingDown
            || self.jobs.running() > 0
            || self.has_more_to_drain()
            || self.awaits_answers()
        {
            return;
        }
        if self.jobs.handling() > 0 {
            return self.await_handlers(now);
        }
        self.end_drain();
        if self.awaits_answers() {
            // Due instants are recorded first.
            return;
        }
        let Some(closing) = self.closing.take() else {
            return;
        };
        self.report = self.cx.ends.take_report().map(Arc::new);
        self.cx.lifecycle.end_close();
        self.cx.change_state(State::ShutDown, closing.cause);
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

    pub(in crate::engine) fn closing_deadline(&self) -> u64 {
        let closing = self.closing.as_ref();
        let closing = closing.filter(|closing| self.waits_in_phase(closing));
        let phase = closing.map_or(NEVER, |closing| closing.until);
        phase.min(self.answers_deadline())
    }
}
