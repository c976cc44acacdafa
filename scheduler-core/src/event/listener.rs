//! Those that are called with events.

use super::Event;

/// Called with every wanted event, in order, one at a time, on a thread where it may block.
///
/// A listener that panics is counted, stays, and harms nobody (`EV-003`); one that blocks delays
/// nothing but itself (`EV-005`).
pub trait Listener: Send + Sync + 'static {
    /// `event` has happened.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Listener for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}

/// The identity of a listener that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(u64);

impl ListenerId {
    /// The id with this representation: for those who implement a scheduler.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
