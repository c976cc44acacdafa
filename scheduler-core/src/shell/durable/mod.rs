//! The store of a scheduler: carries out the steps of the [`Desk`], as [`Shared`] carries out the actions of the engine.
//!
//! Each call of a session is a piece of blocking work of the runtime, one at a time. So every backend has every store,
//! and simulated time waits for the answer of a store as for any blocking work.

mod call;
mod control;
mod driver;
mod runs;

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) use self::control::Control;
use self::{driver::DriverEnd, runs::Runs};
use super::{shared::Shared, sleep::sleep};
use crate::{
    Error, EventKind, Now, Result, SpawnError, State,
    contract::timeout::first_of,
    engine::{
        Engine,
        desk::{Desk, DeskOptions, Effect, Reply, Ticket, Wants},
    },
    store::{IdMaker, StoreError, StoreTime, Stored, StoredId, Write, Written},
    sync::{alarm::Alarm, signal::Signal},
};

/// How long the end of the scheduler waits for the store to take the last writes.
const LEAVE_GRACE: Duration = Duration::from_secs(5);

/// The store of a scheduler, and the state of its node.
pub(crate) struct StoreShell {
    stored: Stored,
    /// `None` before the first start.
    desk: Mutex<Option<Desk>>,
    ids: Mutex<IdMaker>,
    runs: Runs,
    replies: Mutex<BTreeMap<Ticket, Option<Reply>>>,
    /// Wakes the driver.
    alarm: Arc<Alarm>,
    /// Notified when a reply, an opening or the end of a run has come.
    changed: Signal,
    has_driver: AtomicBool,
    rounds: AtomicU64,
    /// Random number of the node.
    nonce: u64,
    /// The error of the last opening.
    open_error: Mutex<Option<StoreError>>,
}

impl StoreShell {
    pub(crate) fn new(stored: Stored) -> Self {
        let nonce = nonce(&stored);
        Self {
            nonce,
            stored,
            desk: Mutex::new(None),
            ids: Mutex::new(IdMaker::with_maker(nonce)),
            runs: Runs::default(),
            replies: Mutex::default(),
            alarm: Arc::new(Alarm::new()),
            changed: Signal::new(),
            has_driver: AtomicBool::new(false),
            rounds: AtomicU64::new(0),
            open_error: Mutex::new(None),
        }
    }

