//! Models of the gate through which jobs begin, and which a pause closes.

use std::sync::Arc;

use loom::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::sync::gate::{Asks, Gate};

use super::every_order;

/// When a pause returns, no job is in the gate: one that decided to begin has left it.
pub fn a_pause_waits_for_who_crosses_the_gate() {
    every_order(|| {
        let shared = Arc::new((Gate::new(), Mutex::new(false), AtomicBool::new(false)));
        shared.0.set(Asks::Nothing { schedules: false });
        let other = shared.clone();
        let job = thread::spawn(move || {
            let (gate, paused, at_gate) = &*other;
            let crossing = gate.cross();
            if !*paused.lock().unwrap() {
                at_gate.store(true, Ordering::Relaxed);
            }
            at_gate.store(false, Ordering::Relaxed);
            drop(crossing);
        });
        let (gate, paused, at_gate) = &*shared;
        {
            let mut paused = paused.lock().unwrap();
            *paused = true;
            gate.set(Asks::All);
        }
        gate.wait_for_crossings();
        assert!(!at_gate.load(Ordering::Relaxed), "it still crosses");
        job.join().unwrap();
    });
}

/// After a thread has seen that the pause returned, it does not pass the gate.
pub fn nobody_passes_a_gate_that_is_known_to_be_closed() {
    every_order(|| {
        let shared = Arc::new((Gate::new(), AtomicBool::new(false)));
        shared.0.set(Asks::Nothing { schedules: false });
        let other = shared.clone();
        let job = thread::spawn(move || {
            let (gate, closed) = &*other;
            let known = closed.load(Ordering::Relaxed);
            assert!(!(gate.pass() && known), "it passed");
        });
        shared.0.set(Asks::All);
        shared.0.wait_for_crossings();
        shared.1.store(true, Ordering::Relaxed);
        job.join().unwrap();
    });
}
