//! Models of the calls of listeners.

use std::sync::Arc;

use loom::{
    future::block_on,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use crate::{
    EventFilter, Listener, ListenerId,
    event::{Event, EventKind},
    shell::{listeners::ListenerDelivery, shared::Shared},
    sync::listener_gate::ListenerGate,
};

use super::{every_order, every_order_with};

/// A listener that counts its calls.
struct Ear(Arc<AtomicUsize>);

impl Listener for Ear {
    fn on_event(&self, _: &Event) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Events are delivered one after the other; the last one ends the scheduler.
pub fn a_listener_hears_of_everything_before_the_end() {
    every_order_with(3, || {
        let heard = Arc::new(AtomicUsize::new(0));
        let ear = Arc::new(Ear(heard.clone()));
        let shared = Shared::new(|shell| {
            ListenerDelivery::subscriber(shell, ListenerId, EventFilter, ear, 4)
        });
        for (seq, kind) in [(1, EventKind::One), (2, EventKind::Last)] {
            let is_last = kind.is_last();
            shared.subscriber().sender.push(Event::new(seq, 0, kind));
            if is_last {
                shared.end();
            }
            shared.subscriber().wake();
        }
        shared.close_unless_busy();
        block_on(shared.until_stopped());
        shared.runtime.join();
        assert_eq!(heard.load(Ordering::SeqCst), 2);
    });
}

pub fn no_call_of_a_listener_outlasts_its_removal() {
    every_order(|| {
        let shared = Arc::new((ListenerGate::new(), AtomicBool::new(false)));
        let other = shared.clone();
        let caller = thread::spawn(move || {
            for _ in 0..2 {
                other.0.pass(|| {
                    assert!(!other.1.load(Ordering::Relaxed), "it was removed");
                    thread::yield_now();
                    assert!(!other.1.load(Ordering::Relaxed), "it was being called");
                });
            }
        });
        let (gate, is_gone) = &*shared;
        gate.close();
        block_on(gate.until_left());
        is_gone.store(true, Ordering::Relaxed);
        caller.join().unwrap();
    });
}
