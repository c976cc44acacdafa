//! The engine: decides everything, does nothing.
//!
//! ```text
//!  commands, time ──▶ Engine ──▶ actions, next deadline
//! ```
//!
//! It reads no clock, wakes no task, spawns nothing and calls no user code; time is an argument. After each
//! call the caller takes the actions with [`Engine::drain`], releases the lock, and carries them out. Late,
//! early and repeated calls are harmless.
//!

mod asking;
mod backfill;
mod closing;
mod commands;
mod cx;
mod inputs;
mod jobs;
mod lifecycle;
mod occurrence;
mod outbox;
mod schedules;
mod slab;
mod time;

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};

pub(crate) use self::{
    asking::{Question, WORK_PER_TURN},
    inputs::Rest,
    jobs::{Begin, End, Ended, Refused, RetryRequest, Unhandled, id_of, key_of},
    outbox::{Action, Claim, Delivery, Discarded, Drained, Subscriber},
    schedules::{
        plan::{Plan, PlanRequest, plan},
        retire::Retirement,
    },
    slab::Key,
    time::{EarlySleeps, NEVER},
};
use self::{
    backfill::Backfills, closing::Closing, cx::Cx, jobs::Jobs, lifecycle::Stillness,
    schedules::Schedules,
};
use crate::{Now, Options, ShutdownReport, State, job::JobHost};

pub(crate) struct Engine {
    cx: Cx,
    jobs: Jobs,
    schedules: Schedules,
    backfills: Backfills,
    closing: Option<Closing>,
    report: Option<Arc<ShutdownReport>>,
    stillness: Stillness,
}

impl Engine {
    pub(crate) fn new(options: Options, origin: Now, host: Weak<dyn JobHost>) -> Self {
        Self {
            cx: Cx::new(options, origin, host),
            jobs: Jobs::default(),
            schedules: Schedules::default(),
            backfills: Backfills::default(),
            closing: None,
            report: None,
            stillness: Stillness::default(),
        }
    }

    pub(crate) const fn state(&self) -> State {
        self.cx.lifecycle.state()
    }

    pub(crate) const fn start_number(&self) -> u64 {
        self.cx.lifecycle.start_number
    }

    pub(crate) fn report(&self) -> Option<Arc<ShutdownReport>> {
        self.report.clone()
    }

    /// Returns the time of a call. The caller read the clock before locking, possibly before a call that locked
    /// first, so the engine takes the later time (`EV-001`).
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        let now = self.cx.clocks.catch_up(now);
        self.cx.begin(&now);
        now
    }

    /// Returns the new setting of the gate, if it changed.
    pub(crate) fn take_gate(&mut self) -> Option<crate::sync::gate::Asks> {
        std::mem::take(&mut self.cx.outbox.gate_moved).then(|| self.cx.lifecycle.asks())
    }

    /// Returns whether a new deadline must wake the driver.
    pub(crate) const fn take_wake(&mut self) -> bool {
        self.cx.deadlines.take_wake()
    }

    /// Whether events wait for their readers to be woken.
    pub(crate) fn has_published(&self) -> bool {
        self.cx.outbox.readers.has_reached()
    }

    /// Takes the actions, to be carried out after unlocking.
    pub(crate) fn drain(&mut self) -> Drained {
        self.sweep_timers();
        let wake_driver = self.take_wake();
        let idle = self.stillness.has_come_to_rest(&self.jobs, &self.cx);
        let (claim, claims) = self.jobs.take_few();
        Drained {
            claim,
            claims,
            runners: self.jobs.hire(),
            end: self.cx.outbox.end.take(),
            actions: self.cx.outbox.take_actions(),
            reached: self.cx.outbox.readers.take_reached(),
            wake_driver,
            room_made: std::mem::take(&mut self.cx.outbox.slot_freed),
            state_changed: std::mem::take(&mut self.cx.outbox.state_changed),
            idle,
        }
    }
}
