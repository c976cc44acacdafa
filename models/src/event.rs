//! A reduced event, with only the parts that its channel needs.

#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/event/channel.rs"]
pub(crate) mod channel;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Lagged { missed: u64 },
    Last,
    One,
}

impl EventKind {
    pub(crate) const fn is_last(&self) -> bool {
        matches!(self, Self::Last)
    }
}

#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) kind: EventKind,
}

impl Event {
    pub(crate) const fn new(seq: u64, at: u64, kind: EventKind) -> Self {
        Self { seq, at, kind }
    }
}
