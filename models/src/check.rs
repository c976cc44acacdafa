//! The properties that must hold in every order. loom itself detects a thread that is never woken.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use loom::{
    future::block_on,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    BoxFuture, EventFilter, Listener, ListenerId,
    blocking::Blocking,
    event::{
        Event, EventKind,
        channel::{EventStream, event_channel},
    },
    implement::Timers,
    job::{
        CancelReason,
        orders::{CancelRequest, Orders},
    },
    pool::Pool,
    shell::{listeners::ListenerDelivery, shared::Shared},
    sync::{
        alarm::Alarm,
        fair_queue::FairQueue,
        gate::{Asks, Gate},
        listener_gate::ListenerGate,
        signal::Signal,
        waker_slot::WakerSlot,
    },
};

/// The bound of preemptions; defects that need more are rare. Without a bound the models pass too,
/// but take minutes. Models with several threads that start others use three.
const PREEMPTIONS: usize = 4;

/// Runs a model in every order of its threads.
fn every_order(model: impl Fn() + Sync + Send + 'static) {
    every_order_with(PREEMPTIONS, model);
}

fn every_order_with(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

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

/// A task that is polled at once, on the thread that wakes it.
struct Inline(Mutex<Option<BoxFuture<'static, ()>>>);

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

impl Inline {
    fn poll(self: &Arc<Self>) {
        let task = self.0.lock().unwrap().take();
        if let Some(mut task) = task {
            let waker = Waker::from(self.clone());
            if task
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
            {
                *self.0.lock().unwrap() = Some(task);
            }
        }
    }
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

pub fn a_late_order_never_reaches_the_next_attempt() {
    every_order(|| {
        let orders = Arc::new(Orders::new());
        let other = orders.clone();
        let teller =
            thread::spawn(move || other.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        orders.begin(2);
        let order = orders.read();
        teller.join().unwrap();
        assert_eq!((order.attempt, order.request), (2, CancelRequest::Nothing));
        assert_eq!(orders.read(), order);
    });
}

pub fn two_orders_leave_the_more_urgent_one() {
    every_order(|| {
        let orders = Arc::new(Orders::new());
        let other = orders.clone();
        let teller =
            thread::spawn(move || other.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        assert!(orders.give(1, CancelRequest::Graceful, CancelReason::Requested));
        assert!(teller.join().unwrap());
        assert_eq!(orders.read().request, CancelRequest::Immediate);
    });
}

pub fn a_body_that_is_told_to_end_is_polled_once_more() {
    every_order(|| {
        let shared = Arc::new((Orders::new(), WakerSlot::new()));
        let other = shared.clone();
        let teller = thread::spawn(move || {
            assert!(
                other
                    .0
                    .give(1, CancelRequest::Immediate, CancelReason::Requested)
            );
            other.1.wake();
        });
        let (orders, poller) = &*shared;
        block_on(poll_fn(|cx| {
            poller.store(cx.waker());
            match orders.read().request {
                CancelRequest::Immediate => Poll::Ready(()),
                _ => Poll::Pending,
            }
        }));
        teller.join().unwrap();
    });
}

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

pub fn what_a_closed_pool_holds_is_dropped() {
    every_order(|| {
        let (pool, held) = (pool(1), Arc::new(()));
        let (inside, poller) = (held.clone(), Arc::new(WakerSlot::new()));
        let polled = poller.clone();
        // The waker outlives the pool, and must not keep it alive.
        let task = async move {
            let pending = poll_fn(|cx| {
                polled.store(cx.waker());
                Poll::<()>::Pending
            });
            pending.await;
            drop(inside);
        };
        pool.spawn(Box::pin(task)).unwrap();
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
        let (inside, poller) = (held.clone(), Arc::new(WakerSlot::new()));
        let polled = poller.clone();
        let task = async move {
            let pending = poll_fn(|cx| {
                polled.store(cx.waker());
                Poll::<()>::Pending
            });
            pending.await;
            drop(inside);
        };
        pool.spawn(Box::pin(task)).unwrap();
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
