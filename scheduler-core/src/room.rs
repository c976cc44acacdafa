//! Those who wait for room in the queue: first come, first served.

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

    /// Whether nobody waits, so that a newcomer may take the room there is.
    pub(crate) fn is_empty(&self) -> bool {
        self.length.load(Ordering::SeqCst) == 0
    }

    /// There may be room. A caller that joins while this is called looks at the queue only after
    /// it has joined.
    pub(crate) fn notify(&self) {
        if !self.is_empty() {
            notify_all(&self.changed);
        }
    }

    /// Joins the line, until dropped.
    pub(crate) fn join(&self) -> RoomWaiter<'_> {
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        self.tickets().push_back(ticket);
        self.length.fetch_add(1, Ordering::SeqCst);
        RoomWaiter { line: self, ticket }
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
}

impl Drop for RoomWaiter<'_> {
    fn drop(&mut self) {
        self.line.tickets().retain(|&ticket| ticket != self.ticket);
        self.line.length.fetch_sub(1, Ordering::SeqCst);
        notify_all(&self.line.changed);
    }
}
