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
//! Here are the state and the loop of time; the other files hold one concern each.

mod action;
mod asking;
mod attempts;
mod backfill;
mod batch;
mod begin;
mod cancel;
mod clock;
mod closing;
mod delay;
mod draining;
mod due_at_close;
mod early;
mod ending;
mod handling;
mod idle;
mod job_extras;
mod jobs;
mod occurrence;
mod queue;
mod rates;
mod ready;
mod retry;
mod schedules;
mod slab;
mod subscribers;
mod time;
mod timers;
mod waits;
mod watch;

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Weak},
};

pub(crate) use self::{
    action::{Action, Claim, Discarded},
    asking::{Question, WORK_PER_TURN},
    begin::Begin,
    clock::NEVER,
    early::EarlySleeps,
    ending::{End, Ended},
    handling::Unhandled,
    jobs::{Refused, id_of, key_of},
    retry::RetryRequest,
    schedules::{
        plan::{Plan, PlanRequest, plan},
        retire::Retirement,
    },
    slab::Key,
    subscribers::{Delivery, Subscriber},
    time::{DUE_PER_TURN, Rest},
};
use self::{
    asking::Asking, backfill::Backfills, batch::Batch, clock::Timelines, closing::Closing,
    handling::Handling, idle::Stillness, jobs::JobRecord, queue::Queue, rates::Rates,
    schedules::Schedules, slab::Slab, subscribers::Subscribers, timers::TimerQueue, waits::Waits,
    watch::Watch,
};
use crate::{
    EventKind, ListenerId, Metrics, Now, Operation, Options, Result, ShutdownReport, State,
    StateCause, event::NameSet, job::JobHost, permit,
};

pub(crate) struct Engine {
    options: Options,
    state: State,
    /// Which start this is, so that a caller can tell its own from a later one.
    attempt: u64,
    starts_paused: bool,
    clocks: Timelines,
    host: Weak<dyn JobHost>,
    jobs: Slab<JobRecord>,
    queue: Queue,
    batch: Batch,
    /// Delayed jobs that wait for the wall clock.
    wall_jobs: usize,
    schedules: Schedules,
    /// When the turns of catch-up runs come.
    paces: BTreeSet<(u64, Key)>,
    backfills: Backfills,
    timers: TimerQueue,
    /// Questions to triggers that have not been answered yet.
    asking: Asking,
    /// Deadlines at which cancelled jobs are dropped.
    graces: BTreeSet<(u64, Key)>,
    waits: Waits,
    /// When jobs come to a limit of time.
    limits: BTreeSet<(u64, Key)>,
    rates: Rates,
    closing: Option<Closing>,
    handling: Handling,
    watch: Watch,
    report: Option<Arc<ShutdownReport>>,
    hub: Subscribers,
    metrics: Metrics,
    /// The usual end of one job, which costs no room among the actions.
    end: Option<End>,
    actions: VecDeque<Action>,
    /// The deadline the driver sleeps towards; 0 while it is awake.
    armed: u64,
    /// The earliest deadline that came up since it was last looked at.
    earliest: u64,
    room_made: bool,
    state_changed: bool,
    stillness: Stillness,
    /// It was announced that sleeps of the runtime end early.
    sleeps_early: bool,
    /// A schedule has been paused: the engine is asked before a run begins, from then on.
    asks_about_schedules: bool,
    /// It shuts down, and accepted jobs that are due still start.
    drains: bool,
    /// Whether the gate must be set again.
    gate_moved: bool,
}

/// The actions of a call, to be carried out after unlocking.
pub(crate) struct Drained {
    /// Jobs to be executed alone, the first of them apart.
    pub(crate) claim: Option<Claim>,
    pub(crate) claims: Vec<Claim>,
    /// Runners to be started for the others.
    pub(crate) runners: usize,
    /// A job that has ended, before anything else; further ones are among the actions.
    pub(crate) end: Option<End>,
    pub(crate) actions: VecDeque<Action>,
    /// The readers of events to be woken.
    pub(crate) reached: Vec<Arc<Subscriber>>,
    pub(crate) wake_driver: bool,
    pub(crate) room_made: bool,
    pub(crate) state_changed: bool,
    /// Whether callers of `wait_idle` must check again.
    pub(crate) idle: bool,
}

impl Drained {
    /// Whether there is anything to do but to signal.
    pub(crate) fn is_to_be_done(&self) -> bool {
        self.claim.is_some()
            || self.runners > 0
            || self.end.is_some()
            || !self.actions.is_empty()
            || !self.claims.is_empty()
    }
}

