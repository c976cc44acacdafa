//! Models of callers that wait for a queue slot.

use std::sync::Arc;

use loom::{future::block_on, sync::Mutex, thread};

use crate::sync::fair_queue::FairQueue;

use super::every_order;

/// Waits for a slot and takes it, like a waiting `submit`.
fn take_a_place(line: &FairQueue, places: &Mutex<usize>) {
    let turn = line.join();
    block_on(turn.until(|| {
        let mut places = turn.is_next().then(|| places.lock().unwrap())?;
        *places = places.checked_sub(1)?;
        turn.leave();
        Some(())
    }));
}

pub fn a_place_that_becomes_free_is_taken() {
    every_order(|| {
        let shared = Arc::new((FairQueue::new(), Mutex::new(0)));
        let other = shared.clone();
        let waiter = thread::spawn(move || take_a_place(&other.0, &other.1));
        let (line, places) = &*shared;
        *places.lock().unwrap() += 1;
        line.notify();
        waiter.join().unwrap();
        assert_eq!(line.len(), 0);
    });
}

pub fn a_newcomer_is_refused_no_place_that_nobody_waits_for() {
    every_order(|| {
        let shared = Arc::new((FairQueue::new(), Mutex::new(2)));
        let other = shared.clone();
        let waiter = thread::spawn(move || take_a_place(&other.0, &other.1));
        let (line, places) = &*shared;
        {
            let mut places = places.lock().unwrap();
            assert!(*places > line.len(), "it is counted twice");
            *places -= 1;
        }
        waiter.join().unwrap();
        assert_eq!(*places.lock().unwrap(), 0);
    });
}

pub fn the_next_in_line_is_told_when_the_first_leaves() {
    every_order(|| {
        let shared = Arc::new((FairQueue::new(), Mutex::new(1)));
        let other = shared.clone();
        let first = shared.0.join();
        let waiter = thread::spawn(move || take_a_place(&other.0, &other.1));
        drop(first);
        waiter.join().unwrap();
        assert_eq!(*shared.1.lock().unwrap(), 0);
    });
}
