//! Instants that are due when a shutdown begins, and about which nothing has been decided (`SD-009`).
//!
//! The driver may not have reached them, or their triggers have not returned. A graceful shutdown decides
//! about them as usual, by the clocks at its begin: they run or are recorded with a reason. Any other shutdown
//! records them as skipped.

use crate::Now;
use crate::engine::{
    Engine,
    time::{NEVER, nanos},
};

/// Due instants that a shutdown has not decided.
pub(in crate::engine) struct DueAtClose {
    /// Deadline for trigger results; `None` if they are no longer awaited.
    patience: Option<u64>,
}

impl DueAtClose {
    /// Creates the state of a shutdown that waits until `patience` for trigger results.
    pub(in crate::engine) const fn new(patience: Option<u64>) -> Self {
        Self { patience }
    }

    /// Returns whether trigger results are no longer awaited.
    pub(in crate::engine) const fn awaits_none(&self) -> bool {
        self.patience.is_none()
    }

    /// Moves the deadline to `end`, if that is earlier.
    pub(in crate::engine) fn hurry(&mut self, end: u64) {
        self.patience = self.patience.map(|patience| patience.min(end));
    }
}

impl Engine {
    /// Returns whether the shutdown waits for trigger results. Results about replaced triggers that the
    /// current call obtains are waited for in any case: they arrive before it returns.
    pub(in crate::engine) fn awaits_answers(&self) -> bool {
        self.schedules.is_retiring_at_once() || self.answers_deadline() < NEVER
    }

    /// Returns the deadline for trigger results that may not arrive.
    pub(in crate::engine) fn answers_deadline(&self) -> u64 {
        let closing = self.closing.as_ref();
        let patience = closing.and_then(|closing| closing.due.patience);
        let asks = || self.schedules.has_undecided() && self.cx.asking.len() > 0;
        let patience = patience.filter(|_| self.schedules.is_retiring_slowly() || asks());
        patience.unwrap_or(NEVER)
    }

    /// Stops waiting for late trigger results, and records the first instant of each.
    pub(in crate::engine) fn handle_answers_overdue(&mut self, now: &Now) {
        let elapsed = self.cx.clocks.elapsed(now);
        if self.answers_deadline() > elapsed {
            return;
        }
        let again = elapsed.saturating_add(nanos(self.cx.options.handler_grace));
        self.give_up_answers();
        let waits = self.schedules.has_undecided();
        if let Some(closing) = &mut self.closing {
            closing.due.patience = waits.then_some(again.min(closing.end));
        }
        self.check_closed(now);
    }

    /// Stops waiting, because the driver is gone.
    pub(in crate::engine) fn await_no_answers(&mut self) {
        if let Some(closing) = &mut self.closing {
            closing.due.patience = None;
        }
        self.askers().drop_all();
        self.schedules.give_up_retirements(&mut self.cx);
    }

    fn give_up_answers(&mut self) {
        self.schedules.give_up_retirements(&mut self.cx);
        self.schedules.give_up_undecided(&mut self.cx);
    }
}
