//! Events, and the streams and listeners that receive them.

pub(crate) mod channel;
mod filter;
mod kind;
mod listener;
mod name;

use chrono::{DateTime, Utc};

pub use self::{
    channel::EventStream,
    filter::EventFilter,
    kind::{EventKind, StateCause},
    listener::{Listener, ListenerId},
    name::EventName,
};
pub(crate) use self::{filter::About, name::NameSet};

/// An event with its number and time.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event {
    /// Sequence number, strictly increasing within one scheduler (`EV-001`).
    pub seq: u64,
    /// Wall-clock time of the event, in UTC.
    pub at: DateTime<Utc>,
    /// The event and its data.
    pub kind: EventKind,
}

impl Event {
    /// Creates an event. Third-party schedulers use this.
    #[must_use]
    pub const fn new(seq: u64, at: DateTime<Utc>, kind: EventKind) -> Self {
        Self { seq, at, kind }
    }
}
