//! [`Gate`]: the point at which the body of a job begins, closed by a pause (`LC-026`, `SC-017`).
//!
//! A body *passes* an open gate by one read-modify-write, right before it begins. Otherwise its job
//! *crosses*: the engine decides under its lock, and the body begins right after the crossing. A pause closes
//! the gate under the same lock, and then waits for crossings in progress. A crossing takes a few
//! instructions and runs no user code.

use std::sync::PoisonError;

use crate::sync::primitives::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering};

/// Flag: every job must cross.
const CLOSED: u64 = 1;
/// Flag: runs of schedules must cross.
const SCHEDULES: u64 = 1 << 1;
/// Flag: selects the counter of new crossings.
const SECOND: u64 = 1 << 2;
/// The lowest bit of the first counter: added for each crossing. The second counter is above it.
const ONE: u64 = 1 << 3;
const WIDTH: u32 = 30;
const COUNT: u64 = (1 << WIDTH) - 1;

/// Which jobs must cross the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// No job, or only runs of schedules.
    Nothing { schedules: bool },
    /// Every job.
    All,
}

/// The point at which bodies begin, with the number of crossings in progress.
pub(crate) struct Gate {
    /// The flags and two counters of crossings.
    word: AtomicU64,
    /// Locked by a thread that waits for crossings.
    waiter: Mutex<()>,
    left: Mutex<()>,
    has_left: Condvar,
}

impl Gate {
    /// Creates a closed gate.
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(CLOSED),
            waiter: Mutex::new(()),
            left: Mutex::new(()),
            has_left: Condvar::new(),
        }
    }

    /// Returns whether a body may begin at once. If not, its job must [cross](Self::cross).
    pub(crate) fn pass(&self) -> bool {
        self.is_open(CLOSED)
    }

    /// Returns whether the body of a schedule's run may begin at once. If not, the run must [cross](Self::cross).
    pub(crate) fn pass_run(&self) -> bool {
        self.is_open(CLOSED | SCHEDULES)
    }

    fn is_open(&self, closed: u64) -> bool {
        // A read-modify-write, which reads the latest value; a plain load could miss a close.
        self.word.fetch_or(0, Ordering::AcqRel) & closed == 0
    }

    /// Sets which jobs must cross. The caller holds the lock of the engine.
    pub(crate) fn set(&self, asks: Asks) {
        let flags = match asks {
            Asks::All => CLOSED | SCHEDULES,
            Asks::Nothing { schedules: true } => SCHEDULES,
            Asks::Nothing { schedules: false } => 0,
        };
        self.change(|word| word & !(CLOSED | SCHEDULES) | flags);
    }

    /// Begins a crossing, which ends when the guard is dropped. The body must begin right after it.
    pub(crate) fn cross(&self) -> Crossing<'_> {
        let before = self.change(|word| word + one(word & SECOND));
        Crossing {
            gate: self,
            half: before & SECOND,
        }
    }

    /// Waits for earlier crossings, not for later ones. A thread that crosses must not call it.
    pub(crate) fn wait_for_crossings(&self) {
        // One waiting thread at a time, because there are two counters only. From here on crossings use the other
        // counter, so this one can only fall.
        let _waiter = lock(&self.waiter);
        let half = self.change(|word| word ^ SECOND) & SECOND;
        // Locked before the count is read: the last crossing locks it before it notifies, so no notification is lost.
        let mut left = lock(&self.left);
        while count(self.word.load(Ordering::Acquire), half) > 0 {
            left = self
                .has_left
                .wait(left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Changes the word, and returns its previous value.
    fn change(&self, change: impl Fn(u64) -> u64) -> u64 {
        let changed = |word| Some(change(word));
        let before = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, changed);
        before.unwrap_or_else(|unchanged| unchanged)
    }
}

/// Guard of a job that crosses the gate. Dropping it ends the crossing.
pub(crate) struct Crossing<'a> {
    gate: &'a Gate,
    half: u64,
}

impl Drop for Crossing<'_> {
    fn drop(&mut self) {
        let before = self.gate.word.fetch_sub(one(self.half), Ordering::AcqRel);
        // Only the last crossing of a counter notifies, and only if a waiting thread has switched to the other one.
        if count(before, self.half) == 1 && before & SECOND != self.half {
            let _left = lock(&self.gate.left);
            self.gate.has_left.notify_all();
        }
    }
}

/// Returns one crossing in the selected counter.
const fn one(half: u64) -> u64 {
    if half == 0 { ONE } else { ONE << WIDTH }
}

/// Returns the number of crossings in the selected counter.
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
        (gate.pass(), gate.pass_run())
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
