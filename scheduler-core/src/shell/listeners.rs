//! Calls listeners, in order and one call at a time each, on threads where they may block.

use std::sync::{Arc, PoisonError, Weak};

use crate::{
    BoxFuture, EventFilter, EventStream, Listener, ListenerId,
    base::panic::Contained,
    engine::{Delivery, Subscriber},
    event_channel,
    shell::shared::Shared,
    sync::{
        listener_gate::ListenerGate,
        primitives::{AtomicBool, Mutex, Ordering},
    },
};

/// Delivers events to one listener.
pub(crate) struct ListenerDelivery {
    shell: Weak<Shared>,
    listener: Contained<Arc<dyn Listener>>,
    events: Mutex<EventStream>,
    /// Whether a turn is running or requested.
    busy: AtomicBool,
    /// Whether the runtime refused the last turn, so that queued events may never be delivered.
    refused: AtomicBool,
    /// Admits calls of the listener; closed when it is removed.
    gate: ListenerGate,
}

impl ListenerDelivery {
    /// Creates a reader of events that calls `listener` on a thread of `shell`'s runtime.
    pub(crate) fn subscriber(
        shell: Weak<Shared>,
        id: ListenerId,
        filter: EventFilter,
        listener: Arc<dyn Listener>,
        capacity: usize,
    ) -> Subscriber {
        let (sender, events) = event_channel(capacity);
        let delivery = Self {
            shell,
            listener: Contained::new(listener),
            events: Mutex::new(events),
            busy: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            gate: ListenerGate::new(),
        };
        Subscriber {
            filter,
            sender,
            listener: Some((id, Arc::new(delivery))),
        }
    }

    /// Requests a turn that delivers the queued events, unless one is running.
    fn kick(self: &Arc<Self>, shell: &Arc<Shared>) {
        // If a turn is running, its end looks for the events that were queued before this exchange.
        if self.gate.is_closed() || self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let turn = Turn {
            delivery: self.clone(),
            shell: shell.clone(),
            taken: false,
        };
        // A refused turn is dropped, which ends it.
        drop(shell.spawn_blocking(Box::new(move || turn.run())));
    }

    fn deliver(&self, shell: &Shared) {
        loop {
            let next = self
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_next();
            let Some(event) = next.filter(|_| !self.gate.is_closed()) else {
                return;
            };
            self.gate.pass(|| {
                if !shell.call_back(|| self.listener.on_event(&event)) {
                    shell.listener_panics.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }

    fn has_events(&self) -> bool {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        !self.gate.is_closed() && !events.is_empty()
    }
}

/// A turn that delivers events. Dropping it ends the turn, and requests another one if more events are queued.
struct Turn {
    delivery: Arc<ListenerDelivery>,
    shell: Arc<Shared>,
    /// Whether the runtime has started the turn.
    taken: bool,
}

impl Turn {
    fn run(mut self) {
        self.taken = true;
        self.delivery.deliver(&self.shell);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.delivery.refused.store(!self.taken, Ordering::Release);
        // An exchange, not a store: it makes events visible that were queued while the turn was busy.
        self.delivery.busy.swap(false, Ordering::AcqRel);
        // Events may have arrived since the last look. A turn that the runtime dropped starts no other:
        // the runtime would drop that one too, without end. The next event tries again.
        let more = self.taken && !std::thread::panicking() && self.delivery.has_events();
        if more && self.shell.can_call_listeners() {
            self.delivery.kick(&self.shell);
        }
        self.shell.close_unless_busy();
    }
}

impl Delivery for ListenerDelivery {
    fn wake(self: Arc<Self>) {
        if let Some(shell) = self.shell.upgrade()
            && shell.can_call_listeners()
        {
            self.kick(&shell);
        }
    }

    fn is_busy(&self) -> bool {
        // Events are read first: a turn that has taken the last one has set `busy` before.
        let waits = self.has_events() && !self.refused.load(Ordering::Acquire);
        self.busy.load(Ordering::Acquire) || waits
    }

    fn close(&self) {
        self.gate.close();
    }

    fn until_returned(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.gate.until_left())
    }
}