impl Engine {
    pub(crate) fn new(options: Options, origin: Now, host: Weak<dyn JobHost>) -> Self {
        Self {
            options,
            state: State::New,
            attempt: 0,
            starts_paused: false,
            clocks: Timelines::new(origin),
            host,
            jobs: Slab::new(),
            queue: Queue::default(),
            batch: Batch::default(),
            wall_jobs: 0,
            schedules: Schedules::default(),
            paces: BTreeSet::new(),
            backfills: Backfills::default(),
            timers: TimerQueue::new(),
            asking: Asking::default(),
            graces: BTreeSet::new(),
            waits: Waits::default(),
            limits: BTreeSet::new(),
            rates: Rates::default(),
            closing: None,
            handling: Handling::default(),
            watch: Watch::default(),
            report: None,
            hub: Subscribers::default(),
            metrics: Metrics::default(),
            end: None,
            actions: VecDeque::new(),
            armed: 0,
            earliest: NEVER,
            room_made: false,
            state_changed: false,
            stillness: Stillness::default(),
            sleeps_early: false,
            asks_about_schedules: false,
            drains: false,
            gate_moved: false,
        }
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    pub(crate) const fn attempt(&self) -> u64 {
        self.attempt
    }

    pub(crate) fn report(&self) -> Option<Arc<ShutdownReport>> {
        self.report.clone()
    }

    /// Begins a start, and returns its number. [`handle_driver_up`](Self::handle_driver_up) completes it.
    pub(crate) fn start(&mut self, paused: bool, now: &Now) -> Result<u64> {
        let operation = if paused {
            Operation::StartPaused
        } else {
            Operation::Start
        };
        permit(self.state, operation)?;
        self.attempt += 1;
        self.starts_paused = paused;
        self.change_state(State::Starting, StateCause::Requested, now);
        Ok(self.attempt)
    }

    /// The runtime polls the driver for the first time. Late for a start that was aborted.
    pub(crate) fn handle_driver_up(&mut self, now: &Now) {
        if self.state != State::Starting {
            return;
        }
        let state = if self.starts_paused {
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
        permit(self.state, Operation::Pause)?;
        if self.state == State::Running {
            self.change_state(State::Paused, StateCause::Requested, now);
            self.hold_back_claims(now);
        }
        Ok(())
    }

    pub(crate) fn resume(&mut self, now: &Now) -> Result<()> {
        permit(self.state, Operation::Resume)?;
        if self.state == State::Paused {
            self.change_state(State::Running, StateCause::Requested, now);
            self.fill(now);
            self.resume_backfills(now);
            // The driver slept towards none of what waited for the end of the pause.
            self.note_deadline(self.next_deadline(self.clocks.elapsed(now)));
        }
        Ok(())
    }

    fn change_state(&mut self, to: State, cause: StateCause, now: &Now) {
        let from = std::mem::replace(&mut self.state, to);
        self.state_changed = true;
        self.gate_moved = true;
        self.publish(now, |_| EventKind::StateChanged { from, to, cause });
    }

    /// Whether accepted jobs start when it is their turn.
    const fn starts_jobs(&self) -> bool {
        matches!(self.state, State::Running) || self.drains
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            delayed: self.queue.delayed,
            queued: self.queue.waiting(),
            retrying: self.queue.retrying,
            running: self.queue.running,
            handling: self.handling.len(),
            schedules: self.schedules.len(),
            ..self.metrics
        }
    }

    /// Adds a reader. A stream that nothing will ever be put into comes back, to be closed by being
    /// dropped without a lock.
    pub(crate) fn observe(&mut self, outlet: Subscriber) -> Option<Subscriber> {
        if self.state == State::ShutDown && outlet.listener.is_none() {
            return Some(outlet);
        }
        self.hub.attach(outlet);
        None
    }

    /// Removes a listener, no call of which begins from now on (`EV-007`).
    pub(crate) fn unobserve(&mut self, id: ListenerId) -> Option<Arc<Subscriber>> {
        self.hub.detach(id)
    }

    /// The names of the events that any reader may want.
    pub(crate) const fn wanted(&self) -> NameSet {
        self.hub.wanted()
    }

    pub(crate) fn outlets(&self) -> Vec<Arc<Subscriber>> {
        self.hub.outlets()
    }

    /// Returns the time of a call. The caller read the clock before locking, possibly before a call that locked
    /// first, so the engine takes the later time (`EV-001`).
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        self.clocks.catch_up(now)
    }

    /// Announces an event, if anybody wants to know.
    fn publish(&mut self, now: &Now, kind: impl FnOnce(&Self) -> EventKind) {
        if self.hub.is_observed() {
            let kind = kind(self);
            if !self.hub.wants(kind.name()) {
                return;
            }
            let record = kind.job().and_then(|job| self.jobs.get(key_of(job)));
            let about = record.map(JobRecord::about).unwrap_or_default();
            self.hub.publish(now, kind, about);
        }
    }

    /// Has something destroyed once the lock is released.
    fn discard(&mut self, what: Discarded) {
        self.actions.push_back(Action::Discard(what));
    }

    /// Takes the actions, and leaves room for as many: a turn with many is followed by the like.
    fn take_actions(&mut self) -> VecDeque<Action> {
        match self.actions.len() {
            0 => VecDeque::new(),
            few @ 1..8 => self.actions.drain(..few).collect(),
            many => {
                let room = VecDeque::with_capacity(many.min(DUE_PER_TURN));
                std::mem::replace(&mut self.actions, room)
            }
        }
    }

    /// Returns the new setting of the gate, if it changed.
    pub(crate) fn take_gate(&mut self) -> Option<crate::sync::gate::Asks> {
        std::mem::take(&mut self.gate_moved).then(|| self.asks())
    }

    /// Returns whether a new deadline must wake the driver.
    pub(crate) const fn take_wake(&mut self) -> bool {
        let wake_driver = self.earliest < self.armed;
        if wake_driver {
            self.armed = 0;
        }
        self.earliest = NEVER;
        wake_driver
    }

    /// Whether events wait for their readers to be woken.
    pub(crate) fn has_published(&self) -> bool {
        self.hub.has_reached()
    }

    /// Takes the actions, to be carried out after unlocking.
    pub(crate) fn drain(&mut self) -> Drained {
        let wake_driver = self.take_wake();
        let idle = self.has_come_to_rest();
        let (claim, claims) = self.batch.take_few();
        Drained {
            claim,
            claims,
            runners: self.batch.hire(),
            end: self.end.take(),
            actions: self.take_actions(),
            reached: self.hub.take_reached(),
            wake_driver,
            room_made: std::mem::take(&mut self.room_made),
            state_changed: std::mem::take(&mut self.state_changed),
            idle,
        }
    }
}
