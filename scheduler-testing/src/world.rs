//! [`World`]: the state that all participants share, under one lock: turns and clock.
//!
//! No waker, future or closure runs, is cloned or is dropped while the lock is held.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use scheduler_core::seam::wake;

use super::{
    clock::VirtualClock,
    current::{current, enter},
    spawns::Spawns,
    turns::{Bell, CLOCK, Id, Kind, Turns},
};

pub(super) struct World {
    core: Mutex<Core>,
    /// Signalled when all is quiet.
    pub(super) quiet: Arc<Condvar>,
}

pub(super) struct Core {
    pub(super) turns: Turns,
    pub(super) clock: VirtualClock,
    pub(super) spawns: Spawns,
    pub(super) patience: Duration,
    /// Number of times that all became quiet.
    quiets: u64,
}

/// The next step, to be carried out after unlocking.
enum Next {
    /// A participant has the turn; nothing to do.
    Nothing,
    Ring(Bell),
    Fire(Waker),
    Quiet,
}

impl Core {
    /// Returns whether no participant can run, and no timer may fire.
    pub(super) fn is_quiet(&self) -> bool {
        self.turns.is_idle() && !self.clock.is_due()
    }

    fn next(&mut self) -> Next {
        if self.turns.is_taken() {
            Next::Nothing
        } else if let Some(bell) = self.turns.release_next() {
            Next::Ring(bell)
        } else if let Some(waker) = self.clock.fire_due() {
            self.turns.seize_for_clock();
            Next::Fire(waker)
        } else {
            self.quiets += 1;
            Next::Quiet
        }
    }

    /// Returns a counter that increases while there is progress. Polls do not count, because a task
    /// that wakes itself forever is polled too.
    pub(super) fn progress(&self) -> u64 {
        self.quiets + self.clock.fires()
    }
}

impl World {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            core: Mutex::new(Core {
                turns: Turns::default(),
                clock: VirtualClock::new(),
                spawns: Spawns::default(),
                patience,
                quiets: 0,
            }),
            quiet: Arc::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turn to the next participant, if none has it.
    pub(super) fn hand_on<'a>(&'a self, mut core: MutexGuard<'a, Core>) {
        loop {
            let next = core.next();
            drop(core);
            match next {
                Next::Nothing => return,
                Next::Ring(bell) => return bell.ring(),
                Next::Quiet => return self.quiet.notify_all(),
                Next::Fire(waker) => core = self.fire(waker),
            }
        }
    }

    /// Fires a timer. The clock has the turn meanwhile, and gives it back afterwards.
    pub(super) fn fire(&self, waker: Waker) -> MutexGuard<'_, Core> {
        let firing = enter(self, CLOCK);
        wake(waker);
        drop(firing);
        let mut core = self.lock();
        core.turns.give_back(CLOCK);
        core
    }

    /// Adds a spawned task or closure at the end of the queue, or holds it back.
    pub(super) fn join(&self, kind: Kind, bell: Bell) -> Id {
        let mut core = self.lock();
        let id = core.turns.join(kind, bell);
        core.turns.note_origin(current(self));
        if let Some(held) = core.spawns.held() {
            held.push_back(id);
        } else {
            core.turns.queue(id);
        }
        self.hand_on(core);
        id
    }

    /// Adds a client. It gets the turn when nothing else can run.
    pub(super) fn arrive(&self, bell: Bell) -> Id {
        let mut core = self.lock();
        let id = core.turns.join(Kind::Client, bell);
        core.turns.arrive(id);
        self.hand_on(core);
        id
    }

    pub(super) fn wake(&self, id: Id) {
        let by = current(self);
        let mut core = self.lock();
        core.turns.wake(id, by);
        self.hand_on(core);
    }

    pub(super) fn leave(&self, id: Id) {
        let mut core = self.lock();
        let left = core.turns.leave(id);
        self.hand_on(core);
        drop(left);
    }

    pub(super) fn release_spawns(&self) {
        let mut core = self.lock();
        for id in core.spawns.release() {
            core.turns.queue(id);
        }
        self.hand_on(core);
    }
}
