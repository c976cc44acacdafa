//! [`Subscribers`]: numbers events and puts them into the queues of their readers.
//!
//! Events are queued under the engine's lock, which gives all readers the same order. Readers are woken
//! after unlocking.

use std::sync::Arc;

use crate::{
    BoxFuture, Event, EventFilter, EventKind, EventName, EventSender, ListenerId, Now,
    base::unix_time::Today,
    event::{About, NameSet},
};

/// One reader of events.
pub(crate) struct Subscriber {
    pub(crate) filter: EventFilter,
    pub(crate) sender: EventSender,
    /// Calls the listener, if this reader is a listener.
    pub(crate) listener: Option<(ListenerId, Arc<dyn Delivery>)>,
}

/// Delivers events to one listener. The shell implements it, because it can use threads.
pub(crate) trait Delivery: Send + Sync {
    /// Delivers the waiting events on a thread where the listener may block.
    fn wake(self: Arc<Self>);

    /// Returns whether the listener is being called, or has undelivered events.
    ///
    /// Events are queued before the listeners are woken, one after the other. A scheduler that
    /// ended in between would lose events of the last listeners.
    fn is_busy(&self) -> bool;

    /// Prevents further calls of the listener.
    fn close(&self);

    /// Waits until the running call of the listener has returned.
    fn until_returned(&self) -> BoxFuture<'_, ()>;
}

impl Subscriber {
    /// Wakes the reader of the events.
    pub(crate) fn wake(&self) {
        self.sender.wake();
        if let Some((_, delivery)) = &self.listener {
            delivery.clone().wake();
        }
    }

    /// Returns whether a listener is being called, or has undelivered events.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(&self.listener, Some((_, delivery)) if delivery.is_busy())
    }

    /// Prevents further calls of the listener.
    pub(crate) fn close(&self) {
        if let Some((_, delivery)) = &self.listener {
            delivery.close();
        }
    }

    /// Waits until the running call of the listener has returned.
    pub(crate) async fn until_returned(&self) {
        if let Some((_, delivery)) = &self.listener {
            delivery.until_returned().await;
        }
    }
}

#[derive(Default)]
pub(crate) struct Subscribers {
    readers: Vec<Reader>,
    /// Union of the event names that the readers' filters can match. An event without a matching reader costs one
    /// test, for any number of readers.
    wanted: NameSet,
    /// Number of readers at which dropped ones are searched for next.
    sweep_at: usize,
    /// Number of evaluated filters.
    #[cfg(test)]
    pub(in crate::engine) looks: usize,
    last_seq: u64,
    /// Converts the times of events to dates.
    today: Today,
    /// Readers with new events since their last wake-up.
    reached: Vec<Arc<Subscriber>>,
    /// Number of wake-up rounds.
    round: u64,
}

/// Number of readers below which dropped ones are removed only by an event.
const FEWEST_SWEPT: usize = 8;

/// A reader with new events.
struct Reader {
    subscriber: Arc<Subscriber>,
    /// Round in which an event was last queued.
    reached_in: Option<u64>,
}

impl Subscribers {
    pub(crate) fn is_observed(&self) -> bool {
        !self.readers.is_empty()
    }

    /// Returns whether any reader may want events of this name.
    pub(crate) const fn wants(&self, name: EventName) -> bool {
        self.wanted.contains(name)
    }

    /// Returns the names of the events that any reader may want.
    pub(crate) const fn wanted(&self) -> NameSet {
        self.wanted
    }

    /// Adds a reader.
    pub(crate) fn attach(&mut self, subscriber: Subscriber) {
        // A dropped reader of events that do not occur is found here only. Half of the readers are new
        // each time, so that a reader costs no more for it where there are many.
        if self.readers.len() >= self.sweep_at.max(FEWEST_SWEPT) {
            self.sweep();
            self.sweep_at = 2 * self.readers.len();
        }
        self.wanted = self.wanted.union(subscriber.filter.names());
        self.readers.push(Reader {
            subscriber: Arc::new(subscriber),
            reached_in: None,
        });
    }

    /// Removes the readers that were dropped. A dropped stream has already dropped its events, so
    /// no user value is dropped here.
    fn sweep(&mut self) {
        self.readers
            .retain(|reader| !reader.subscriber.sender.is_orphaned());
        self.want_anew();
    }

    fn want_anew(&mut self) {
        let names = self
            .readers
            .iter()
            .map(|reader| reader.subscriber.filter.names());
        self.wanted = names.fold(NameSet::default(), NameSet::union);
    }

    /// Removes a listener, so that no call of it begins from now on. Returns its reader.
    pub(crate) fn detach(&mut self, id: ListenerId) -> Option<Arc<Subscriber>> {
        let is_it = |reader: &Reader| matches!(&reader.subscriber.listener, Some((known, _)) if *known == id);
        let position = self.readers.iter().position(is_it)?;
        let subscriber = self.readers.remove(position).subscriber;
        self.want_anew();
        subscriber.close();
        Some(subscriber)
    }

    /// Numbers an event, and queues it for each reader whose filter matches. Call it only if
    /// [`wants`](Self::wants) returns true.
    pub(crate) fn publish(&mut self, now: &Now, kind: EventKind, about: About<'_>) {
        self.last_seq += 1;
        let at = self.today.date(now.unix_time());
        let event = Event::new(self.last_seq, at, kind);
        let mut is_any_gone = false;
        for reader in &mut self.readers {
            let subscriber = &reader.subscriber;
            #[cfg(test)]
            {
                self.looks += 1;
            }
            if subscriber.sender.is_orphaned() {
                is_any_gone = true;
            } else if subscriber.filter.wants_about(&event.kind, about) {
                subscriber.sender.push(event.clone());
                if reader.reached_in != Some(self.round) {
                    reader.reached_in = Some(self.round);
                    self.reached.push(reader.subscriber.clone());
                }
            }
        }
        if is_any_gone {
            self.sweep();
        }
    }

    /// Returns whether readers must be woken.
    pub(crate) fn has_reached(&self) -> bool {
        !self.reached.is_empty()
    }

    /// Returns the readers to wake.
    pub(crate) fn take_reached(&mut self) -> Vec<Arc<Subscriber>> {
        if self.reached.is_empty() {
            return Vec::new();
        }
        self.round += 1;
        std::mem::take(&mut self.reached)
    }

    pub(crate) fn subscribers(&self) -> Vec<Arc<Subscriber>> {
        let subscribers = self.readers.iter().map(|reader| reader.subscriber.clone());
        subscribers.collect()
    }
}