    fn desk(&self) -> MutexGuard<'_, Option<Desk>> {
        lock(&self.desk)
    }

    /// Wakes the driver: the state of the scheduler has changed.
    pub(crate) fn ring(&self) {
        self.alarm.ring();
    }

    pub(crate) const fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Opens the store, and waits until it has answered.
    pub(crate) async fn open(&self, shared: &Arc<Shared>) -> Result<()> {
        let mut opening = Opening {
            shared,
            is_open: false,
        };
        self.begin_driver(shared)?;
        let limit = sleep(shared, self.stored.open_limit);
        let opened = first_of(self.changed.until(|| self.opened()), limit).await;
        let opened = opened.unwrap_or_else(|| {
            let last = lock(&self.open_error).take();
            let limit = self.stored.open_limit;
            Err(last.unwrap_or(StoreError::TimedOut { limit }).into())
        });
        opening.is_open = opened.is_ok();
        opened
    }

    fn opened(&self) -> Option<Result<()>> {
        if self.desk().as_ref().is_some_and(Desk::is_member) {
            return Some(Ok(()));
        }
        let mut error = lock(&self.open_error);
        // A store that is down may come back within the limit.
        error
            .take_if(|error| !error.is_temporary())
            .map(|error| Err(error.into()))
    }

    fn begin_driver(&self, shared: &Arc<Shared>) -> Result<()> {
        if self.has_driver.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let now = shared.runtime.now();
        *lock(&self.open_error) = None;
        *self.desk() = Some(Desk::new(
            self.desk_options(),
            shared.nanos(&now),
            wall(&now),
        ));
        let end = DriverEnd::new(shared.clone());
        let spawned = shared.spawn(Box::pin(driver::drive(end)));
        spawned.map_err(|source: SpawnError| shared.spawn_error(source))
    }

    fn desk_options(&self) -> DeskOptions {
        let stored = &self.stored;
        DeskOptions {
            name: stored.name.clone(),
            lease: stored.lease,
            hold: stored.hold,
            queues: stored.queues.clone(),
            tasks: stored.tasks.names().map(str::to_owned).collect(),
            patience: stored.patience,
            nonce: self.nonce,
        }
    }

    /// Returns the wish of the node in a state of the scheduler.
    const fn wants_in(state: State) -> Wants {
        match state {
            State::Running => Wants::Jobs,
            State::New | State::Starting | State::Paused | State::ShuttingDown => Wants::Nothing,
            State::ShutDown => Wants::ToLeave,
        }
    }

    /// Waits until the node has left the store, or its grace has ended.
    pub(crate) async fn until_left(&self) {
        self.changed
            .until(|| (!self.has_driver.load(Ordering::Acquire)).then_some(()))
            .await;
    }

    /// Sends a write with the next turn, and waits for its result.
    async fn write(&self, shared: &Shared, write: Write) -> Result<Written> {
        let job = match &write {
            Write::Submit(submit) => Some(submit.job.id),
            _ => None,
        };
        let now = shared.nanos(&shared.runtime.now());
        let ticket = {
            let mut desk = self.desk();
            let desk = desk.as_mut().ok_or_else(gone)?;
            let ticket = desk.write(write, now);
            lock(&self.replies).insert(ticket, None);
            ticket
        };
        let waiting = Waiting {
            shell: self,
            ticket,
        };
        self.alarm.ring();
        let reply = self.changed.until(|| waiting.take()).await;
        match reply {
            Reply::Written(written) => Ok(written),
            Reply::Unsent(error) => Err(error.into()),
            Reply::Unknown(error) => Err(Error::MaybeStored {
                job,
                source: Arc::new(error),
            }),
        }
    }

    fn next_id(&self, shared: &Shared) -> StoredId {
        let now = wall(&shared.runtime.now());
        lock(&self.ids).next(now)
    }

    /// Carries out the effects of an input of the desk.
    fn carry_out(&self, shared: &Arc<Shared>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Start(job) => self.start(shared, &job),
                Effect::Cancel(job) => self.runs.cancel(shared, job),
                Effect::LeaseLost(job) => self.runs.lose(shared, job),
                Effect::Reply(ticket, reply) => {
                    // The caller of a missing ticket no longer waits.
                    if let Some(place) = lock(&self.replies).get_mut(&ticket) {
                        *place = Some(reply);
                    }
                }
                Effect::StoreLost(error) => {
                    let mut text = String::new();
                    // The text of an error is formed by code of the store.
                    shared.call_back(|| text = error.to_string());
                    publish(shared, EventKind::StoreLost { error: text.into() });
                }
                Effect::StoreBack => publish(shared, EventKind::StoreBack),
                Effect::Fenced => publish(shared, EventKind::NodeReplaced),
                Effect::Buried(nodes) => {
                    for node in nodes {
                        publish(shared, EventKind::NodeRemoved { node: node.into() });
                    }
                }
            }
        }
        self.rounds.fetch_add(1, Ordering::AcqRel);
        self.changed.notify();
    }

    /// Returns a number that grows with each reply of the store.
    fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Acquire)
    }
}

/// Drop guard of a caller that waits for its reply.
struct Waiting<'a> {
    shell: &'a StoreShell,
    ticket: Ticket,
}

impl Waiting<'_> {
    fn take(&self) -> Option<Reply> {
        lock(&self.shell.replies).get_mut(&self.ticket)?.take()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.shell.replies).remove(&self.ticket);
        if let Some(desk) = self.shell.desk().as_mut() {
            desk.forget(self.ticket);
        }
    }
}

/// Drop guard of a start: closes the store unless the scheduler has started.
struct Opening<'a> {
    shared: &'a Arc<Shared>,
    is_open: bool,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.is_open {
            self.shared.close_store();
        }
    }
}

impl Shared {
    /// Opens the store, if there is one.
    pub(crate) async fn open_store(&self) -> Result<()> {
        match (&self.store, self.me()) {
            (Some(store), Some(shared)) => store.open(&shared).await,
            _ => Ok(()),
        }
    }

    /// Closes the store after a start that failed, if no other start has succeeded.
    pub(crate) fn close_store(&self) {
        let Some(store) = &self.store else { return };
        if self.look(Engine::state) == State::New {
            let now = self.nanos(&self.runtime.now());
            if let Some(desk) = store.desk().as_mut() {
                desk.set_wants(Wants::ToLeave, now);
            }
            store.ring();
        }
    }
}

/// Returns the random number of a node. In simulated time it depends on the name alone, so that a test repeats.
fn nonce(stored: &Stored) -> u64 {
    if stored.simulated_time {
        let name = stored.name.bytes();
        return name.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    }
    RandomState::new().build_hasher().finish()
}

fn publish(shared: &Shared, event: EventKind) {
    shared.call(|engine, now| engine.handle_store_event(event, now));
}

fn gone() -> Error {
    crate::LifecycleError::ShutDown.into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the wall clock as a time of stores.
fn wall(now: &Now) -> StoreTime {
    now.wall().into()
}
