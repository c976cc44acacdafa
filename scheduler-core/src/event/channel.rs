//! A bounded queue of events, from the engine to one reader.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, PoisonError},
    task::Poll,
};

use super::{Event, EventKind};
use crate::{
    primitives::{AtomicBool, Mutex, MutexGuard, Ordering},
    waker_slot::WakerSlot,
};

/// Creates a bounded event queue: events go in at the sender and come out of the stream in order.
/// When `capacity` are waiting, the oldest gives way and the stream reports `Lagged`.
///
/// For those who implement a scheduler.
pub fn event_channel(capacity: usize) -> (EventSender, EventStream) {
    let queue = Arc::new(Queue {
        waiting: Mutex::new(Waiting::default()),
        capacity: capacity.max(1),
        reader: WakerSlot::new(),
        orphaned: AtomicBool::new(false),
    });
    (EventSender(queue.clone()), EventStream(queue))
}

struct Queue {
    waiting: Mutex<Waiting>,
    capacity: usize,
    /// Who waits for an event.
    reader: WakerSlot,
    /// The stream is gone: nobody will ever read.
    orphaned: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    missed: u64,
    closed: bool,
    /// What has given way, to be destroyed where no lock is held: an event may be the last to have
    /// a job's error.
    gone: Vec<Event>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// The next event; `None` if there will be none.
    fn poll_next(&self) -> Poll<Option<Event>> {
        let mut waiting = self.lock();
        match waiting.take() {
            None if !waiting.closed => Poll::Pending,
            next => Poll::Ready(next),
        }
    }
}

/// Somebody waits for an event, until this is dropped.
struct Reading<'a>(&'a WakerSlot);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Event> {
        if self.missed == 0 {
            return self.events.pop_front();
        }
        let missed = std::mem::take(&mut self.missed);
        let next = self.events.front()?;
        Some(Event::new(
            next.seq - 1,
            next.at,
            EventKind::Lagged { missed },
        ))
    }
}

/// The end at which events go in.
pub struct EventSender(Arc<Queue>);

impl EventSender {
    /// Puts an event into the queue; never blocks, never wakes. Call [`wake`](Self::wake) after,
    /// where no lock is held. The last event of a scheduler closes the queue.
    pub fn push(&self, event: Event) {
        let mut waiting = self.0.lock();
        if waiting.closed {
            return;
        }
        if waiting.events.len() == self.0.capacity {
            let oldest = waiting.events.pop_front();
            waiting.gone.extend(oldest);
            waiting.missed += 1;
        }
        waiting.closed = event.kind.is_last();
        waiting.events.push_back(event);
    }

    /// Wakes whoever waits for an event, and lets go of those that have given way.
    pub fn wake(&self) {
        let gone = std::mem::take(&mut self.0.lock().gone);
        drop(gone);
        self.0.reader.wake();
    }

    /// Whether the stream has been dropped: what is put in is dropped.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        self.0.orphaned.load(Ordering::Acquire)
    }
}

/// Nothing follows what is in the queue.
impl Drop for EventSender {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.wake();
    }
}

impl fmt::Debug for EventSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSender").finish_non_exhaustive()
    }
}

/// The events of a scheduler, in order, from the moment of subscription.
#[must_use = "events are lost unless they are read"]
pub struct EventStream(Arc<Queue>);

impl EventStream {
    /// Waits for the next event; `None` after the last one of the scheduler, and when the scheduler
    /// is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        if let Poll::Ready(next) = self.0.poll_next() {
            return next;
        }
        let reading = Reading(&self.0.reader);
        poll_fn(|cx| {
            reading.0.store(cx.waker());
            self.0.poll_next()
        })
        .await
    }

    /// The next event, if one is waiting.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.lock().take()
    }
}

impl EventStream {
    /// Whether no event is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let waiting = self.0.lock();
        waiting.events.is_empty()
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        let unread = {
            let mut waiting = self.0.lock();
            waiting.closed = true;
            (
                std::mem::take(&mut waiting.events),
                std::mem::take(&mut waiting.gone),
            )
        };
        self.0.orphaned.store(true, Ordering::Release);
        drop(unread);
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}
