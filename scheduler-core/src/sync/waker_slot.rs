//! The waker of the only one who waits for something.

use std::{sync::PoisonError, task::Waker};

use crate::{
    base::panic::destroy,
    sync::{
        primitives::{Mutex, MutexGuard},
        wakers::wake,
    },
};

/// The waker of the one task that polls a job's body, reads a stream of events, or has a place in a
/// line. The task stores it before it looks; whoever changes what it looks at wakes it after that.
pub(crate) struct WakerSlot(Mutex<Option<Waker>>);

impl WakerSlot {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Stores the waker of who polls.
    pub(crate) fn store(&self, waker: &Waker) {
        if self.holds(waker) {
            return;
        }
        // Neither cloned nor dropped under the lock: both are code of the executor.
        let waker = waker.clone();
        let replaced = self.lock().replace(waker);
        destroy(replaced);
    }

    /// Wakes who polled. Runs a waker: call it without a lock.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.take() {
            wake(waker);
        }
    }

    /// Drops the waker: nobody waits any more. Call it without a lock.
    pub(crate) fn clear(&self) {
        destroy(self.take());
    }

    fn holds(&self, waker: &Waker) -> bool {
        let known = self.lock();
        known.as_ref().is_some_and(|known| known.will_wake(waker))
    }

    fn take(&self) -> Option<Waker> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        task::{Wake, Waker},
    };

    use super::*;

    /// Polls while it wakes, as an executor may.
    struct Inline(WakerSlot);

    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            self.0.store(Waker::noop());
        }
    }

    #[test]
    fn no_lock_is_held_while_the_waker_runs() {
        let inline = Arc::new(Inline(WakerSlot::new()));
        inline.0.store(&Waker::from(inline.clone()));
        inline.0.wake();
        assert!(inline.0.lock().is_some(), "it polled");
    }
}
