//! Tests of blocking closures, and of client threads.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use event_listener::{Event, Listener};

use scheduler_core::{Runtime, implement::block_on};

use super::{super::VirtualRuntime, Log, ms, spawn_napper, virtual_pool};

#[test]
fn a_closure_that_waits_for_a_task_gives_its_turn_back() {
    let time = virtual_pool();
    let log = Log::new(&time);
    let done = Arc::new(Event::new());
    let (closure_log, listener) = (log.clone(), done.listen());
    let closure = move || {
        closure_log.add("closure waits");
        block_on(listener);
        closure_log.add("closure ends");
    };
    time.outside(|| {
        time.spawn_blocking(Box::new(closure)).unwrap();
        let (clock, log) = (time.clone(), log.clone());
        time.spawn(Box::pin(async move {
            clock.sleep(ms(7)).await;
            log.add("task ends");
            done.notify(1);
        }))
        .unwrap();
    });
    time.advance(ms(10));
    assert_eq!(
        log.take(),
        ["0 closure waits", "7 task ends", "7 closure ends"]
    );
}

#[test]
fn a_closure_sleeps_in_virtual_time() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "task", &[15]);
    let (clock, closure_log) = (time.clone(), log.clone());
    let closure = move || {
        for _ in 0..2 {
            block_on(clock.sleep(ms(10)));
            closure_log.add("closure");
        }
    };
    time.spawn_blocking(Box::new(closure)).unwrap();
    time.advance(ms(20));
    assert_eq!(log.take(), ["10 closure", "15 task", "20 closure"]);
}

#[test]
fn run_moves_the_time_only_while_it_waits() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "task", &[10, 10, 10]);
    time.run(async {
        time.sleep(ms(15)).await;
        log.add("client");
    });
    time.settle();
    assert_eq!(log.take(), ["10 task", "15 client"]);
    assert_eq!(time.elapsed(), ms(15));
}

#[test]
fn block_on_leaves_the_time_to_others() {
    let time = virtual_pool();
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            time.block_on(time.sleep(ms(10)));
            time.elapsed()
        });
        while time.pending_timers() == 0 {
            thread::yield_now();
        }
        time.settle();
        assert_eq!(time.elapsed(), Duration::ZERO);
        time.advance(ms(10));
        assert_eq!(client.join().unwrap(), ms(10));
    });
}

struct Panics;

impl std::task::Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics");
    }
}

#[test]
fn a_waker_that_panics_does_not_stop_the_clock() {
    let time = virtual_pool();
    let waker = std::task::Waker::from(Arc::new(Panics));
    let mut sleep = std::pin::pin!(time.sleep(ms(10)));
    let polled = sleep
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&waker));
    assert!(polled.is_pending());
    time.run(time.sleep(ms(20)));
    assert_eq!(time.elapsed(), ms(20));
}

/// A nested call consumes the wake of the outer call. The outer call must still continue.
#[test]
fn calls_of_block_on_may_stand_inside_each_other() {
    let time = virtual_pool();
    let mut polls = 0;
    time.run(std::future::poll_fn(|cx| {
        polls += 1;
        if polls == 2 {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        block_on(time.sleep(ms(10)));
        std::task::Poll::Pending
    }));
    assert_eq!((polls, time.elapsed()), (2, ms(10)));
}

#[test]
fn calls_from_outside_are_one_turn() {
    let time = virtual_pool();
    let log = Log::new(&time);
    time.outside(|| {
        spawn_napper(&log, "first", &[0]);
        // Gives the first call time to run if it wrongly could; there is no event to wait for.
        thread::sleep(ms(5));
        log.add("outside");
        spawn_napper(&log, "second", &[0]);
    });
    time.settle();
    assert_eq!(log.take(), ["0 outside", "0 first", "0 second"]);
    assert_eq!(time.foreign_wakes(), 0);
}

#[test]
fn a_wake_from_elsewhere_is_counted() {
    let time = virtual_pool();
    let event = Arc::new(Event::new());
    let listener = event.listen();
    time.spawn(Box::pin(listener)).unwrap();
    time.settle();
    time.outside(|| {
        thread::scope(|scope| {
            scope.spawn(|| event.notify(1));
        });
    });
    time.settle();
    assert_eq!((time.foreign_wakes(), time.participants()), (1, 0));
}

#[test]
fn a_call_while_all_is_quiet_is_not() {
    let time = virtual_pool();
    let event = Event::new();
    time.spawn(Box::pin(event.listen())).unwrap();
    time.settle();
    event.notify(1);
    time.settle();
    assert_eq!((time.foreign_wakes(), time.participants()), (0, 0));
}

#[test]
fn many_clients_share_one_world() {
    let time = virtual_pool();
    let sum = AtomicUsize::new(0);
    thread::scope(|scope| {
        for client in 1..=8_u64 {
            let (time, sum) = (&time, &sum);
            scope.spawn(move || {
                for _ in 0..20 {
                    time.run(time.sleep(ms(client)));
                    sum.fetch_add(1, SeqCst);
                }
            });
        }
    });
    assert_eq!((sum.load(SeqCst), time.participants()), (160, 0));
    assert!(time.elapsed() >= ms(160), "{:?}", time.elapsed());
}

#[test]
fn a_future_that_nobody_will_wake_is_stalled() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "task", &[10]);
    time.spawn(Box::pin(pending())).unwrap();
    let stalled = time.try_run(pending::<()>()).unwrap_err();
    assert_eq!((stalled.elapsed, stalled.asleep), (ms(10), 2));
    assert_eq!(log.take(), ["10 task"]);
    assert!(stalled.to_string().contains("stalled 10ms after the start"));
    assert_eq!(time.run(async { 5 }), 5);
}

#[test]
#[should_panic(expected = "stalled")]
fn run_panics_when_stalled() {
    virtual_pool().run(pending::<()>());
}

#[test]
#[should_panic(expected = "stalled")]
fn a_stall_in_a_blocking_call_within_the_future_panics() {
    virtual_pool().run(async { block_on(pending::<()>()) });
}

#[test]
fn a_plain_listener_works_beside_virtual_time() {
    let time = virtual_pool();
    let done = Arc::new(Event::new());
    let (listener, event) = (done.listen(), done.clone());
    time.spawn(Box::pin(async move { _ = event.notify(1) }))
        .unwrap();
    listener.wait();
}

#[test]
fn a_sleep_polled_by_a_stranger_ends_when_the_time_comes() {
    let time = virtual_pool();
    thread::scope(|scope| {
        let stranger = scope.spawn(|| block_on(time.sleep(ms(10))));
        while time.pending_timers() == 0 {
            thread::yield_now();
        }
        time.advance(ms(10));
        stranger.join().unwrap();
    });
}

#[test]
fn a_participant_cannot_wait_for_itself() {
    type Call = fn(&VirtualRuntime);
    let time = virtual_pool();
    let calls: [(&str, Call); 4] = [
        ("settle", |time| time.settle()),
        ("advance", |time| time.advance(ms(1))),
        ("run", |time| time.run(async {})),
        ("outside", |time| time.outside(|| ())),
    ];
    for (name, call) in calls {
        let refused = time.outside(|| {
            let call = std::panic::AssertUnwindSafe(|| call(&time));
            *std::panic::catch_unwind(call)
                .unwrap_err()
                .downcast::<String>()
                .unwrap()
        });
        assert!(
            refused.starts_with(&format!("`{name}` was called by client")),
            "{refused}"
        );
    }
}
