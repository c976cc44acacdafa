//! Those who wait for room in the queue: first come, first served (`AJ-004`).
//!
//! Each of them has the next place. What is free beyond those places belongs to whoever comes
//! (`AJ-022`), so a caller that has got its place has to leave the line in the same moment: under
//! the lock under which it gets it, and under which newcomers count.

use std::{collections::VecDeque, sync::PoisonError};

use crate::{
    primitives::{AtomicU64, AtomicUsize, Event, Mutex, MutexGuard, Ordering},
    signal::notify_all,
};

/// Callers that wait for room, in order, so that nobody overtakes them.
pub(crate) struct RoomLine {
    tickets: Mutex<VecDeque<u64>>,
    last: AtomicU64,
    /// How many there are, for those who only pass by.
    length: AtomicUsize,
    changed: Event,
}

impl RoomLine {
    pub(crate) fn new() -> Self {
        Self {
            tickets: Mutex::new(VecDeque::new()),
            last: AtomicU64::new(0),
            length: AtomicUsize::new(0),
            changed: Event::new(),
        }
    }

    /// How many wait: so many places are not for newcomers.
    pub(crate) fn len(&self) -> usize {
        self.length.load(Ordering::SeqCst)
    }

    /// There may be room. A caller that joins while this is called looks at the queue only after
    /// it has joined.
    pub(crate) fn notify(&self) {
        if self.len() > 0 {
            notify_all(&self.changed);
        }
    }

    /// Joins the line, until dropped.
    pub(crate) fn join(&self) -> RoomWaiter<'_> {
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        self.change(|tickets| tickets.push_back(ticket));
        RoomWaiter { line: self, ticket }
    }

    fn change(&self, change: impl FnOnce(&mut VecDeque<u64>)) {
        let mut tickets = self.tickets();
        change(&mut tickets);
        self.length.store(tickets.len(), Ordering::SeqCst);
    }

    fn tickets(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller in the line.
pub(crate) struct RoomWaiter<'a> {
    line: &'a RoomLine,
    ticket: u64,
}

impl RoomWaiter<'_> {
    /// Notified whenever there may be room, or the line has become shorter.
    pub(crate) const fn signal(&self) -> &Event {
        &self.line.changed
    }

    /// Whether it is this one's turn.
    pub(crate) fn is_next(&self) -> bool {
        self.line.tickets().front() == Some(&self.ticket)
    }

    /// It has got its place. The others are told when it is dropped.
    pub(crate) fn leave(&self) {
        let others = |&ticket: &u64| ticket != self.ticket;
        self.line.change(|tickets| tickets.retain(others));
    }
}

impl Drop for RoomWaiter<'_> {
    fn drop(&mut self) {
        self.leave();
        notify_all(&self.line.changed);
    }
}
