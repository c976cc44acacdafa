//! Readers of events: streams and listeners join, leave, and are closed.

use std::sync::{Arc, atomic::Ordering};

use super::Shared;
use crate::{
    EventName, ListenerId,
    engine::{Engine, Subscriber},
    event::NameSet,
};

impl Shared {
    /// Adds a reader of events.
    pub(crate) fn attach(&self, subscriber: Subscriber) {
        let refused = self.call(|engine, _| {
            let refused = engine.observe(subscriber);
            // Set before the first event, so that a reader that receives `JobClaimed` receives `JobStarted` too.
            self.note_wanted(engine);
            refused
        });
        drop(refused);
    }

    /// Removes a listener. Returns its reader, to be dropped without a lock.
    pub(crate) fn detach(&self, id: ListenerId) -> Option<Arc<Subscriber>> {
        self.call(|engine, _| {
            let subscriber = engine.unobserve(id);
            self.note_wanted(engine);
            subscriber
        })
    }

    pub(super) fn note_wanted(&self, engine: &Engine) {
        let wanted = engine.wanted().to_bits();
        // Relaxed, because the lock of the engine orders the store before every later claim.
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// Returns whether some reader may want events of this name. If not, the caller need not call
    /// the engine.
    pub(super) fn wants(&self, name: EventName) -> bool {
        self.wanted().contains(name)
    }

    /// Returns whether some reader may want an event with one of these names.
    pub(super) fn wants_any(&self, names: NameSet) -> bool {
        self.wanted().meets(names)
    }

    fn wanted(&self) -> NameSet {
        NameSet::from_bits(self.wanted.load(Ordering::Relaxed))
    }

    /// Completes the shutdown once no listener is being called.
    pub(crate) fn close_unless_busy(&self) {
        // After a loss no listener is called, and there is no driver to bound the wait for one.
        let is_quiet = |subscribers: &[Arc<Subscriber>]| {
            self.is_lost() || !subscribers.iter().any(|it| it.is_busy())
        };
        self.close_if(is_quiet);
    }

    /// Completes the shutdown at once.
    pub(crate) fn close(&self) {
        self.close_if(|_| true);
    }

    fn close_if(&self, may_close: impl FnOnce(&[Arc<Subscriber>]) -> bool) {
        let ended = |engine: &Engine| Some((engine.report()?, engine.subscribers()));
        let ended = self
            .look(ended)
            .filter(|(_, subscribers)| may_close(subscribers));
        let Some((report, subscribers)) = ended else {
            return;
        };
        for subscriber in &subscribers {
            subscriber.close();
        }
        if self.stopped.set(report).is_ok() {
            self.stopped_signal.notify();
            self.wake.ring();
        }
    }
}
