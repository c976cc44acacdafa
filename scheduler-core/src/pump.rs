//! Calls listeners, in order and one call at a time each, on threads where they may block.

use std::sync::{Arc, PoisonError};

use crate::{
    EventFilter, EventStream, Listener, ListenerId, SpawnError,
    base::panic::Contained,
    engine::Outlet,
    event_channel,
    shared::Shared,
    sync::{
        listener_gate::ListenerGate,
        primitives::{AtomicBool, Mutex, Ordering},
    },
};

/// Caller of one listener.
pub(crate) struct Pump {
    listener: Contained<Arc<dyn Listener>>,
    events: Mutex<EventStream>,
    /// Whether a turn is running or requested.
    busy: AtomicBool,
    /// Whether the runtime refused the last turn, so that queued events may never be delivered.
    refused: AtomicBool,
    /// Admits calls of the listener; closed when it is removed.
    door: ListenerGate,
}

impl Pump {
    /// Creates a reader of events that calls `listener`.
    pub(crate) fn outlet(
        id: ListenerId,
        filter: EventFilter,
        listener: Arc<dyn Listener>,
        capacity: usize,
    ) -> Outlet {
        let (sender, events) = event_channel(capacity);
        let pump = Self {
            listener: Contained::new(listener),
            events: Mutex::new(events),
            busy: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            door: ListenerGate::new(),
        };
        Outlet {
            filter,
            sender,
            pump: Some((id, Arc::new(pump))),
        }
    }

    /// Requests a turn that delivers the queued events, unless one is running.
    fn kick(self: &Arc<Self>, shared: &Shared) {
        if self.door.is_closed() || self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let taken = match shared.me() {
            Some(shared) => {
                let turn = Turn {
                    pump: self.clone(),
                    shared: shared.clone(),
                    taken: false,
                };
                shared.spawn_blocking(Box::new(move || turn.run()))
            }
            None => Err(SpawnError::no_runtime("the scheduler is gone")),
        };
        // A refused turn is dropped, which ends it.
        drop(taken);
    }

    fn deliver(&self, shared: &Shared) {
        loop {
            let next = self
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_next();
            let Some(event) = next.filter(|_| !self.door.is_closed()) else {
                return;
            };
            self.door.pass(|| {
                if !shared.call_back(|| self.listener.on_event(&event)) {
                    shared.listener_panics.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }

    fn has_events(&self) -> bool {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        !self.door.is_closed() && !events.is_empty()
    }
}

/// Drop guard of a turn that delivers events.
struct Turn {
    pump: Arc<Pump>,
    shared: Arc<Shared>,
    /// Whether the runtime has started it.
    taken: bool,
}

impl Turn {
    fn run(mut self) {
        self.taken = true;
        self.pump.deliver(&self.shared);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pump.refused.store(!self.taken, Ordering::Release);
        // An exchange, not a store: it makes events visible that were queued while the turn was busy.
        self.pump.busy.swap(false, Ordering::AcqRel);
        // What came in between the last look and now. A runtime that dropped this turn would drop
        // the next one too, on and on: the next event tries again.
        let more = self.taken && !std::thread::panicking() && self.pump.has_events();
        if more && self.shared.can_call_listeners() {
            self.pump.kick(&self.shared);
        }
        self.shared.settle(false);
    }
}

impl Outlet {
    /// Wakes the reader of the events.
    pub(crate) fn wake(&self, shared: &Shared) {
        self.sender.wake();
        if let Some((_, pump)) = &self.pump
            && shared.can_call_listeners()
        {
            pump.kick(shared);
        }
    }

    /// Returns whether a listener is being called or has undelivered events.
    ///
    /// Events are queued before their turn is requested: the publisher wakes one listener after the other. The end
    /// must not come in between, or the last listeners would miss it.
    pub(crate) fn is_busy(&self) -> bool {
        self.pump.as_ref().is_some_and(|(_, pump)| {
            let waits = pump.has_events() && !pump.refused.load(Ordering::Acquire);
            pump.busy.load(Ordering::Acquire) || waits
        })
    }

    /// Prevents further calls of the listener.
    pub(crate) fn close(&self) {
        if let Some((_, pump)) = &self.pump {
            pump.door.close();
        }
    }

    /// Waits until a running call of the listener has returned.
    pub(crate) async fn until_returned(&self) {
        if let Some((_, pump)) = &self.pump {
            pump.door.until_left().await;
        }
    }
}
