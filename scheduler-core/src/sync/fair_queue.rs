//! [`FairQueue`]: the waiters for queue slots, first come, first served (`AJ-004`).
//!
//! Each waiter has a reserved slot. Only slots beyond those are available to other callers (`AJ-022`). A
//! waiter that gets its slot must therefore leave the queue under the same lock under which it gets the slot.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{Arc, PoisonError},
    task::Poll,
};

use crate::sync::{
    primitives::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering},
    waker_slot::WakerSlot,
};

/// Callers that wait for a queue slot, in order.
///
/// Only the first is woken when a slot may be free. Waking all of them each time would cost `n²` wake-ups.
pub(crate) struct FairQueue {
    /// Wakers by ticket.
    turns: Mutex<BTreeMap<u64, Arc<WakerSlot>>>,
    last: AtomicU64,
    /// Number of waiters, for a check without the lock.
    length: AtomicUsize,
}

impl FairQueue {
    pub(crate) fn new() -> Self {
        Self {
            turns: Mutex::new(BTreeMap::new()),
            last: AtomicU64::new(0),
            length: AtomicUsize::new(0),
        }
    }

    /// Returns the number of waiters, and so of reserved slots.
    pub(crate) fn len(&self) -> usize {
        self.length.load(Ordering::SeqCst)
    }

    /// Wakes the first waiter, because a slot may be free. A caller that joins at the same time
    /// checks the queue after joining, so it misses nothing.
    pub(crate) fn notify(&self) {
        // A waiter that checked the queue before the slot was freed has joined before: the lock of the engine orders
        // its store before this load.
        if self.len() > 0 {
            let first = self.turns().values().next().cloned();
            first.iter().for_each(|turn| turn.wake());
        }
    }

    /// Wakes all waiters after a change of the scheduler's state, including those behind a waiter that is not
    /// polled.
    pub(crate) fn notify_everyone(&self) {
        if self.len() > 0 {
            let turns: Vec<_> = self.turns().values().cloned().collect();
            turns.iter().for_each(|turn| turn.wake());
        }
    }

    /// Joins the queue of waiters, until the guard is dropped.
    pub(crate) fn join(&self) -> SlotWaiter<'_> {
        let turn = Arc::new(WakerSlot::new());
        let mut turns = self.turns();
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        turns.insert(ticket, turn.clone());
        self.length.store(turns.len(), Ordering::SeqCst);
        drop(turns);
        SlotWaiter {
            line: self,
            ticket,
            turn,
        }
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<WakerSlot>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller that waits for a slot. Dropping it leaves the queue of waiters.
pub(crate) struct SlotWaiter<'a> {
    line: &'a FairQueue,
    ticket: u64,
    turn: Arc<WakerSlot>,
}

impl SlotWaiter<'_> {
    /// Waits until `look` returns a value. It is called at once, when a slot may be free for this waiter, and when
    /// the state has changed.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        poll_fn(|cx| {
            self.turn.store(cx.waker());
            look().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Returns whether this waiter is the first.
    pub(crate) fn is_next(&self) -> bool {
        let turns = self.line.turns();
        turns.keys().next() == Some(&self.ticket)
    }

    /// Leaves the queue with a slot. Dropping the guard wakes the next waiter.
    pub(crate) fn leave(&self) {
        let mut turns = self.line.turns();
        turns.remove(&self.ticket);
        self.line.length.store(turns.len(), Ordering::SeqCst);
    }
}

impl Drop for SlotWaiter<'_> {
    fn drop(&mut self) {
        self.leave();
        self.turn.clear();
        self.line.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Wake, Waker};

    use super::*;

    /// A waker that counts its calls.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Count {
        fn take(&self) -> usize {
            self.0.swap(0, Ordering::SeqCst)
        }
    }

    /// Returns a hundred waiters of `line`, each of which has been polled.
    fn hundred<'a>(line: &'a FairQueue, count: &Arc<Count>) -> Vec<SlotWaiter<'a>> {
        let waiters: Vec<_> = (0..100).map(|_| line.join()).collect();
        poll(&waiters, count);
        waiters
    }

    fn poll(waiters: &[SlotWaiter<'_>], count: &Arc<Count>) {
        let waker = Waker::from(count.clone());
        waiters.iter().for_each(|one| one.turn.store(&waker));
    }

    #[test]
    fn only_the_first_of_many_is_told_of_room() {
        let (line, count) = (FairQueue::new(), Arc::new(Count::default()));
        let mut waiters = hundred(&line, &count);
        line.notify();
        line.notify();
        assert_eq!(count.take(), 1, "once, until it is polled");
        drop(waiters.remove(0));
        assert_eq!(count.take(), 1, "the next one");
        assert!(waiters[0].is_next());
        poll(&waiters, &count);
        line.notify();
        assert_eq!(count.take(), 1);
    }

    #[test]
    fn everyone_is_told_that_the_state_has_changed() {
        let (line, count) = (FairQueue::new(), Arc::new(Count::default()));
        let _waiters = hundred(&line, &count);
        line.notify_everyone();
        assert_eq!(count.take(), 100);
    }

    #[test]
    fn who_has_left_keeps_no_waker() {
        let (line, count) = (FairQueue::new(), Arc::new(Count::default()));
        drop(hundred(&line, &count));
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn who_leaves_twice_takes_nobody_along() {
        let line = FairQueue::new();
        let first = line.join();
        first.leave();
        let second = line.join();
        drop(first);
        assert!(line.len() == 1 && second.is_next());
    }
}
