//! [`WakerSlot`]: the waker of a single waiter.

use std::{sync::PoisonError, task::Waker};

use crate::{
    base::panic::destroy,
    sync::{
        primitives::{Mutex, MutexGuard},
        wakers::wake,
    },
};

/// The waker of the single task that polls a job's body, reads an event stream, or waits for a slot. The task
/// stores it before checking its condition; a change of the condition wakes it afterwards.
pub(crate) struct WakerSlot(Mutex<Option<Waker>>);

impl WakerSlot {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Stores the waker of the polling task.
    pub(crate) fn store(&self, waker: &Waker) {
        if self.holds(waker) {
            return;
        }
        // Neither cloned nor dropped under the lock, because both run code of the executor.
        let waker = waker.clone();
        let replaced = self.lock().replace(waker);
        destroy(replaced);
    }

    /// Wakes the task. Runs a waker, so call it without a lock.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.take() {
            wake(waker);
        }
    }

    /// Drops the waker. Call it without a lock.
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

    /// A waker that polls its task at once, as some executors do.
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
