//! [`Listener`]: a callback for events.

use super::Event;

/// A callback for events. It is called once for each matching event, in order, on a thread where it
/// may block.
///
/// A panic is caught and counted; the listener stays registered (`EV-003`). A listener that blocks
/// delays only itself (`EV-005`).
pub trait Listener: Send + Sync + 'static {
    /// Handles one event.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Listener for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}

/// Identifies a registered listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(u64);

impl ListenerId {
    /// Creates an id from its representation. Third-party schedulers use this.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
