//! [`Reader`]: applies a flaw to the events that one stream or listener receives.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta};
use scheduler_core::{Event, event::EventName};

use super::{
    flaw::{Change, EventFlaw, Source},
    teller::Teller,
};

/// A stream or a listener.
pub(super) struct Reader {
    teller: Teller,
    source: fn(EventName) -> Source,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    has_missed: bool,
    held: Option<Event>,
}

impl Reader {
    pub(super) fn new(teller: Teller, source: fn(EventName) -> Source) -> Self {
        Self {
            teller,
            source,
            memory: Mutex::default(),
        }
    }

    /// Returns the events to deliver in place of `event`.
    pub(super) fn pass(&self, event: &Event) -> Vec<Event> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut event = event.clone();
        let change = self.teller.read((self.source)(event.kind.name()));
        if let Some(held) = memory.held.take() {
            return exchanged(&held, &event);
        }
        match change {
            None => vec![event],
            Some(Change::Value { spoil, way }) => {
                spoil(&mut event.kind, *way);
                vec![event]
            }
            Some(Change::Event(flaw)) => memory.change(*flaw, event),
        }
    }
}

impl Memory {
    /// Returns the events to deliver in place of `event`.
    fn change(&mut self, flaw: EventFlaw, mut event: Event) -> Vec<Event> {
        match flaw {
            EventFlaw::Missing => return Vec::new(),
            EventFlaw::FirstMissing if self.has_missed => {}
            EventFlaw::FirstMissing => {
                self.has_missed = true;
                return Vec::new();
            }
            EventFlaw::Twice => return vec![event.clone(), event],
            EventFlaw::Late if event.kind.is_last() => {}
            EventFlaw::Late => {
                self.held = Some(event);
                return Vec::new();
            }
            EventFlaw::SeqZero => event.seq = 0,
            EventFlaw::SeqRepeated => event.seq = event.seq.saturating_sub(1),
            EventFlaw::AtLater => event.at += TimeDelta::milliseconds(1),
            EventFlaw::AtEpoch => event.at = DateTime::UNIX_EPOCH,
        }
        vec![event]
    }
}

/// Exchanges the data of two events. Numbers and times stay in order.
fn exchanged(held: &Event, event: &Event) -> Vec<Event> {
    vec![
        Event::new(held.seq, held.at, event.kind.clone()),
        Event::new(event.seq, event.at, held.kind.clone()),
    ]
}
