//! Results of triggers that a shutdown waits for.
//!
//! Instants may be due when a shutdown begins, about which nothing has been decided (`SD-009`): the driver may
//! not have reached them, or their triggers have not returned. A graceful shutdown decides about them as usual,
//! by the clocks at its begin: they run or are recorded with a reason. Any other shutdown records them as
//! skipped.

use super::{Closing, Targets, phases::after};
use crate::{
    State,
    engine::{
        Cx,
        schedules::Schedules,
        time::{NEVER, nanos},
    },
};

impl Closing {
    /// Returns whether the shutdown waits for trigger results. Results about replaced triggers that the
    /// current call obtains are waited for in any case: they arrive before it returns.
    pub(super) fn awaits_trigger_results(&self, schedules: &Schedules, cx: &Cx) -> bool {
        schedules.is_retiring_at_once() || self.trigger_results_deadline(schedules, cx) < NEVER
    }

    /// Returns until when the shutdown waits for trigger results that may never arrive.
    pub(super) fn trigger_results_deadline(&self, schedules: &Schedules, cx: &Cx) -> u64 {
        let closing = self.in_progress.as_ref();
        let patience = closing.and_then(|closing| closing.patience);
        let asks = || schedules.has_undecided() && cx.trigger_calls.len() > 0;
        let patience = patience.filter(|_| schedules.is_retiring_slowly() || asks());
        patience.unwrap_or(NEVER)
    }

    /// Stops waiting for late trigger results, and records the first instant of each.
    pub(super) fn handle_overdue_trigger_results(&mut self, targets: &mut Targets<'_>) {
        if self.trigger_results_deadline(targets.schedules, targets.cx) > targets.cx.elapsed() {
            return;
        }
        let again = after(nanos(targets.cx.options().handler_grace), targets.cx);
        targets.schedules.give_up_retirements(targets.cx);
        targets.schedules.give_up_undecided(targets.cx);
        let waits = targets.schedules.has_undecided();
        if let Some(closing) = &mut self.in_progress {
            closing.patience = waits.then_some(again.min(closing.end));
        }
        self.check(targets);
    }

    /// Stops waiting, because the driver is gone.
    pub(super) fn await_no_trigger_results(&mut self, targets: &mut Targets<'_>) {
        if let Some(closing) = &mut self.in_progress {
            closing.patience = None;
        }
        targets.askers().drop_all();
        targets.schedules.give_up_retirements(targets.cx);
    }

    /// Returns whether there is or will be a driver to make deferred calls of triggers.
    pub(in crate::engine) fn has_driver(&self, cx: &Cx) -> bool {
        let closing = self.in_progress.as_ref();
        let awaits_none = closing.is_some_and(|closing| closing.patience.is_none());
        cx.lifecycle.state() != State::ShutDown && !awaits_none
    }
}
