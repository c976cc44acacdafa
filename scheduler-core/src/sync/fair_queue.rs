//! Those who wait for room in the queue: first come, first served (`AJ-004`).
//!
//! Each of them has the next place. What is free beyond those places belongs to whoever comes
//! (`AJ-022`), so a caller that has got its place has to leave the line in the same moment: under
//! the lock under which it gets it, and under which newcomers count.

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

/// Callers that wait for room, in order, so that nobody overtakes them.
///
/// Only the first is told that there may be room: telling all of them each time would make `n`
/// callers cost `n²` wake-ups.
pub(crate) struct FairQueue {
    /// By ticket, how each is told.
    turns: Mutex<BTreeMap<u64, Arc<WakerSlot>>>,
    last: AtomicU64,
    /// How many there are, for those who only pass by.
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

    /// How many wait: so many places are not for newcomers.
    pub(crate) fn len(&self) -> usize {
        self.length.load(Ordering::SeqCst)
    }

    /// There may be room: the first one is told. A caller that joins while this is called looks at
    /// the queue only after it has joined.
    pub(crate) fn notify(&self) {
        if self.len() > 0 {
            let first = self.turns().values().next().cloned();
            first.iter().for_each(|turn| turn.wake());
        }
    }

    /// The scheduler's state has changed: each caller is to look whether it waits in vain, also
    /// behind one that nobody polls.
    pub(crate) fn notify_everyone(&self) {
        if self.len() > 0 {
            let turns: Vec<_> = self.turns().values().cloned().collect();
            turns.iter().for_each(|turn| turn.wake());
        }
    }

    /// Joins the line, until dropped.
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

/// A caller in the line.
pub(crate) struct SlotWaiter<'a> {
    line: &'a FairQueue,
    ticket: u64,
    turn: Arc<WakerSlot>,
}

impl SlotWaiter<'_> {
    /// Waits until `look` finds something. It is asked at once, when there may be room and it is
    /// this one's turn, and when the state has changed.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        poll_fn(|cx| {
            self.turn.store(cx.waker());
            look().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Whether it is this one's turn.
    pub(crate) fn is_next(&self) -> bool {
        let turns = self.line.turns();
        turns.keys().next() == Some(&self.ticket)
    }

    /// It has got its place. The next one is told when this is dropped.
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

    /// Counts how often somebody is woken.
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

    /// A hundred callers in line, each of which has been polled.
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
