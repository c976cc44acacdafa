//! Who polls the body of a job, so that it can be made to look whether it is to be dropped.

use std::{sync::PoisonError, task::Waker};

use crate::{
    panic::caught,
    primitives::{Mutex, MutexGuard},
};

/// The waker of the task that polls a body. To be asked before one looks what the body was told,
/// and to be woken after it was told something.
pub(crate) struct Poller(Mutex<Option<Waker>>);

impl Poller {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Remembers who polls.
    pub(crate) fn remember(&self, waker: &Waker) {
        let before = {
            let mut known = self.lock();
            let is_known = known.as_ref().is_some_and(|known| known.will_wake(waker));
            (!is_known).then(|| known.replace(waker.clone()))
        };
        // It may be the last of its task: not under the lock.
        drop(before);
    }

    /// Has the body polled once more. Runs a waker: call it without a lock.
    pub(crate) fn wake(&self) {
        let known = self.lock().take();
        if let Some(waker) = known {
            // Whose executor has panicked cannot be woken.
            let _woken = caught(|| waker.wake());
        }
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
    struct Inline(Poller);

    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            self.0.remember(Waker::noop());
        }
    }

    #[test]
    fn no_lock_is_held_while_the_waker_runs() {
        let inline = Arc::new(Inline(Poller::new()));
        inline.0.remember(&Waker::from(inline.clone()));
        inline.0.wake();
        assert!(inline.0.lock().is_some(), "it polled");
    }
}
