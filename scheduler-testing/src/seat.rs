//! A place among the participants, given up when it is dropped.

use std::{sync::Arc, task::Waker};

use super::{
    current::{CurrentGuard, enter},
    turns::Id,
    world::World,
};

/// Whoever holds it takes part; dropping it gives back the turn, whatever happened to the holder.
pub(super) struct Seat {
    world: Arc<World>,
    id: Id,
}

impl Seat {
    pub(super) fn new(world: Arc<World>, id: Id) -> Self {
        Self { world, id }
    }

    /// Marks the calling thread as the one that runs the participant.
    pub(super) fn enter(&self) -> CurrentGuard {
        enter(&self.world, self.id)
    }

    /// Takes up the turn. If it is somebody else's, `executor` is to be woken for it.
    pub(super) fn begin(&self, executor: &Waker) -> bool {
        self.world.lock().turns.begin(self.id) || self.begin_or_wait(executor.clone())
    }

    /// The turn may have come while the waker was cloned, which is not done under the lock.
    fn begin_or_wait(&self, executor: Waker) -> bool {
        let mut core = self.world.lock();
        let begun = core.turns.begin(self.id);
        let unused = (!begun).then(|| core.turns.set_waker(self.id, executor));
        drop(core);
        drop(unused);
        begun
    }

    /// Gives the turn back; `executor` is to be woken for the next one.
    pub(super) fn pause(&self, executor: Waker) {
        let mut core = self.world.lock();
        let stale = core.turns.set_waker(self.id, executor);
        core.turns.pause(self.id);
        self.world.hand_on(core);
        drop(stale);
    }

    /// Gives the turn back for good.
    pub(super) fn leave(&self) {
        self.world.leave(self.id);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}
