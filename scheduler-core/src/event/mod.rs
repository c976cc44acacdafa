//! What happened, in order: events, their subscribers and listeners.

mod channel;
mod filter;
mod kind;
mod listener;
mod name;

use chrono::{DateTime, Utc};

pub(crate) use self::filter::About;
pub use self::{
    channel::{EventSender, EventStream, event_channel},
    filter::EventFilter,
    kind::{EventKind, StateCause},
    listener::{Listener, ListenerId},
    name::EventName,
};

/// Something that happened to a scheduler, a schedule or a job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the order of this scheduler's events: strictly increasing (`EV-001`).
    pub seq: u64,
    /// When it happened, on the wall clock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event: for those who implement a scheduler.
    #[must_use]
    pub const fn new(seq: u64, at: DateTime<Utc>, kind: EventKind) -> Self {
        Self { seq, at, kind }
    }
}
