//! Instants that are due when a shutdown begins, and about which nothing has been decided (`SD-009`).
//!
//! The driver may not have reached them, or their triggers have not returned. A graceful shutdown decides
//! about them as usual, by the clocks at its begin: they run or are recorded with a reason. Any other shutdown
//! records them as skipped.

use std::{collections::BTreeSet, time::Duration};

use crate::engine::{
    Engine, Key,
    schedules::plan::{Ask, Next},
    time::{NEVER, nanos},
};
use crate::{Now, SkipReason};

/// Due instants that a shutdown has not decided.
pub(in crate::engine) struct DueAtClose {
    /// When the shutdown began.
    began: Now,
    /// Schedules with an instant that is or may be due.
    undecided: BTreeSet<Key>,
    /// Deadline for trigger results; `None` if they are no longer awaited.
    patience: Option<u64>,
}

impl DueAtClose {
    /// Creates the state of a shutdown that waits until `patience` for trigger results.
    pub(in crate::engine) const fn new(began: Now, patience: Option<u64>) -> Self {
        Self {
            began,
            undecided: BTreeSet::new(),
            patience,
        }
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
    /// Returns the present time, or the time at which a shutdown began; nothing becomes due after it.
    pub(in crate::engine) fn horizon(&self, now: &Now) -> Now {
        let closing = self.closing.as_ref();
        closing.map_or(*now, |closing| closing.due.began)
    }

    /// Returns whether the graceful shutdown that begins now must decide about an instant of a schedule. Arms its
    /// timer, unless its trigger is being called.
    pub(in crate::engine) fn keep_undecided(&mut self, key: Key, now: &Now) -> bool {
        let Some(record) = self.schedules.get(key) else {
            return false;
        };
        if record.over || record.is_paused() || record.ended.is_some() {
            return false;
        }
        if record.due.is_some() {
            let reading = record.reading(&self.cx.clocks, now);
            if record.start().is_none_or(|start| start > reading) {
                return false;
            }
            // The clock may have been set forward since the timer was set.
            self.arm_schedule(key, now);
        }
        if let Some(closing) = &mut self.closing {
            closing.due.undecided.insert(key);
        }
        true
    }

    /// Returns whether a shutdown must decide about an instant of a schedule.
    pub(in crate::engine) fn is_undecided(&self, key: Key) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| closing.due.undecided.contains(&key))
    }

    /// Returns whether a shutdown must decide about any instant.
    pub(in crate::engine) fn has_undecided(&self) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| !closing.due.undecided.is_empty())
    }

    /// Handles the next instant of a trigger, which is decided too if it was due when the shutdown began. `jitter`
    /// is the limit with which its delay was computed.
    pub(in crate::engine) fn decide_last(
        &mut self,
        key: Key,
        next: Option<Next>,
        jitter: Duration,
        now: &Now,
    ) {
        let horizon = self.horizon(now);
        let Some(record) = self.schedules.get_mut(key) else {
            return self.decided(key, now);
        };
        record.nominal = next.map(|next| next.nominal);
        record.shift = next.map_or(record.shift, |next| next.shift);
        let reading = record.reading(&self.cx.clocks, &horizon);
        let is_due = record.start().is_some_and(|start| start <= reading);
        let is_shifted_so = record.policies().jitter == jitter;
        let nominal = record.nominal.filter(|&nominal| nominal <= reading);
        match nominal {
            Some(nominal) if !is_shifted_so => self.request(key, Ask::Shift { nominal }),
            Some(nominal) if is_due => {
                let ask = Ask::Due {
                    nominal,
                    now: reading,
                    wall: horizon.wall,
                };
                self.request(key, ask);
            }
            _ => {
                self.retire(key, None, SkipReason::Shutdown, now);
                self.decided(key, now);
            }
        }
    }

    /// Records that all due instants of a schedule are decided.
    pub(in crate::engine) fn decided(&mut self, key: Key, now: &Now) {
        if let Some(closing) = &mut self.closing {
            closing.due.undecided.remove(&key);
        }
        self.drop_if_done(key, now);
        self.check_closed(now);
    }

    /// Returns whether the shutdown waits for trigger results. Results about replaced triggers that the
    /// current call obtains are waited for in any case: they arrive before it returns.
    pub(in crate::engine) fn awaits_answers(&self) -> bool {
        self.asking.is_retiring_at_once() || self.answers_deadline() < NEVER
    }

    /// Returns the deadline for trigger results that may not arrive.
    pub(in crate::engine) fn answers_deadline(&self) -> u64 {
        let closing = self.closing.as_ref();
        let patience = closing.and_then(|closing| closing.due.patience);
        let asks = || self.has_undecided() && self.asking.len() > 0;
        let patience = patience.filter(|_| self.asking.is_retiring_slowly() || asks());
        patience.unwrap_or(NEVER)
    }

    /// Stops waiting for late trigger results, and records the first instant of each.
    pub(in crate::engine) fn handle_answers_overdue(&mut self, now: &Now) {
        let elapsed = self.cx.clocks.elapsed(now);
        if self.answers_deadline() > elapsed {
            return;
        }
        let again = elapsed.saturating_add(nanos(self.cx.options.handler_grace));
        self.give_up_answers(now);
        let waits = self.has_undecided();
        if let Some(closing) = &mut self.closing {
            closing.due.patience = waits.then_some(again.min(closing.end));
        }
        self.check_closed(now);
    }

    /// Stops waiting, because the driver is gone.
    pub(in crate::engine) fn await_no_answers(&mut self, now: &Now) {
        if let Some(closing) = &mut self.closing {
            closing.due.patience = None;
        }
        self.drop_all_questions(now);
        self.give_up_retirements(now);
    }

    fn give_up_answers(&mut self, now: &Now) {
        self.give_up_retirements(now);
        let is_asked = |key: &Key| self.schedules.get(*key).is_some_and(|it| it.due.is_none());
        let undecided = self.closing.iter().flat_map(|it| &it.due.undecided);
        let unanswered: Vec<Key> = undecided.copied().filter(is_asked).collect();
        for key in unanswered {
            self.retire_unasked(key, SkipReason::Shutdown, now);
            self.decided(key, now);
        }
    }

    /// Ends the drain: no further instant is decided.
    pub(in crate::engine) fn forget_undecided(&mut self) {
        if let Some(closing) = &mut self.closing {
            closing.due.undecided.clear();
        }
    }
}
