//! A shutdown: drains, then cancels, then drops, then abandons the running jobs.

use std::collections::BTreeMap;

use scheduler_core::State;

use super::{JobState, Machine, Order, ScheduleState};
use crate::model::{
    scenario::{How, Millis},
    trace::Label,
};

/// A shutdown in progress.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Closing {
    pub(super) phase: ClosingPhase,
    /// When the current phase ends.
    pub(super) until: Option<Millis>,
    grace: Millis,
    abandon: Millis,
    pub(super) cause: String,
    /// Whether the scheduler was paused when the shutdown began, so that no more jobs start.
    paused: bool,
    /// Whether accepted jobs that were due when the shutdown began still start.
    pub(super) drains: bool,
    /// When the shutdown began. No later instant becomes due.
    pub(super) began: Millis,
    /// Schedules with buffered runs, or with an undecided instant that was due when the shutdown
    /// began.
    pub(super) undecided: BTreeMap<u16, ScheduleState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClosingPhase {
    Drain,
    Cancel,
    Drop,
    /// Running jobs are abandoned.
    Abandon,
}

/// The shutdown that the drop of the last handle causes.
pub(super) const AT_ONCE: How = How {
    drain: Some(0),
    runs_waiting: false,
    grace: 0,
    abandon: 1_000,
    hurries: false,
};

impl Machine {
    pub(super) fn close(&mut self, how: How, cause: &str) {
        let paused = self.state == State::Paused;
        let drains = self.state == State::Running && how.runs_waiting;
        self.state = State::ShuttingDown;
        let undecided = if drains {
            self.take_due_schedules()
        } else {
            self.give_up_schedules();
            BTreeMap::new()
        };
        let end = how.drain.map(|drain| self.now.saturating_add(drain));
        if drains {
            self.give_up_late_retries(end);
        } else {
            self.groups.clear();
        }
        self.closing = Some(Closing {
            phase: ClosingPhase::Drain,
            until: end,
            grace: how.grace,
            abandon: how.abandon,
            cause: cause.to_owned(),
            paused,
            drains,
            began: self.now,
            undecided,
        });
    }

    /// Joins a second shutdown (`SD-001`), and shortens the first one if requested (`SD-002`).
    pub(super) fn join_shutdown(&mut self, how: How) {
        let now = self.now;
        if how.hurries && !how.runs_waiting {
            self.end_drain();
        }
        let Some(closing) = self.closing.as_mut().filter(|_| how.hurries) else {
            return;
        };
        closing.grace = closing.grace.min(how.grace);
        closing.abandon = closing.abandon.min(how.abandon);
        let length = match closing.phase {
            ClosingPhase::Drain => how.drain,
            ClosingPhase::Cancel => Some(how.grace),
            ClosingPhase::Drop | ClosingPhase::Abandon => Some(how.abandon),
        };
        if let Some(length) = length {
            let end = now.saturating_add(length);
            closing.until = Some(closing.until.map_or(end, |until| until.min(end)));
        }
    }

    /// Returns when the current phase of the shutdown times out.
    pub(super) fn closing_due(&self) -> Option<Millis> {
        let closing = self.closing.as_ref()?;
        let over = closing.phase == ClosingPhase::Abandon;
        let waits = self.running() > 0 || self.has_more_to_drain();
        closing.until.filter(|_| waits && !over)
    }

    /// Returns the state after the timeout of the current phase.
    pub(super) fn phase_over(&self) -> Option<Self> {
        self.closing_due().filter(|&until| until <= self.now)?;
        let mut next = self.clone();
        next.end_drain();
        let now = self.now;
        let closing = next.closing.as_mut()?;
        let (phase, length) = match closing.phase {
            ClosingPhase::Drain => (ClosingPhase::Cancel, closing.grace),
            ClosingPhase::Cancel => (ClosingPhase::Drop, closing.abandon),
            ClosingPhase::Drop | ClosingPhase::Abandon => (ClosingPhase::Abandon, 0),
        };
        closing.phase = phase;
        closing.until = Some(now.saturating_add(length));
        let grace = if phase == ClosingPhase::Cancel {
            length
        } else {
            0
        };
        next.order_all(grace);
        Some(next)
    }

    /// Requests the cancellation of every running job. An event must follow for each that was not
    /// cancelled before.
    fn order_all(&mut self, grace: Millis) {
        let drop_at = self.now.saturating_add(grace);
        for job in self.jobs_mut().filter(|job| job.is_running()) {
            match &mut job.told {
                Some(order) => order.hasten("Shutdown", drop_at),
                None => job.to_be_told = true,
            }
        }
    }

    /// Accepts the event of a job that the shutdown has cancelled.
    pub(super) fn told_by_shutdown(&self, label: Label) -> Option<Self> {
        let closing = self.closing.as_ref()?;
        let grace = match closing.phase {
            ClosingPhase::Cancel => closing.until?.saturating_sub(self.now),
            _ => 0,
        };
        let mut next = self.clone();
        let job = next.job_mut(label).filter(|job| job.to_be_told)?;
        job.to_be_told = false;
        let drop_at = self.now.saturating_add(grace);
        job.told = Some(Order::new("Shutdown", self.now, drop_at));
        Some(next)
    }

    /// Returns whether jobs with a permit wait at the gate, or never pass it (`LC-026`, `LC-029`).
    pub(super) fn is_gate_closed(&self, job: &JobState) -> bool {
        self.is_gate_shut(job) || self.ends_paused(job)
    }

    /// Returns whether a pause of the scheduler or of the queue keeps the job at the gate.
    pub(super) fn is_gate_shut(&self, job: &JobState) -> bool {
        let queue = self.closing.is_none() && self.is_queue_paused(job.script.policy.queue);
        self.state == State::Paused || queue
    }

    /// Returns whether the job never passes the gate, because the scheduler ends paused, or the
    /// queue of the job does.
    pub(super) fn ends_paused(&self, job: &JobState) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| closing.paused || self.waits_in_vain(job))
    }

    pub(super) fn abandons(&self) -> bool {
        let phase = self.closing.as_ref().map(|closing| closing.phase);
        phase == Some(ClosingPhase::Abandon)
    }
}
