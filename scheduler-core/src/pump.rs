//! Calling listeners: one at a time each, in order, on a thread where they may block.

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

/// What calls one listener.
pub(crate) struct Pump {
    listener: Contained<Arc<dyn Listener>>,
    events: Mutex<EventStream>,
    /// A thread is calling the listener, or about to.
    busy: AtomicBool,
    /// The runtime did not take its last turn: what waits may never be delivered.
    refused: AtomicBool,
    /// The way into the listener; closed when it is not to be called any more.
    door: ListenerGate,
}

impl Pump {
    /// A reader of events that calls `listener`.
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

    /// Has the waiting events delivered, unless that is going on.
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
        // What is not taken is dropped, which ends the turn.
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

/// One turn of delivering events, which ends when dropped.
struct Turn {
    pump: Arc<Pump>,
    shared: Arc<Shared>,
    /// The runtime has taken it up.
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
        // Not a store: what was done by whoever found it busy until now is seen from here on.
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
    /// Wakes whoever reads the events.
    pub(crate) fn wake(&self, shared: &Shared) {
        self.sender.wake();
        if let Some((_, pump)) = &self.pump
            && shared.can_call_listeners()
        {
            pump.kick(shared);
        }
    }

    /// Whether a listener is being called, or has events to be called with.
    ///
    /// Events are there before their turn is: who published them wakes one listener after the other,
    /// and the end must not come between, or the last ones never hear of it.
    pub(crate) fn is_busy(&self) -> bool {
        self.pump.as_ref().is_some_and(|(_, pump)| {
            let waits = pump.has_events() && !pump.refused.load(Ordering::Acquire);
            pump.busy.load(Ordering::Acquire) || waits
        })
    }

    /// No call of the listener begins any more.
    pub(crate) fn close(&self) {
        if let Some((_, pump)) = &self.pump {
            pump.door.close();
        }
    }

    /// Waits until the call of the listener that is going on has returned.
    pub(crate) async fn until_returned(&self) {
        if let Some((_, pump)) = &self.pump {
            pump.door.until_left().await;
        }
    }
}
