//! Waits that panic with a message after a time without progress.

use std::sync::{Condvar, MutexGuard, PoisonError};

use super::world::{Core, World};

impl World {
    /// Waits until nothing can run and no timer may fire.
    ///
    /// # Panics
    ///
    /// If there was no progress for longer than the world's patience.
    #[track_caller]
    pub(super) fn wait_quiet(&self) -> MutexGuard<'_, Core> {
        let core = self.lock();
        self.wait(&self.quiet, core, |core| !core.is_quiet())
    }

    /// Waits on `bell` while `waiting` says so.
    ///
    /// # Panics
    ///
    /// If there was no progress for longer than the world's patience.
    #[track_caller]
    #[expect(
        clippy::disallowed_methods,
        reason = "a watchdog over real threads waits in real time"
    )]
    pub(super) fn wait<'a>(
        &self,
        bell: &Condvar,
        mut core: MutexGuard<'a, Core>,
        waiting: impl Fn(&Core) -> bool,
    ) -> MutexGuard<'a, Core> {
        loop {
            let (before, patience) = (core.progress(), core.patience);
            let (guard, timeout) = bell
                .wait_timeout_while(core, patience, |core| waiting(core))
                .unwrap_or_else(PoisonError::into_inner);
            core = guard;
            if !timeout.timed_out() {
                return core;
            }
            if core.progress() == before {
                bite(core);
            }
        }
    }
}

#[track_caller]
fn bite(core: MutexGuard<'_, Core>) -> ! {
    let report = core.report();
    drop(core);
    panic!("{report}");
}

impl Core {
    fn report(&self) -> String {
        let (patience, timers) = (self.patience, self.clock.pending_timers());
        if self.is_quiet() {
            return format!(
                "virtual time: nothing has happened for {patience:?}: every task sleeps, {timers} \
                 timers are set, and nothing advances the clock; wait with `run`, or call `advance`"
            );
        }
        format!(
            "virtual time: not quiet after {patience:?}: {}; {timers} timers are set",
            self.turns
        )
    }
}
