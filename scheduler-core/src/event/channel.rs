//! A bounded queue of events, from the engine to one reader.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, PoisonError},
    task::Poll,
};

use super::{Event, EventKind};
use crate::sync::{
    primitives::{AtomicBool, Mutex, MutexGuard, Ordering},
    waker_slot::WakerSlot,
};

/// Creates a bounded event queue with a sender and a stream. When `capacity` events are unread, the
/// next one replaces the oldest, and the stream reports `Lagged`.
///
/// Third-party schedulers use this.
///
/// ```
/// use chrono::Utc;
/// use scheduler_core::{Event, EventKind, JobId, implement::event_channel};
///
/// let (sender, mut stream) = event_channel(10);
/// sender.push(Event::new(1, Utc::now(), EventKind::JobClaimed(JobId::from_bits(7))));
/// assert_eq!(stream.try_next().map(|event| event.seq), Some(1));
/// ```
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
    /// Waker of the task that reads.
    reader: WakerSlot,
    /// Set when the stream was dropped, so that senders can stop.
    orphaned: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    missed: u64,
    closed: bool,
    /// Replaced events, to be dropped after unlocking. An event may own the last reference to a
    /// user's error, whose destructor must not run under a lock.
    gone: Vec<Event>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Polls for the next event. Ready with `None` when the queue is closed and empty.
    fn poll_next(&self) -> Poll<Option<Event>> {
        let mut waiting = self.lock();
        match waiting.take() {
            None if !waiting.closed => Poll::Pending,
            next => Poll::Ready(next),
        }
    }
}

/// Drop guard that clears the reader's waker.
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

/// The sending half of an event queue.
pub struct EventSender(Arc<Queue>);

impl EventSender {
    /// Appends an event, without blocking and without waking the reader. Call [`wake`](Self::wake)
    /// afterwards, without holding a lock. The last event of a scheduler closes the queue.
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

    /// Wakes the reader, and drops the events that were replaced.
    pub fn wake(&self) {
        let gone = std::mem::take(&mut self.0.lock().gone);
        drop(gone);
        self.0.reader.wake();
    }

    /// Returns whether the stream was dropped. Further events are dropped too.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        self.0.orphaned.load(Ordering::Acquire)
    }
}

/// Closes the queue; the reader still gets the events in it.
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

/// The receiving half of an event queue: the events of a scheduler since the subscription, in order.
#[must_use = "events are lost unless they are read"]
pub struct EventStream(Arc<Queue>);

impl EventStream {
    /// Waits for the next event. Returns `None` after the last event, or when the scheduler was
    /// dropped.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, Job, Scheduler, event::EventName};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let mut ends = scheduler.subscribe(EventFilter::only([EventName::JobFinished]));
    /// let id = scheduler.post(Job::new(|_| async {}))?;
    /// let event = ends.next().await.expect("the job has ended");
    /// assert_eq!(event.kind.job(), Some(id));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Returns the next event, or `None` if none is buffered.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut events = scheduler.subscribe(EventFilter::jobs());
    /// assert!(events.try_next().is_none());
    /// scheduler.post(Job::new(|_| async {}))?;
    /// assert!(events.try_next().is_some());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.lock().take()
    }
}

impl EventStream {
    /// Returns whether no event is buffered.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let events = scheduler.subscribe(EventFilter::jobs());
    /// assert!(events.is_empty());
    /// scheduler.post(Job::new(|_| async {}))?;
    /// assert!(!events.is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
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
