//! How far the clock may go by itself.

use std::{sync::MutexGuard, time::Duration};

use super::world::{Core, World};

/// While it lives, the clock goes on to the next timer whenever all is quiet, up to a limit.
///
/// The thread that made it quiet fires the timer, so that no other has to be woken for it.
pub(super) struct Horizon<'a> {
    world: &'a World,
    limit: Duration,
}

impl<'a> Horizon<'a> {
    pub(super) fn open(world: &'a World, mut core: MutexGuard<'_, Core>, limit: Duration) -> Self {
        core.clock.push_horizon(limit);
        world.hand_on(core);
        Self { world, limit }
    }
}

impl Drop for Horizon<'_> {
    fn drop(&mut self) {
        self.world.lock().clock.pop_horizon(self.limit);
    }
}
