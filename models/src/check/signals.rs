//! Models of signals, and of the driver's alarm.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};

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
    sync::{alarm::Alarm, signal::Signal},
};

use super::{Inline, every_order, every_order_with};

/// Returns a signal with its condition, which another thread changes.
fn a_change() -> (Arc<(Signal, AtomicBool)>, thread::JoinHandle<()>) {
    let shared = Arc::new((Signal::new(), AtomicBool::new(false)));
    let other = shared.clone();
    let changer = thread::spawn(move || {
        other.1.store(true, Ordering::Relaxed);
        other.0.notify();
    });
    (shared, changer)
}

pub fn a_change_wakes_who_waits_for_it() {
    every_order(|| {
        let (shared, changer) = a_change();
        let (signal, changed) = &*shared;
        block_on(signal.until(|| changed.load(Ordering::Relaxed).then_some(())));
        changer.join().unwrap();
    });
}

pub fn who_stops_waiting_takes_no_wake_up_along() {
    every_order(|| {
        let (shared, changer) = a_change();
        let (signal, changed) = &*shared;
        let look = || changed.load(Ordering::Relaxed).then_some(());
        {
            let mut given_up = pin!(signal.until(look));
            let _ = given_up
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
        block_on(signal.until(look));
        changer.join().unwrap();
    });
}

pub fn a_change_wakes_everybody_who_waits_for_it() {
    every_order_with(3, || {
        let (shared, changer) = a_change();
        let other = shared.clone();
        let wait = |shared: Arc<(Signal, AtomicBool)>| {
            let (signal, changed) = &*shared;
            block_on(signal.until(|| changed.load(Ordering::Relaxed).then_some(())));
        };
        let second = thread::spawn(move || wait(other));
        wait(shared);
        changer.join().unwrap();
        second.join().unwrap();
    });
}

pub fn who_stops_waiting_takes_nobody_along() {
    every_order_with(3, || {
        let (shared, changer) = a_change();
        let other = shared.clone();
        let second = thread::spawn(move || {
            let (signal, changed) = &*other;
            block_on(signal.until(|| changed.load(Ordering::Relaxed).then_some(())));
        });
        {
            let mut given_up = pin!(shared.0.until(|| None::<()>));
            let _ = given_up
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
        changer.join().unwrap();
        second.join().unwrap();
    });
}

pub fn who_is_polled_by_the_one_who_wakes_sees_the_change() {
    every_order(|| {
        let shared = Arc::new((Signal::new(), AtomicBool::new(false)));
        let seen = Arc::new(AtomicBool::new(false));
        let (waits, sees) = (shared.clone(), seen.clone());
        let task: BoxFuture<'static, ()> = Box::pin(async move {
            let (signal, changed) = &*waits;
            signal
                .until(|| changed.load(Ordering::Relaxed).then_some(()))
                .await;
            sees.store(true, Ordering::Relaxed);
        });
        let task = Arc::new(Inline(Mutex::new(Some(task))));
        task.poll();
        let changer = thread::spawn(move || {
            shared.1.store(true, Ordering::Relaxed);
            shared.0.notify();
        });
        changer.join().unwrap();
        assert!(seen.load(Ordering::Relaxed));
    });
}

pub fn no_ring_is_forgotten_before_it_was_looked_at() {
    every_order(|| {
        let shared = Arc::new((Alarm::new(), AtomicBool::new(false)));
        let other = shared.clone();
        let ringer = thread::spawn(move || {
            other.1.store(true, Ordering::Relaxed);
            other.0.ring();
        });
        let (alarm, changed) = &*shared;
        loop {
            alarm.reset();
            if changed.load(Ordering::Relaxed) {
                break;
            }
            block_on(alarm.wait());
        }
        ringer.join().unwrap();
    });
}
