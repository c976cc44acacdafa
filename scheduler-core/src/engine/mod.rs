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
    backfill::Backfills,
    closing::{Closing, Watch},
    cx::Cx,
    jobs::{JobRecord, Jobs},
    lifecycle::Stillness,
    schedules::Schedules,
    slab::Slab,
};
use crate::{
    EventKind, ListenerId, Metrics, Now, Operation, Options, Result, ShutdownReport, State,
    StateCause, event::NameSet, job::JobHost, permit,
};

pub(crate) struct Engine {
    cx: Cx,
    jobs: Jobs,
    schedules: Schedules,
    backfills: Backfills,
    closing: Option<Closing>,
    watch: Watch,
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
            watch: Watch::default(),
            report: None,
            stillness: Stillness::default(),
        }
    }

    pub(crate) const fn state(&self) -> State {
        self.cx.lifecycle.state
    }

    pub(crate) const fn attempt(&self) -> u64 {
        self.cx.lifecycle.start_number
    }

    pub(crate) fn report(&self) -> Option<Arc<ShutdownReport>> {
        self.report.clone()
    }

    /// Begins a start, and returns its number. [`handle_driver_up`](Self::handle_driver_up) completes it.
    pub(crate) fn start(&mut self, paused: bool, now: &Now) -> Result<u64> {
        self.cx.begin(now);
        let operation = if paused {
            Operation::StartPaused
        } else {
            Operation::Start
        };
        permit(self.cx.lifecycle.state, operation)?;
        self.cx.lifecycle.start_number += 1;
        self.cx.lifecycle.starts_paused = paused;
        self.change_state(State::Starting, StateCause::Requested, now);
        Ok(self.cx.lifecycle.start_number)
    }

    /// The runtime polls the driver for the first time. Late for a start that was aborted.
    pub(crate) fn handle_driver_up(&mut self, now: &Now) {
        self.cx.begin(now);
        if self.cx.lifecycle.state != State::Starting {
            return;
        }
        let state = if self.cx.lifecycle.starts_paused {
            State::Paused
        } else {
            State::Running
        };
        self.change_state(state, StateCause::Requested, now);
        self.arm_delayed(now);
        self.limit_early(now);
        self.request_all_first(now);
        self.fill(now);
    }

    /// The runtime did not take the driver: as if nothing had been asked (`LC-019`).
    fn handle_start_failed(&mut self, now: &Now) {
        self.change_state(State::New, StateCause::StartFailed, now);
    }

    pub(crate) fn pause(&mut self, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state, Operation::Pause)?;
        if self.cx.lifecycle.state == State::Running {
            self.change_state(State::Paused, StateCause::Requested, now);
            self.hold_back_claims(now);
        }
        Ok(())
    }

    pub(crate) fn resume(&mut self, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state, Operation::Resume)?;
        if self.cx.lifecycle.state == State::Paused {
            self.change_state(State::Running, StateCause::Requested, now);
            self.fill(now);
            self.resume_backfills(now);
            // The driver slept towards none of what waited for the end of the pause.
            self.cx
                .deadlines
                .note(self.next_deadline(self.cx.clocks.elapsed(now)));
        }
        Ok(())
    }

    fn change_state(&mut self, to: State, cause: StateCause, now: &Now) {
        let from = std::mem::replace(&mut self.cx.lifecycle.state, to);
        self.cx.outbox.state_changed = true;
        self.cx.outbox.gate_moved = true;
        self.publish(now, |_| EventKind::StateChanged { from, to, cause });
    }

    /// Whether accepted jobs start when it is their turn.
    const fn starts_jobs(&self) -> bool {
        self.cx.lifecycle.starts_jobs()
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            delayed: self.jobs.queue.delayed,
            queued: self.jobs.queue.waiting(),
            retrying: self.jobs.queue.retrying,
            running: self.jobs.queue.running,
            handling: self.jobs.handling.len(),
            schedules: self.schedules.len(),
            ..self.cx.outbox.counters
        }
    }

    /// Adds a reader. A stream that nothing will ever be put into comes back, to be closed by being
    /// dropped without a lock.
    pub(crate) fn observe(&mut self, outlet: Subscriber) -> Option<Subscriber> {
        if self.cx.lifecycle.state == State::ShutDown && outlet.listener.is_none() {
            return Some(outlet);
        }
        self.cx.outbox.readers.attach(outlet);
        None
    }

    /// Removes a listener, no call of which begins from now on (`EV-007`).
    pub(crate) fn unobserve(&mut self, id: ListenerId) -> Option<Arc<Subscriber>> {
        self.cx.outbox.readers.detach(id)
    }

    /// The names of the events that any reader may want.
    pub(crate) const fn wanted(&self) -> NameSet {
        self.cx.outbox.readers.wanted()
    }

    pub(crate) fn outlets(&self) -> Vec<Arc<Subscriber>> {
        self.cx.outbox.readers.outlets()
    }

    /// Returns the time of a call. The caller read the clock before locking, possibly before a call that locked
    /// first, so the engine takes the later time (`EV-001`).
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        self.cx.clocks.catch_up(now)
    }

    /// Announces an event, if anybody wants to know.
    fn publish(&mut self, now: &Now, kind: impl FnOnce(&Self) -> EventKind) {
        if self.cx.outbox.readers.is_observed() {
            let kind = kind(self);
            if !self.cx.outbox.readers.wants(kind.name()) {
                return;
            }
            let record = kind
                .job()
                .and_then(|job| self.jobs.records.get(key_of(job)));
            let about = record.map(JobRecord::about).unwrap_or_default();
            self.cx.outbox.readers.publish(now, kind, about);
        }
    }

    /// Has something dropped after unlocking.
    fn discard(&mut self, what: Discarded) {
        self.cx.discard(what);
    }

    /// Returns the new setting of the gate, if it changed.
    pub(crate) fn take_gate(&mut self) -> Option<crate::sync::gate::Asks> {
        std::mem::take(&mut self.cx.outbox.gate_moved).then(|| self.asks())
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
        let idle = self.has_come_to_rest();
        let (claim, claims) = self.jobs.batch.take_few();
        Drained {
            claim,
            claims,
            runners: self.jobs.batch.hire(),
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
