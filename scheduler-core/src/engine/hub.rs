//! Who is told of events, and in which order they are numbered.
//!
//! Events are put into their queues under the engine's lock, which gives everybody the same order;
//! readers are woken after it is released.

use std::sync::Arc;

use crate::{
    Event, EventFilter, EventKind, EventSender, ListenerId, Now, event::About, pump::Pump,
};

/// One reader of events.
pub(crate) struct Outlet {
    pub(crate) filter: EventFilter,
    pub(crate) sender: EventSender,
    /// What calls the listener, if the reader is one.
    pub(crate) pump: Option<(ListenerId, Arc<Pump>)>,
}

#[derive(Default)]
pub(crate) struct Hub {
    outlets: Arc<Vec<Arc<Outlet>>>,
    last_seq: u64,
    /// Something was put into a queue since the readers were last woken.
    published: bool,
}

impl Hub {
    pub(crate) fn is_observed(&self) -> bool {
        !self.outlets.is_empty()
    }

    /// Adds a reader; answers those that are gone, to be destroyed without a lock.
    pub(crate) fn attach(&mut self, outlet: Outlet) -> Vec<Arc<Outlet>> {
        let outlets = Arc::make_mut(&mut self.outlets);
        let orphans = |known: &mut Arc<Outlet>| known.sender.is_orphaned();
        let gone = outlets.extract_if(.., orphans).collect();
        outlets.push(Arc::new(outlet));
        gone
    }

    /// Removes the listener `id`; answers what called it.
    pub(crate) fn detach(&mut self, id: ListenerId) -> Option<Arc<Outlet>> {
        let is_it = |outlet: &Arc<Outlet>| matches!(&outlet.pump, Some((known, _)) if *known == id);
        let position = self.outlets.iter().position(is_it)?;
        Some(Arc::make_mut(&mut self.outlets).remove(position))
    }

    /// Numbers the event and puts it where it is wanted.
    pub(crate) fn publish(&mut self, now: &Now, kind: EventKind, about: About<'_>) {
        self.last_seq += 1;
        let event = Event::new(self.last_seq, now.wall, kind);
        for outlet in self.outlets.iter() {
            if outlet.filter.wants_about(&event.kind, about) {
                outlet.sender.push(event.clone());
                self.published = true;
            }
        }
    }

    /// The readers to wake, if anything was put into a queue.
    pub(crate) fn take_published(&mut self) -> Option<Arc<Vec<Arc<Outlet>>>> {
        std::mem::take(&mut self.published).then(|| self.outlets.clone())
    }

    pub(crate) fn outlets(&self) -> Arc<Vec<Arc<Outlet>>> {
        self.outlets.clone()
    }
}
