//! The end of a scheduler: nothing new starts, what runs is waited for, then told to end, then
//! dropped, then abandoned.

use std::sync::Arc;

use super::{
    Action, Engine,
    clock::{NEVER, nanos},
    jobs::{JobRecord, id_of},
    rates::Rates,
    slab::Key,
};
use crate::{
    Now, Operation, Result, Shutdown, ShutdownReport, State, StateCause,
    job::{CancelMode, CancelReason, JobError, JobOutcome},
    permit,
    shutdown::{FailedJob, JobRef},
};

/// A shutdown that is going on.
pub(crate) struct Closing {
    phase: Phase,
    /// When the phase is over.
    until: u64,
    how: Shutdown,
    report: ShutdownReport,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Running jobs may end by themselves.
    Drain,
    /// They have been told to end.
    Cancel,
    /// They are being dropped.
    Drop,
}

impl Engine {
    /// Begins a shutdown, or joins the one that is going on (`SD-001`), which it can make shorter if
    /// it is told to (`SD-002`).
    pub(crate) fn shut_down(&mut self, how: Shutdown, now: &Now) -> Result<()> {
        permit(self.state, Operation::RequestShutdown)?;
        match self.closing {
            Some(_) if how.hurries => self.hurry(how, now),
            Some(_) => {}
            None => self.close(how, StateCause::Requested, now),
        }
        Ok(())
    }

    /// The last handle is gone: ends at once, whatever the state.
    pub(crate) fn abandon(&mut self, now: &Now) {
        match self.state {
            State::ShutDown | State::ShuttingDown => {}
            _ => self.close(Shutdown::now(), StateCause::Dropped, now),
        }
    }

    /// The runtime has dropped the driver: nothing can run any more, nothing can be waited for.
    pub(crate) fn handle_driver_gone(&mut self, now: &Now) {
        match self.state {
            State::New | State::ShutDown => return,
            State::Starting => return self.handle_start_failed(now),
            _ => {}
        }
        if self.closing.is_none() {
            self.close(Shutdown::graceful(), StateCause::RuntimeGone, now);
        }
        for key in self.keys(true) {
            // A thread that blocks may outlive its runtime, which waits for it: it is told to end.
            self.apply_grace(key, 0, CancelReason::Shutdown);
            let lost = JobError::Lost("the runtime was dropped".into());
            self.let_go(key, JobOutcome::Failed(lost), now);
        }
        self.check_closed(now);
    }

    fn close(&mut self, how: Shutdown, cause: StateCause, now: &Now) {
        self.change_state(State::ShuttingDown, cause, now);
        self.end_all_backfills(now);
        self.discard_schedules(now);
        let waiting = self.keys(false);
        let mut report = ShutdownReport {
            failed: self.early_failures(),
            ..ShutdownReport::new(cause)
        };
        for key in waiting {
            match self.jobs.get(key).map(JobRecord::attempt) {
                Some(0) | None => report.unstarted += 1,
                Some(_) => report.cancelled.push(self.reference(key)),
            }
            self.prevent(key, CancelReason::Shutdown, now);
        }
        self.rates = Rates::default();
        self.timers.clear();
        self.room_made = true;
        self.closing = Some(Closing {
            phase: Phase::Drain,
            until: NEVER,
            how,
            report,
        });
        self.enter_phase(Phase::Drain, how, now);
        self.check_closed(now);
    }

    /// A further call: the earlier of the two ends counts.
    fn hurry(&mut self, how: Shutdown, now: &Now) {
        let Some(closing) = &mut self.closing else {
            return;
        };
        closing.how.cancel_grace = closing.how.cancel_grace.min(how.cancel_grace);
        closing.how.abandon_after = closing.how.abandon_after.min(how.abandon_after);
        let phase = closing.phase;
        self.enter_phase(phase, how, now);
    }

    /// Sets the end of `phase` from now, unless it is to end sooner already.
    fn enter_phase(&mut self, phase: Phase, how: Shutdown, now: &Now) {
        let elapsed = self.clocks.elapsed(now);
        let Some(closing) = &mut self.closing else {
            return;
        };
        let length = match phase {
            Phase::Drain => how.drain,
            Phase::Cancel => Some(how.cancel_grace),
            Phase::Drop => Some(how.abandon_after),
        };
        if closing.phase != phase {
            closing.phase = phase;
            closing.until = NEVER;
        }
        let end = length.map_or(NEVER, |length| elapsed.saturating_add(nanos(length)));
        closing.until = closing.until.min(end);
        // A phase of no length is over now: the driver need not come round for it.
        let over = closing.until <= elapsed;
        self.note_deadline(self.closing.as_ref().map_or(NEVER, |closing| closing.until));
        if over {
            self.handle_phase_over(now);
        }
    }

    /// The phase of the shutdown is over, if it is: on to the next.
    pub(super) fn handle_phase_over(&mut self, now: &Now) {
        let elapsed = self.clocks.elapsed(now);
        let Some(closing) = &self.closing else {
            return;
        };
        if closing.until > elapsed || self.queue.running == 0 {
            return;
        }
        let (phase, how) = (closing.phase, closing.how);
        match phase {
            Phase::Drain => {
                self.tell_all(CancelMode::Graceful(how.cancel_grace), now);
                self.enter_phase(Phase::Cancel, how, now);
            }
            Phase::Cancel => {
                self.tell_all(CancelMode::Immediate, now);
                self.enter_phase(Phase::Drop, how, now);
            }
            Phase::Drop => self.abandon_all(now),
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

    /// Ends the record of a running job, whose body may still be going (`LC-016`).
    fn let_go(&mut self, key: Key, outcome: JobOutcome, now: &Now) {
        self.give_back_permit(key);
        self.conclude(key, outcome, now);
    }

    pub(super) fn reference(&self, key: Key) -> JobRef {
        JobRef::new(id_of(key), self.name_of(key))
    }

    /// Notes in the report how a job ended while shutting down.
    pub(super) fn note_closing_end(&mut self, key: Key, outcome: &JobOutcome) {
        let job = self.reference(key);
        let Some(closing) = &mut self.closing else {
            return;
        };
        match outcome {
            JobOutcome::Cancelled(_) => closing.report.cancelled.push(job),
            JobOutcome::Failed(error) => {
                let failed = FailedJob::new(job, error.clone());
                closing.report.failed.push(failed);
            }
            JobOutcome::Succeeded(()) => closing.report.drained.push(job),
        }
    }

    /// Ends the shutdown when nothing runs any more.
    pub(super) fn check_closed(&mut self, now: &Now) {
        if self.queue.running > 0 || self.state != State::ShuttingDown {
            return;
        }
        let Some(closing) = self.closing.take() else {
            return;
        };
        let cause = closing.report.cause;
        self.report = Some(Arc::new(closing.report));
        self.change_state(State::ShutDown, cause, now);
        self.actions.push_back(Action::Stopped);
        self.note_deadline(0);
    }

    pub(super) fn closing_deadline(&self) -> u64 {
        self.closing.as_ref().map_or(NEVER, |closing| closing.until)
    }
}
