//! Models of event streams.

use std::sync::Arc;

use loom::{
    future::block_on,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{
    BoxFuture,
    event::{
        Event, EventKind,
        channel::{EventStream, event_channel},
    },
};

use super::{Inline, every_order};

/// Returns the numbers of all events, to the last.
fn read(mut events: EventStream) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(event) = block_on(events.next()) {
        numbers.push(event.seq);
    }
    numbers
}

pub fn every_event_is_read_and_the_end_is_seen() {
    every_order(|| {
        let (sender, events) = event_channel(4);
        let writer = thread::spawn(move || {
            for (seq, kind) in [(1, EventKind::One), (2, EventKind::Last)] {
                sender.push(Event::new(seq, 0, kind));
                sender.wake();
            }
        });
        assert_eq!(read(events), [1, 2]);
        writer.join().unwrap();
    });
}

pub fn a_reader_that_is_polled_by_the_one_who_wakes_reads() {
    every_order(|| {
        let (sender, mut events) = event_channel(4);
        let read = Arc::new(AtomicBool::new(false));
        let reads = read.clone();
        let task: BoxFuture<'static, ()> = Box::pin(async move {
            while events.next().await.is_some() {}
            reads.store(true, Ordering::Relaxed);
        });
        let task = Arc::new(Inline(Mutex::new(Some(task))));
        task.poll();
        let writer = thread::spawn(move || {
            for (seq, kind) in [(1, EventKind::One), (2, EventKind::Last)] {
                sender.push(Event::new(seq, 0, kind));
                sender.wake();
            }
        });
        writer.join().unwrap();
        assert!(read.load(Ordering::Relaxed));
    });
}
