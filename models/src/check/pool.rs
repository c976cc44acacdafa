//! Models of the worker threads.

use std::{future::poll_fn, sync::Arc, task::Poll};

use loom::{
    future::block_on,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use crate::{
    BoxFuture,
    blocking::Blocking,
    implement::Timers,
    pool::Pool,
    sync::{signal::Signal, waker_slot::WakerSlot},
};

use super::{every_order, every_order_with};

fn pool(limit: usize) -> Arc<Pool> {
    let blocking = Arc::new(Blocking::new(1, std::time::Duration::MAX, Timers));
    Arc::new(Pool::new(limit, Timers, blocking))
}

pub fn every_task_runs_and_the_workers_end() {
    every_order(|| {
        let (pool, ran) = (pool(1), Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 {
            let ran = ran.clone();
            let task = async move {
                ran.fetch_add(1, Ordering::SeqCst);
            };
            pool.spawn(Box::pin(task)).unwrap();
        }
        while ran.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
    });
}

pub fn a_task_that_is_woken_while_it_is_polled_is_polled_again() {
    every_order(|| {
        let (pool, ended) = (pool(1), Arc::new(AtomicBool::new(false)));
        let shared = Arc::new((WakerSlot::new(), AtomicBool::new(false)));
        let (waits, over) = (shared.clone(), ended.clone());
        let task = async move {
            poll_fn(|cx| {
                waits.0.store(cx.waker());
                match waits.1.load(Ordering::SeqCst) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
            over.store(true, Ordering::SeqCst);
        };
        pool.spawn(Box::pin(task)).unwrap();
        shared.1.store(true, Ordering::SeqCst);
        shared.0.wake();
        while !ended.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    });
}

/// Returns a task that never ends, holds `held`, and leaves its waker in `poller`.
fn never_ending(poller: &Arc<WakerSlot>, held: &Arc<()>) -> BoxFuture<'static, ()> {
    let (polled, inside) = (poller.clone(), held.clone());
    Box::pin(async move {
        let pending = poll_fn(|cx| {
            polled.store(cx.waker());
            Poll::<()>::Pending
        });
        pending.await;
        drop(inside);
    })
}

pub fn what_a_closed_pool_holds_is_dropped() {
    every_order(|| {
        let (pool, held) = (pool(1), Arc::new(()));
        // The waker outlives the pool, and must not keep it alive.
        let poller = Arc::new(WakerSlot::new());
        pool.spawn(never_ending(&poller, &held)).unwrap();
        pool.close();
        while Arc::strong_count(&held) > 1 {
            thread::yield_now();
        }
    });
}

/// The task is woken at each point of its poll, by another thread, while the pool closes.
pub fn a_task_that_is_woken_while_its_pool_closes_is_dropped() {
    every_order_with(3, || {
        let (pool, held) = (pool(1), Arc::new(()));
        let poller = Arc::new(WakerSlot::new());
        pool.spawn(never_ending(&poller, &held)).unwrap();
        let wakes = poller.clone();
        let waker = thread::spawn(move || wakes.wake());
        pool.close();
        waker.join().unwrap();
        while Arc::strong_count(&held) > 1 {
            thread::yield_now();
        }
    });
}

/// Two tasks are woken together. The first blocks its thread until the second runs.
pub fn tasks_that_are_woken_wait_for_no_other_while_there_may_be_workers() {
    every_order_with(2, || {
        let met = loom::sync::Arc::new((Signal::new(), AtomicUsize::new(0)));
        let tasks = Arc::new([(); 2].map(|()| (WakerSlot::new(), AtomicUsize::new(0))));
        let pool = pool(2);
        for number in 0..2 {
            let (met, tasks) = (met.clone(), tasks.clone());
            let woken = poll_fn(move |cx| {
                let (poller, polls) = &tasks[number];
                poller.store(cx.waker());
                match polls.fetch_add(1, Ordering::SeqCst) {
                    0 => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            });
            let task = async move {
                woken.await;
                let (signal, count) = &*met;
                count.fetch_add(1, Ordering::SeqCst);
                signal.notify();
                let both = || (count.load(Ordering::SeqCst) == 2).then_some(());
                block_on(signal.until(both));
            };
            pool.spawn(Box::pin(task)).unwrap();
        }
        for (poller, polls) in &*tasks {
            while polls.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            poller.wake();
        }
    });
}
