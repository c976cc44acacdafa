//! Threads that participate: blocking closures, and clients from outside.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use scheduler_core::seam::{Park, Rested, use_parker};

use super::{
    participant::Participant,
    stalled::Stalled,
    turns::{Bell, Id, Kind},
    world::{Core, World},
};

pub(super) struct ThreadSeat {
    rest: Arc<Rest>,
    participant: Participant,
}

impl ThreadSeat {
    /// Creates a participant for a blocking closure, queued like a task.
    pub(super) fn blocking(world: &Arc<World>) -> Self {
        let bell = Arc::new(Condvar::new());
        let id = world.join(Kind::Blocking, Bell::Thread(bell.clone()));
        Self::new(world, id, bell, Role::Passive)
    }

    /// Creates a client that waits for other threads to advance the clock.
    pub(super) fn client(world: &Arc<World>) -> Self {
        let bell = Arc::new(Condvar::new());
        let id = world.arrive(Bell::Thread(bell.clone()));
        Self::new(world, id, bell, Role::Passive)
    }

    /// Creates a client that advances the clock itself, and is notified when all is quiet.
    pub(super) fn driver(world: &Arc<World>) -> Self {
        let bell = world.quiet.clone();
        let id = world.arrive(Bell::Thread(bell.clone()));
        Self::new(world, id, bell, Role::Driver)
    }

    fn new(world: &Arc<World>, id: Id, bell: Arc<Condvar>, role: Role) -> Self {
        let rest = Rest {
            world: world.clone(),
            id,
            bell,
            role,
            stalled: Mutex::default(),
        };
        Self {
            rest: Arc::new(rest),
            participant: Participant::new(world.clone(), id),
        }
    }

    /// Waits for the turn, and then runs `work` on the calling thread. While `work` waits in `block_on`, it
    /// gives the turn back.
    pub(super) fn run<T>(self, work: impl FnOnce() -> T) -> T {
        self.rest.await_turn();
        let _current = self.participant.enter();
        let _parker = use_parker(self.rest.clone());
        work()
    }

    pub(super) fn rest(&self) -> Arc<Rest> {
        self.rest.clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Other threads advance the clock.
    Passive,
    /// This thread advances the clock, and is notified when all is quiet and no timer is left.
    Driver,
}

/// Parker of a participating thread.
pub(super) struct Rest {
    world: Arc<World>,
    id: Id,
    bell: Arc<Condvar>,
    role: Role,
    stalled: Mutex<Option<Stalled>>,
}

impl Park for Rest {
    fn park(&self) -> Rested {
        let mut core = self.world.lock();
        core.turns.pause(self.id);
        self.world.hand_on(core);
        self.await_turn()
    }

    fn unpark(&self) {
        self.world.wake(self.id);
    }
}

impl Rest {
    /// Returns why a driving thread returned from its sleep without a wake-up, if it did.
    pub(super) fn stalled(&self) -> Option<Stalled> {
        self.lock_stalled().clone()
    }

    fn await_turn(&self) -> Rested {
        let core = self.world.lock();
        let mut core = self.world.wait(&self.bell, core, |core| {
            !core.turns.is_released(self.id) && !self.is_stalled(core)
        });
        if core.turns.begin(self.id) {
            drop(core);
            *self.lock_stalled() = None;
            Rested::Unparked
        } else {
            self.stall(core);
            Rested::Stalled
        }
    }

    fn is_stalled(&self, core: &Core) -> bool {
        self.role == Role::Driver && core.is_quiet()
    }

    /// Makes the thread return from its sleep without a wake-up, so that the stalled future can be
    /// dropped. A nested wait inside the future cannot be dropped; it panics the second time.
    fn stall(&self, mut core: MutexGuard<'_, Core>) {
        let stalled = core.stalled();
        core.turns.seize(self.id);
        drop(core);
        if let Some(before) = self.lock_stalled().replace(stalled) {
            panic!("{before}");
        }
    }

    fn lock_stalled(&self) -> MutexGuard<'_, Option<Stalled>> {
        self.stalled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
