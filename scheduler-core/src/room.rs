//! Those who wait for room in the queue: first come, first served (`AJ-004`).
//!
//! Each of them has the next place. What is free beyond those places belongs to whoever comes
//! (`AJ-022`), so a caller that has got its place has to leave the line in the same moment: under
//! the lock under which it gets it, and under which newcomers count.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use crate::{
    primitives::{AtomicU64, AtomicUsize, Event, Mutex, MutexGuard, Ordering},
    signal::notify_all,
};

/// Callers that wait for room, in order, so that nobody overtakes them.
///
/// Only the first is told that there may be room: telling all of them each time would make `n`
/// callers cost `n²` wake-ups.
pub(crate) struct RoomLine {
    /// By ticket, how each is told.
    turns: Mutex<BTreeMap<u64, Arc<Event>>>,
    last: AtomicU64,
    /// How many there are, for those who only pass by.
    length: AtomicUsize,
}

impl RoomLine {
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
            first.iter().for_each(|turn| notify_all(turn));
        }
    }

    /// The scheduler's state has changed: each caller is to look whether it waits in vain, also
    /// behind one that nobody polls.
    pub(crate) fn notify_everyone(&self) {
        if self.len() > 0 {
            let turns: Vec<_> = self.turns().values().cloned().collect();
            turns.iter().for_each(|turn| notify_all(turn));
        }
    }

    /// Joins the line, until dropped.
    pub(crate) fn join(&self) -> RoomWaiter<'_> {
        let turn = Arc::new(Event::new());
        let mut turns = self.turns();
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        turns.insert(ticket, turn.clone());
        self.length.store(turns.len(), Ordering::SeqCst);
        drop(turns);
        RoomWaiter {
            line: self,
            ticket,
            turn,
        }
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Event>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller in the line.
pub(crate) struct RoomWaiter<'a> {
    line: &'a RoomLine,
    ticket: u64,
    turn: Arc<Event>,
}

impl RoomWaiter<'_> {
    /// Notified when there may be room and it is this one's turn, and when the state has changed.
    pub(crate) fn signal(&self) -> &Event {
        &self.turn
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

impl Drop for RoomWaiter<'_> {
    fn drop(&mut self) {
        self.leave();
        self.line.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Wake, Waker},
    };

    use event_listener::EventListener;

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

    fn is_told(listener: &mut EventListener, count: &Arc<Count>) -> bool {
        let waker = Waker::from(count.clone());
        let polled = pin!(listener).poll(&mut Context::from_waker(&waker));
        polled == Poll::Ready(())
    }

    #[test]
    fn only_the_first_of_many_is_told_of_room() {
        let (line, count) = (RoomLine::new(), Arc::new(Count::default()));
        let mut waiters: Vec<_> = (0..100).map(|_| line.join()).collect();
        let mut listeners: Vec<_> = waiters.iter().map(|one| one.signal().listen()).collect();
        for listener in &mut listeners {
            assert!(!is_told(listener, &count));
        }
        line.notify();
        assert_eq!(count.take(), 1);
        assert!(is_told(&mut listeners[0], &count));
        drop(waiters.remove(0));
        assert_eq!(count.take(), 1, "the next one");
        assert!(waiters[0].is_next() && is_told(&mut listeners[1], &count));
    }

    #[test]
    fn everyone_is_told_that_the_state_has_changed() {
        let (line, count) = (RoomLine::new(), Arc::new(Count::default()));
        let waiters: Vec<_> = (0..100).map(|_| line.join()).collect();
        let mut listeners: Vec<_> = waiters.iter().map(|one| one.signal().listen()).collect();
        for listener in &mut listeners {
            assert!(!is_told(listener, &count));
        }
        line.notify_everyone();
        assert_eq!(count.take(), 100);
    }

    #[test]
    fn who_leaves_twice_takes_nobody_along() {
        let line = RoomLine::new();
        let first = line.join();
        first.leave();
        let second = line.join();
        drop(first);
        assert!(line.len() == 1 && second.is_next());
    }
}
