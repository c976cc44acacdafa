//! Waiting for a change, at next to no cost for those who make changes that nobody waits for.

use crate::{
    panic::caught,
    primitives::{AtomicUsize, Event, Ordering, fence, listener},
};

/// Tells everybody who waits to look again.
pub(crate) struct Signal {
    waiting: AtomicUsize,
    event: Event,
}

impl Signal {
    pub(crate) fn new() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            event: Event::new(),
        }
    }

    /// Resumes everybody who waits, after a change was made. Runs wakers: call it without a lock.
    pub(crate) fn notify(&self) {
        // Either this sees the waiter, or the waiter, who looks once more after it was counted,
        // sees the change.
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            notify_all(&self.event);
        }
    }

    /// Waits until `look` finds something. It is asked at once, and again after each change.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        if let Some(found) = look() {
            return found;
        }
        let _waiting = Waiting::new(&self.waiting);
        loop {
            listener!(self.event => changed);
            if let Some(found) = look() {
                return found;
            }
            changed.await;
        }
    }
}

/// Resumes everybody who waits for `event`. A waker that panics, because its executor is at its
/// end, keeps nobody else from being resumed.
pub(crate) fn notify_all(event: &Event) {
    // Each call goes on after the waiter at which the last one panicked.
    while caught(|| event.notify(usize::MAX)).is_err() {}
}

/// Somebody who waits, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Barrier, atomic::AtomicBool},
        task::{Context, Waker},
        thread,
    };

    use super::*;
    use crate::block_on;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "two real threads have to meet for the race to be there"
    )]
    fn a_change_that_comes_while_somebody_begins_to_wait_is_not_missed() {
        for _ in 0..2_000 {
            let (signal, changed, start) = (Signal::new(), AtomicBool::new(false), Barrier::new(2));
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    changed.store(true, Ordering::Release);
                    signal.notify();
                });
                start.wait();
                block_on(signal.until(|| changed.load(Ordering::Acquire).then_some(())));
            });
        }
    }

    #[test]
    fn who_stops_waiting_is_not_counted_any_more() {
        let signal = Signal::new();
        {
            let mut wait = std::pin::pin!(signal.until(|| None::<()>));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(wait.as_mut().poll(&mut cx).is_pending());
            assert_eq!(signal.waiting.load(Ordering::SeqCst), 1);
        }
        assert_eq!(signal.waiting.load(Ordering::SeqCst), 0);
    }
}
