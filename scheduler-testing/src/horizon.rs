//! [`Horizon`]: the limit up to which the clock advances automatically.

use std::{sync::MutexGuard, time::Duration};

use super::world::{Core, World};

/// Drop guard: while it exists, the clock advances to the next timer whenever all is quiet, up to a
/// limit.
///
/// The thread that ran last fires the timer, so that no other thread must be woken for it.
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
