//! A shutdown: drains, then tells, then drops, then abandons.

use scheduler_core::State;

use super::{Machine, Order};
use crate::model::{
    scenario::{How, Millis},
    trace::Label,
};

/// A shutdown that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Closing {
    pub(super) phase: ClosingPhase,
    /// When the phase is over.
    pub(super) until: Option<Millis>,
    grace: Millis,
    abandon: Millis,
    pub(super) cause: String,
    /// It was paused when the shutdown began: nothing begins any more.
    paused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClosingPhase {
    Drain,
    Cancel,
    Drop,
    /// What still runs is left behind.
    Abandon,
}

/// What the drop of the last handle amounts to.
pub(super) const AT_ONCE: How = How {
    drain: Some(0),
    grace: 0,
    abandon: 1_000,
    hurries: false,
};

impl Machine {
    pub(super) fn close(&mut self, how: How, cause: &str) {
        let paused = self.state == State::Paused;
        self.state = State::ShuttingDown;
        self.give_up_schedules();
        self.closing = Some(Closing {
            phase: ClosingPhase::Drain,
            until: how.drain.map(|drain| self.now.saturating_add(drain)),
            grace: how.grace,
            abandon: how.abandon,
            cause: cause.to_owned(),
            paused,
        });
    }

    /// A further shutdown joins (`SD-001`), and makes it shorter if it is to (`SD-002`).
    pub(super) fn join_shutdown(&mut self, how: How) {
        let now = self.now;
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

    /// When the shutdown is to lose patience next.
    pub(super) fn closing_due(&self) -> Option<Millis> {
        let closing = self.closing.as_ref()?;
        let over = closing.phase == ClosingPhase::Abandon;
        closing.until.filter(|_| self.running() > 0 && !over)
    }

    /// It does.
    pub(super) fn phase_over(&self) -> Option<Self> {
        self.closing_due().filter(|&until| until <= self.now)?;
        let mut next = self.clone();
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

    /// Every running job is told to end: the event has to come for those that have not been yet.
    fn order_all(&mut self, grace: Millis) {
        let drop_at = self.now.saturating_add(grace);
        for job in self.jobs_mut().filter(|job| job.is_running()) {
            match &mut job.told {
                Some(order) => order.drop_at = order.drop_at.min(drop_at),
                None => job.to_be_told = true,
            }
        }
    }

    /// The event of a job that the shutdown has told to end.
    pub(super) fn told_by_shutdown(&self, label: Label) -> Option<Self> {
        let closing = self.closing.as_ref()?;
        let grace = match closing.phase {
            ClosingPhase::Cancel => closing.until?.saturating_sub(self.now),
            _ => 0,
        };
        let mut next = self.clone();
        let job = next.job_mut(label).filter(|job| job.to_be_told)?;
        job.to_be_told = false;
        job.told = Some(Order {
            reason: "Shutdown",
            at: self.now,
            drop_at: self.now.saturating_add(grace),
        });
        Some(next)
    }

    /// Whether what has a permit waits at the gate, or never passes it (`LC-026`, `LC-029`).
    pub(super) fn is_gate_closed(&self) -> bool {
        self.state == State::Paused || self.ends_paused()
    }

    pub(super) fn ends_paused(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.paused)
    }

    pub(super) fn abandons(&self) -> bool {
        let phase = self.closing.as_ref().map(|closing| closing.phase);
        phase == Some(ClosingPhase::Abandon)
    }
}
