//! The gate at which the body of a job begins, and which a pause closes (`LC-026`, `SC-017`).
//!
//! A body either *passes*, by one read-modify-write as the last thing before it begins, or its job
//! *crosses*: the engine is asked, under its lock, and the body begins right after the crossing. A
//! pause closes the gate under the same lock and then waits for the crossings that were under way.
//! A crossing is a few instructions long and holds no code of the user's.

use std::sync::PoisonError;

use crate::sync::primitives::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering};

/// The engine is to be asked about every job.
const CLOSED: u64 = 1;
/// The engine is to be asked about runs of schedules.
const SCHEDULES: u64 = 1 << 1;
/// Which of the two counts new crossings belong to.
const SECOND: u64 = 1 << 2;
/// One crossing, in the first count; the second begins where the first ends.
const ONE: u64 = 1 << 3;
const WIDTH: u32 = 30;
const COUNT: u64 = (1 << WIDTH) - 1;

/// What is asked of the engine before a body begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Nothing, except about runs of schedules if `schedules` says so.
    Nothing { schedules: bool },
    /// About every job.
    All,
}

/// The gate, and how many jobs are crossing it.
pub(crate) struct Gate {
    /// The flags, and one count of crossings for each of the two halves of time.
    word: AtomicU64,
    /// Held by the one who waits for crossings.
    waiter: Mutex<()>,
    left: Mutex<()>,
    has_left: Condvar,
}

impl Gate {
    /// A gate that is closed.
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(CLOSED),
            waiter: Mutex::new(()),
            left: Mutex::new(()),
            has_left: Condvar::new(),
        }
    }

    /// Whether a body may begin at once. If not, its job has to [cross](Self::cross).
    pub(crate) fn pass(&self, of_schedule: bool) -> bool {
        let closed = if of_schedule {
            CLOSED | SCHEDULES
        } else {
            CLOSED
        };
        // A write that changes nothing: it cannot read what was there before the gate was closed.
        self.word.fetch_or(0, Ordering::AcqRel) & closed == 0
    }

    /// Sets what is asked. The caller holds the lock of the engine.
    pub(crate) fn set(&self, asks: Asks) {
        let flags = match asks {
            Asks::All => CLOSED | SCHEDULES,
            Asks::Nothing { schedules: true } => SCHEDULES,
            Asks::Nothing { schedules: false } => 0,
        };
        self.change(|word| word & !(CLOSED | SCHEDULES) | flags);
    }

    /// Begins a crossing, which ends when the guard is dropped. The body is to begin right after.
    pub(crate) fn cross(&self) -> Crossing<'_> {
        let before = self.change(|word| word + one(word & SECOND));
        Crossing {
            gate: self,
            half: before & SECOND,
        }
    }

    /// Waits for the crossings that have begun before, and for no later ones. Not to be called by
    /// who crosses.
    pub(crate) fn wait_for_crossings(&self) {
        let _waiter = lock(&self.waiter);
        let half = self.change(|word| word ^ SECOND) & SECOND;
        let mut left = lock(&self.left);
        while count(self.word.load(Ordering::Acquire), half) > 0 {
            left = self
                .has_left
                .wait(left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns the word as it was before.
    fn change(&self, change: impl Fn(u64) -> u64) -> u64 {
        let changed = |word| Some(change(word));
        let before = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, changed);
        before.unwrap_or_else(|unchanged| unchanged)
    }
}

/// A job on its way through the gate.
pub(crate) struct Crossing<'a> {
    gate: &'a Gate,
    half: u64,
}

impl Drop for Crossing<'_> {
    fn drop(&mut self) {
        let before = self.gate.word.fetch_sub(one(self.half), Ordering::AcqRel);
        // Whoever waits has begun the other half.
        if count(before, self.half) == 1 && before & SECOND != self.half {
            let _left = lock(&self.gate.left);
            self.gate.has_left.notify_all();
        }
    }
}

/// One crossing of that half.
const fn one(half: u64) -> u64 {
    if half == 0 { ONE } else { ONE << WIDTH }
}

/// How many crossings of that half there are.
const fn count(word: u64, half: u64) -> u64 {
    (word / one(half)) & COUNT
}

fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Asks = Asks::Nothing { schedules: false };

    fn passes(gate: &Gate) -> (bool, bool) {
        (gate.pass(false), gate.pass(true))
    }

    #[test]
    fn what_is_asked_about_does_not_pass() {
        let gate = Gate::new();
        assert_eq!(passes(&gate), (false, false));
        gate.set(OPEN);
        assert_eq!(passes(&gate), (true, true));
        gate.set(Asks::Nothing { schedules: true });
        assert_eq!(passes(&gate), (true, false));
        gate.set(Asks::All);
        assert_eq!(passes(&gate), (false, false));
    }

    #[test]
    fn crossings_change_nothing_for_others_and_leave_nothing_behind() {
        let gate = Gate::new();
        gate.set(OPEN);
        for _ in 0..3 {
            let crossings = [gate.cross(), gate.cross()];
            assert_eq!(passes(&gate), (true, true));
            drop(crossings);
            gate.wait_for_crossings();
        }
        assert_eq!(gate.word.load(Ordering::Relaxed) & !SECOND, 0);
    }
}
