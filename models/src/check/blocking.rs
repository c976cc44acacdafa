//! Models of the pool of threads for blocking work.

use std::sync::Arc;

use loom::{
    future::block_on,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{blocking::Blocking, implement::Timers, sync::signal::Signal};

use super::{every_order, every_order_with};

/// Returns a pool of blocking threads whose idle threads wait forever, because loom has no time.
fn blocking(limit: usize) -> Arc<Blocking> {
    let blocking = Blocking::new(limit, std::time::Duration::MAX, Timers);
    blocking.retain();
    Arc::new(blocking)
}

pub fn all_work_that_blocks_is_done_and_its_threads_end() {
    every_order(|| {
        let (pool, done) = (blocking(1), Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 {
            let done = done.clone();
            let work = move || {
                done.fetch_add(1, Ordering::SeqCst);
            };
            pool.spawn(Box::new(work)).unwrap();
        }
        while done.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        pool.release();
    });
}

pub fn work_that_blocks_waits_for_no_other_while_there_may_be_threads() {
    every_order_with(3, || {
        let met = loom::sync::Arc::new((Signal::new(), AtomicUsize::new(0)));
        let pool = blocking(2);
        // One thread is idle when two pieces of work come, so it takes one of them.
        pool.spawn(Box::new(|| {})).unwrap();
        for _ in 0..2 {
            let met = met.clone();
            let work = move || {
                let (signal, count) = &*met;
                count.fetch_add(1, Ordering::SeqCst);
                signal.notify();
                let both = || (count.load(Ordering::SeqCst) == 2).then_some(());
                block_on(signal.until(both));
            };
            pool.spawn(Box::new(work)).unwrap();
        }
        pool.release();
    });
}
