//! Instants that are due when a shutdown begins, and about which nothing has been decided (`SD-009`).
//!
//! The driver may not have reached them, or their triggers have not returned. A graceful shutdown decides
//! about them as usual, by the clocks at its begin: they run or are recorded with a reason. Any other shutdown
//! records them as skipped.

use std::time::Duration;

use super::{Schedules, ask::Ask, plan::Next};
use crate::{
    SkipReason,
    engine::{cx::Cx, slab::Key},
};

impl Schedules {
    /// Returns whether a shutdown must decide about an instant of a schedule.
    pub(super) fn is_undecided(&self, key: Key) -> bool {
        self.undecided.contains(&key)
    }

    /// Returns whether a shutdown must decide about any instant.
    pub(in crate::engine) fn has_undecided(&self) -> bool {
        !self.undecided.is_empty()
    }

    /// Returns whether the graceful shutdown that begins now must decide about an instant of a schedule. Arms its
    /// timer, unless its trigger is being called.
    pub(super) fn keep_undecided(&mut self, key: Key, cx: &mut Cx) -> bool {
        let Some(record) = self.get(key) else {
            return false;
        };
        if record.over || record.is_paused() || record.ended.is_some() {
            return false;
        }
        if record.due.is_set() {
            let reading = record.reading(cx);
            if record.start().is_none_or(|start| start > reading) {
                return false;
            }
            // The clock may have been set forward since the timer was set.
            self.arm_schedule(key, cx);
        }
        self.undecided.insert(key);
        true
    }

    /// Decides the next instant of a trigger too, if it was due when the shutdown began. `jitter` is the maximum
    /// from which the delay of `next` was drawn.
    pub(super) fn decide_last(
        &mut self,
        key: Key,
        next: Option<Next>,
        jitter: Duration,
        cx: &mut Cx,
    ) {
        let horizon = cx.horizon();
        let Some(record) = self.get_mut(key) else {
            return self.finish_deciding(key, cx);
        };
        record.nominal = next.map(|next| next.nominal);
        record.shift = next.map_or(record.shift, |next| next.shift);
        let reading = record.reading_at(cx, horizon);
        let is_due = record.start().is_some_and(|start| start <= reading);
        let is_shifted_so = record.policies().jitter == jitter;
        let nominal = record.nominal.filter(|&nominal| nominal <= reading);
        match nominal {
            Some(nominal) if !is_shifted_so => {
                self.request(key, Ask::Shift { nominal }, cx);
            }
            Some(nominal) if is_due => {
                let ask = Ask::Due {
                    nominal,
                    now: reading,
                    wall: horizon.wall,
                };
                self.request(key, ask, cx);
            }
            _ => {
                self.retire(key, None, SkipReason::Shutdown, cx);
                self.finish_deciding(key, cx);
            }
        }
    }

    /// Records that all due instants of a schedule are decided.
    pub(super) fn finish_deciding(&mut self, key: Key, cx: &mut Cx) {
        self.undecided.remove(&key);
        self.drop_if_done(key, cx);
    }

    /// Records the first instant of each schedule whose trigger did not return in time.
    pub(in crate::engine) fn give_up_undecided(&mut self, cx: &mut Cx) {
        let is_asked = |key: &Key| self.get(*key).is_some_and(|it| !it.due.is_set());
        let undecided = self.undecided.iter();
        let unanswered: Vec<Key> = undecided.copied().filter(is_asked).collect();
        for key in unanswered {
            self.retire_unasked(key, SkipReason::Shutdown, cx);
            self.finish_deciding(key, cx);
        }
    }
}
