//! The watchdog fails with a message instead of a hang.

use std::{
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    task::Poll,
};

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};

use super::{super::VirtualRuntime, ms, runtimes::Pool, virtual_pool};

/// Short, because some tests wait for all of it; long enough for a thread on a busy machine.
const PATIENCE: u64 = 1_000;

fn impatient(inner: impl Runtime) -> VirtualRuntime {
    VirtualRuntime::new(inner).with_patience(ms(PATIENCE))
}

fn message_of(call: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[test]
fn a_task_that_blocks_its_thread_is_named() {
    let time = impatient(Pool::new(2));
    let (stop, stopped) = mpsc::channel::<()>();
    time.outside(|| {
        time.spawn(Box::pin(async move { _ = stopped.recv() }))
            .unwrap();
        time.spawn(Box::pin(async {})).unwrap();
    });
    let message = message_of(|| time.settle());
    assert!(message.contains("task 2 is running"), "{message}");
    assert!(
        message.contains("; waiting for the turn: task 3"),
        "{message}"
    );
    drop(stop);
    time.settle();
}

#[test]
fn a_task_that_wakes_itself_for_ever_is_noticed() {
    let time = impatient(Pool::new(1));
    let spin = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    time.spawn(Box::pin(spin)).unwrap();
    for call in [
        |time: &VirtualRuntime| time.settle(),
        |time: &VirtualRuntime| time.advance(ms(1)),
        |time: &VirtualRuntime| time.run(async {}),
        |time: &VirtualRuntime| time.outside(|| ()),
    ] {
        let message = message_of(|| call(&time));
        assert!(message.contains("not quiet after 1s: task 1"), "{message}");
    }
}

#[test]
fn an_executor_that_does_not_run_is_noticed() {
    struct Idle;
    impl Runtime for Idle {
        fn name(&self) -> &str {
            "idle"
        }
        fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
            std::mem::forget(task);
            Ok(())
        }
        fn sleep_until(&self, _: std::time::Instant) -> BoxFuture<'static, ()> {
            unreachable!("virtual time has timers of its own")
        }
    }
    let time = impatient(Idle);
    time.spawn(Box::pin(async {})).unwrap();
    let message = message_of(|| time.settle());
    assert!(message.contains("its executor has not run it"), "{message}");
}

#[test]
fn a_client_for_whom_nobody_moves_the_clock_is_told() {
    let time = virtual_pool().with_patience(ms(PATIENCE));
    let message = message_of(|| time.block_on(time.sleep(ms(1))));
    assert!(message.contains("nothing advances the clock"), "{message}");
    assert_eq!((time.participants(), time.pending_timers()), (0, 0));
    let message = message_of(|| time.block_on(pending()));
    assert!(message.contains("0 timers are set"), "{message}");
}

#[test]
fn a_closure_that_nobody_will_wake_ends_at_last() {
    let time = impatient(Pool::new(1));
    let closure = || block_on(pending());
    time.spawn_blocking(Box::new(closure)).unwrap();
    while time.participants() > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn patience_is_about_progress_not_about_the_whole() {
    let time = virtual_pool().with_patience(ms(2 * PATIENCE));
    let clock = time.clone();
    // The task uses real time in each step: each step is far shorter than the patience, and their
    // sum is longer.
    let slow = async move {
        for _ in 0..6 {
            clock.sleep(ms(1)).await;
            std::thread::sleep(ms(400));
        }
    };
    time.spawn(Box::pin(slow)).unwrap();
    time.advance(ms(20));
    assert_eq!(time.participants(), 0);
}
