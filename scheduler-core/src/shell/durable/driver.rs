//! The driver of the store: one task that sends the turns of the desk and waits for the results.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    LEAVE_GRACE, StoreShell,
    call::{Answer, Ask, Call},
    lock, wall,
};
use crate::{
    Now, State,
    contract::timeout::first_of,
    engine::{
        Engine,
        desk::{Reply, Step},
    },
    shell::{shared::Shared, sleep::sleep_until},
    store::{Session, Store, StoreError},
};

/// How often a node removes old rows, how soon after a step that found many, and how many rows a step removes.
const PRUNE: Duration = Duration::from_secs(60);
const PRUNE_AGAIN: Duration = Duration::from_secs(1);
const PRUNED: usize = 500;

/// Drop guard of the driver: without it no caller gets its reply.
pub(super) struct DriverEnd {
    shared: Arc<Shared>,
}

impl DriverEnd {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Drop for DriverEnd {
    fn drop(&mut self) {
        if let Some(store) = &self.shared.store {
            store.end();
        }
    }
}

/// Sends turns until the node has left the store.
pub(super) async fn drive(end: DriverEnd) {
    let shared = &end.shared;
    let Some(store) = &shared.store else { return };
    let mut state = Driver {
        shared,
        store,
        call: None,
        session: None,
        calls: Arc::new(()),
        pruning: None,
        prune_at: shared.runtime.now().mono() + PRUNE,
        leave_by: None,
    };
    loop {
        // Reset before the state is read: a ring after the reading ends the wait.
        store.alarm.reset();
        let now = shared.runtime.now();
        state.take_answer(&now);
        let Some(until) = state.step(&now) else {
            return;
        };
        let wait = sleep_until(shared, until, now.mono());
        first_of(store.alarm.wait(), wait).await;
    }
}

struct Driver<'a> {
    shared: &'a Arc<Shared>,
    store: &'a StoreShell,
    call: Option<Call>,
    session: Option<Box<dyn Session>>,
    /// Cloned by each call that is under way.
    calls: Arc<()>,
    /// The removal of old rows that is under way, on a session of its own.
    pruning: Option<Call>,
    prune_at: Instant,
    /// When the driver ends although the store has not taken the last writes.
    leave_by: Option<Instant>,
}

impl Driver<'_> {
    /// Passes the answer of the call under way to the desk.
    fn take_answer(&mut self, now: &Now) {
        let limit = self.store.stored.lease / 3;
        let Some((answer, session)) = self
            .call
            .as_ref()
            .and_then(|call| call.take(now.mono(), limit))
        else {
            return;
        };
        self.call = None;
        self.session = session;
        let nanos = self.shared.nanos(now);
        let effects = {
            let mut desk = self.store.desk();
            let Some(desk) = desk.as_mut() else { return };
            match answer {
                Answer::Opened(Ok(opened)) => desk.handle_opened(&opened, nanos),
                Answer::Opened(Err(error)) => {
                    let effects = desk.handle_open_failed(&error, nanos);
                    *lock(&self.store.open_error) = Some(error);
                    effects
                }
                Answer::Pruned(_) => Vec::new(),
                Answer::Turned(number, turned) => match *turned {
                    Ok(turned) => desk.handle_turned(number, turned, nanos),
                    Err(error) => desk.handle_failed(number, &error, nanos),
                },
            }
        };
        self.store.carry_out(self.shared, effects);
    }

    /// Takes the next step of the desk, and returns until when to wait. `None` at the end.
    fn step(&mut self, now: &Now) -> Option<Instant> {
        let nanos = self.shared.nanos(now);
        let state = self.shared.look(Engine::state);
        self.store.take_ends(nanos);
        if state == State::Paused {
            self.store.runs.withdraw_unbegun(self.shared);
        }
        let (step, effects) = {
            let mut desk = self.store.desk();
            let desk = desk.as_mut()?;
            desk.set_wants(StoreShell::wants_in(state), nanos);
            desk.next(nanos)
        };
        self.store.carry_out(self.shared, effects);
        let until = match step {
            Step::Left => return None,
            Step::Wait(until) => self.shared.instant(until),
            Step::Open(mut open) => {
                open.now = self.store.stored.simulated_time.then(|| wall(now));
                self.send(Ask::Open(open), now);
                None
            }
            Step::Turn(mut turn) => {
                turn.now = self.store.stored.simulated_time.then(|| wall(now));
                self.send(Ask::Turn(turn), now);
                None
            }
        };
        self.prune(now, state);
        if state == State::ShutDown {
            let by = *self
                .leave_by
                .get_or_insert_with(|| now.mono() + LEAVE_GRACE);
            if now.mono() >= by {
                return None;
            }
        }
        let far = now.mono() + Duration::from_secs(3600);
        let limit = self.call.as_ref().map(|call| call.limit);
        let ends = [until, limit, self.leave_by, Some(self.prune_at)];
        Some(ends.into_iter().flatten().fold(far, Instant::min))
    }

    fn begin(
        &self,
        store: Arc<dyn Store>,
        session: Option<Box<dyn Session>>,
        ask: Ask,
        limit: Instant,
    ) -> Call {
        let alarm = self.store.alarm.clone();
        Call::begin(self.shared, store, &self.calls, session, ask, alarm, limit)
    }

    /// Removes old rows from time to time, in bounded steps (`ST-056`). Every node does so.
    fn prune(&mut self, now: &Now, state: State) {
        let limit = self.store.stored.lease;
        if let Some((answer, _)) = self
            .pruning
            .as_ref()
            .and_then(|call| call.take(now.mono(), limit))
        {
            self.pruning = None;
            let is_full = matches!(answer, Answer::Pruned(Ok(rows)) if rows == PRUNED);
            self.prune_at = now.mono() + if is_full { PRUNE_AGAIN } else { PRUNE };
        }
        if now.mono() < self.prune_at {
            return;
        }
        if self.pruning.is_some() || state != State::Running {
            self.prune_at = now.mono() + PRUNE_AGAIN;
            return;
        }
        let stored = &self.store.stored;
        let mut keep = stored.keep;
        keep.now = stored.simulated_time.then(|| wall(now));
        let store = stored.store.clone().into_inner();
        self.prune_at = now.mono() + PRUNE;
        self.pruning = Some(self.begin(store, None, Ask::Prune(keep, PRUNED), now.mono() + limit));
    }

    fn send(&mut self, ask: Ask, now: &Now) {
        let limit = now.mono() + self.store.stored.lease / 3;
        let store = self.store.stored.store.clone().into_inner();
        let session = self.session.take();
        self.call = Some(self.begin(store, session, ask, limit));
    }
}

impl StoreShell {
    /// Ends the driver: the node has left, or the runtime has dropped the driver.
    fn end(&self) {
        let desk = self.desk().take();
        drop(desk);
        let gone = || {
            let closed = std::io::Error::other("the scheduler has shut down");
            Reply::Unknown(StoreError::Unreachable(Arc::new(closed)))
        };
        for reply in lock(&self.replies).values_mut() {
            reply.get_or_insert_with(gone);
        }
        self.runs.clear();
        self.has_driver.store(false, Ordering::Release);
        self.changed.notify();
    }

    /// Passes the ends of runs to the desk.
    fn take_ends(&self, now: u64) {
        let ended = self.runs.take_ended();
        let mut desk = self.desk();
        let Some(desk) = desk.as_mut() else { return };
        for (job, ended) in ended {
            desk.handle_ended(job, ended, now);
        }
    }
}
