//! A fault must not leave any caller hanging.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

use event_listener::Event;

use scheduler_core::{
    Runtime,
    runtime::{BoxFuture, SpawnError},
};

use super::{
    super::VirtualRuntime,
    Log, ms,
    runtimes::{Pool, Threads},
    spawn_napper, virtual_pool,
};

/// Logs its drop after a delay, so that concurrent code would run first. Without the delay the test
/// could miss a fault.
struct Dropped(Log, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        std::thread::sleep(ms(20));
        self.0.add(self.1);
    }
}

#[test]
fn a_panicking_task_gives_its_turn_back_and_is_dropped_within_it() {
    for time in [virtual_pool(), VirtualRuntime::new(Threads)] {
        let log = Log::new(&time);
        let (clock, dropped) = (time.clone(), Dropped(log.clone(), "dropped"));
        time.outside(|| {
            time.spawn(Box::pin(async move {
                let _dropped = dropped;
                clock.sleep(ms(5)).await;
                panic!("the task of a test panics");
            }))
            .unwrap();
            spawn_napper(&log, "next", &[5]);
        });
        time.advance(ms(10));
        assert_eq!(log.take(), ["5 dropped", "5 next"]);
        assert_eq!(time.participants(), 0);
    }
}

#[test]
fn a_panicking_closure_gives_its_turn_back() {
    let time = virtual_pool();
    time.spawn_blocking(Box::new(|| panic!("the closure of a test panics")))
        .unwrap();
    time.settle();
    assert_eq!(time.participants(), 0);
}

#[test]
fn a_panicking_client_gives_its_turn_back() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "task", &[5]);
    let client = std::panic::AssertUnwindSafe(|| time.run(async { panic!("the client") }));
    assert!(std::panic::catch_unwind(client).is_err());
    time.settle();
    assert_eq!(time.elapsed(), ms(0));
    time.advance(ms(5));
    assert_eq!(log.take(), ["5 task"]);
}

#[test]
fn a_future_is_dropped_within_its_last_turn() {
    struct Ends(#[expect(dead_code, reason = "it is there to be dropped")] Dropped);
    impl Future for Ends {
        type Output = ();
        fn poll(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<()> {
            std::task::Poll::Ready(())
        }
    }
    let time = virtual_pool();
    let log = Log::new(&time);
    time.outside(|| {
        let ends = Ends(Dropped(log.clone(), "dropped"));
        time.spawn(Box::pin(ends)).unwrap();
        spawn_napper(&log, "next", &[0]);
    });
    time.settle();
    assert_eq!(log.take(), ["0 dropped", "0 next"]);
}

/// A pool that another owner can close.
struct Shared(Arc<Pool>);

impl Runtime for Shared {
    fn name(&self) -> &str {
        "shared pool"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }
}

#[test]
fn a_runtime_that_ends_takes_its_tasks_along() {
    let pool = Arc::new(Pool::new(2));
    let time = VirtualRuntime::new(Shared(pool.clone()));
    let log = Log::new(&time);
    spawn_napper(&log, "task", &[10]);
    let (gone, lost) = (Arc::new(Event::new()), Dropped(log.clone(), "lost"));
    let (listener, event) = (gone.listen(), gone.clone());
    time.spawn(Box::pin(async move {
        let _lost = (lost, NotifyOnDrop(event));
        pending::<()>().await;
    }))
    .unwrap();
    time.settle();
    pool.close();
    time.run(listener);
    assert_eq!(log.take(), ["0 lost"]);
    time.advance(ms(20));
    assert_eq!((time.participants(), time.pending_timers()), (0, 0));
    assert!(time.spawn(Box::pin(async {})).is_err());
    time.settle();
}

struct NotifyOnDrop(Arc<Event>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify(usize::MAX);
    }
}

/// A runtime that keeps its tasks and never polls them.
#[derive(Default)]
struct Cupboard(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Runtime for Cupboard {
    fn name(&self) -> &str {
        "cupboard"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.lock().unwrap().push(task);
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        unreachable!("virtual time has timers of its own")
    }
}

#[test]
fn a_task_that_is_dropped_unpolled_gives_its_turn_back() {
    let cupboard = Cupboard::default();
    let tasks = cupboard.0.clone();
    let time = VirtualRuntime::new(cupboard);
    for _ in 0..3 {
        time.spawn(Box::pin(async {})).unwrap();
    }
    // The first task has the turn and the others are queued; they are dropped in another order.
    drop(tasks.lock().unwrap().remove(1));
    drop(std::mem::take(&mut *tasks.lock().unwrap()));
    time.settle();
    assert_eq!(time.participants(), 0);
}

#[test]
fn chosen_spawns_fail_and_drop_their_task() {
    let time = virtual_pool();
    let log = Log::new(&time);
    time.fail_spawn_after(1, SpawnError::no_runtime("by order of the test"));
    assert!(time.spawn_blocking(Box::new(|| ())).is_ok());
    let dropped = Dropped(log.clone(), "dropped");
    let refused = time.spawn(Box::pin(async move { drop(dropped) }));
    assert!(matches!(refused, Err(SpawnError::NoRuntime { .. })));
    assert_eq!(log.take(), ["0 dropped"]);
    time.fail_next_spawn(SpawnError::no_runtime("again"));
    assert!(time.spawn_blocking(Box::new(|| ())).is_err());
    assert!(time.spawn(Box::pin(async {})).is_ok());
    time.settle();
    assert_eq!((time.spawns(), time.participants()), (4, 0));
}

#[test]
fn held_spawns_run_in_order_when_released() {
    let time = virtual_pool();
    let log = Log::new(&time);
    time.hold_spawns();
    spawn_napper(&log, "first", &[0, 5]);
    let closure_log = log.clone();
    time.spawn_blocking(Box::new(move || closure_log.add("closure")))
        .unwrap();
    spawn_napper(&log, "second", &[0, 5]);
    time.advance(ms(3));
    assert!(log.take().is_empty());
    assert_eq!(time.try_run(pending::<()>()).unwrap_err().held, 3);
    time.release_spawns();
    time.advance(ms(5));
    let expected = ["3 first", "3 closure", "3 second", "8 first", "8 second"];
    assert_eq!(log.take(), expected);
}

#[test]
fn spurious_polls_do_nothing() {
    let time = VirtualRuntime::new(Eager);
    let polls = Arc::new(AtomicUsize::new(0));
    let (clock, counter) = (time.clone(), polls.clone());
    let mut inner = Box::pin(async move { clock.sleep(ms(10)).await });
    let counted = std::future::poll_fn(move |cx| {
        counter.fetch_add(1, SeqCst);
        inner.as_mut().poll(cx)
    });
    time.spawn(Box::pin(counted)).unwrap();
    time.advance(ms(10));
    assert_eq!(polls.load(SeqCst), 2);
}

/// A runtime that polls its tasks continuously, even if they were not woken.
struct Eager;

impl Runtime for Eager {
    fn name(&self) -> &str {
        "eager"
    }

    fn spawn(&self, mut task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        std::thread::spawn(move || {
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            while task.as_mut().poll(&mut cx).is_pending() {
                std::thread::yield_now();
            }
        });
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        unreachable!("virtual time has timers of its own")
    }
}
