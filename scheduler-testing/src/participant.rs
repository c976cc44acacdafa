//! [`Participant`]: guard of a participant of virtual time, which leaves when the guard is dropped.

use std::{sync::Arc, task::Waker};

use super::{
    current::{CurrentGuard, enter},
    turns::Id,
    world::World,
};

/// Drop guard of a participant. Dropping it gives back the turn and removes the participant.
pub(super) struct Participant {
    world: Arc<World>,
    id: Id,
}

impl Participant {
    pub(super) fn new(world: Arc<World>, id: Id) -> Self {
        Self { world, id }
    }

    /// Marks the calling thread as running the participant.
    pub(super) fn enter(&self) -> CurrentGuard {
        enter(&self.world, self.id)
    }

    /// Takes the turn. If another participant has it, stores `executor` to be woken later.
    pub(super) fn begin(&self, executor: &Waker) -> bool {
        self.world.lock().turns.begin(self.id) || self.begin_or_wait(executor.clone())
    }

    /// Checks whether the turn has come while the waker was cloned. The clone happens without the
    /// lock.
    fn begin_or_wait(&self, executor: Waker) -> bool {
        let mut core = self.world.lock();
        let begun = core.turns.begin(self.id);
        let unused = (!begun).then(|| core.turns.set_waker(self.id, executor));
        drop(core);
        drop(unused);
        begun
    }

    /// Gives the turn back, and stores `executor` to be woken for the next one.
    pub(super) fn pause(&self, executor: Waker) {
        let mut core = self.world.lock();
        let stale = core.turns.set_waker(self.id, executor);
        core.turns.pause(self.id);
        self.world.hand_on(core);
        drop(stale);
    }

    /// Ends the participation: returns the turn, and removes the participant.
    pub(super) fn leave(&self) {
        self.world.leave(self.id);
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.leave();
    }
}
