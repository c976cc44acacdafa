use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, channel},
    task::{Context, Waker},
    time::Duration,
};

use super::*;
use crate::sync::block_on::block_on;

/// Starts smol's local executor. The receiver is disconnected when its thread has ended.
fn start() -> (LocalRuntime, Receiver<()>) {
    let (alive, ended) = channel();
    let sleep_until = |deadline| async move {
        smol::Timer::at(deadline).await;
    };
    let started = LocalRuntime::start("test", sleep_until, move |mut tasks| {
        let executor = smol::LocalExecutor::new();
        smol::block_on(executor.run(async {
            while let Some(task) = tasks.next().await {
                executor.spawn(task).detach();
            }
        }));
        drop(executor);
        drop(alive);
    });
    (started.expect("started"), ended)
}

fn thread_of(runtime: &LocalRuntime) -> ThreadId {
    block_on(runtime.run(|| async { thread::current().id() })).expect("runs")
}

/// A value that sends the id of the thread that drops it.
struct Tracked(std::sync::mpsc::Sender<ThreadId>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.send(thread::current().id()).unwrap_or_default();
    }
}

#[test]
fn tasks_and_sleeps_run_on_the_thread() {
    let (runtime, _ended) = start();
    let home = thread_of(&runtime);
    assert_ne!(home, thread::current().id());
    assert_eq!(
        (runtime.name(), runtime.parallelism()),
        ("test", NonZeroUsize::MIN)
    );
    let (done, tasks) = channel();
    let inside = runtime.clone();
    let task = async move {
        let deadline = inside.now().mono() + Duration::from_millis(5);
        inside.sleep_until(deadline).await;
        let is_refused = inside.check_blocking().is_err();
        let slept = inside.now().mono() >= deadline;
        done.send((thread::current().id(), is_refused, slept))
            .unwrap_or_default();
    };
    runtime.spawn(Box::pin(task)).expect("spawned");
    assert_eq!(tasks.recv(), Ok((home, true, true)));
    assert!(runtime.check_blocking().is_ok(), "the caller may block");
}

#[test]
fn an_ended_runtime_drops_its_tasks_and_refuses_others() {
    let (runtime, ended) = start();
    let (dropped, drops) = channel();
    let waits = |tracked: Tracked| async move {
        let _tracked = tracked;
        pending::<()>().await;
    };
    let waiting = Box::pin(waits(Tracked(dropped.clone())));
    runtime.spawn(waiting).expect("spawned");
    let home = thread_of(&runtime);
    runtime.end();
    assert_eq!(drops.recv(), Ok(home), "the executor drops its task");
    assert!(ended.recv().is_err(), "the thread ends");
    let refused = runtime.spawn(Box::pin(waits(Tracked(dropped))));
    assert!(matches!(refused, Err(SpawnError::NoRuntime { .. })));
    assert_eq!(drops.recv(), Ok(thread::current().id()));
    // It ends, although its executor is gone.
    let far = runtime.now().mono() + Duration::from_secs(3600);
    block_on(runtime.sleep_until(far));
}

#[test]
fn the_last_clone_ends_the_runtime_and_a_sleep_does_not_keep_it() {
    let (runtime, ended) = start();
    let far = runtime.now().mono() + Duration::from_secs(3600);
    let mut sleep = runtime.sleep_until(far);
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(sleep.as_mut().poll(&mut nobody).is_pending());
    drop(runtime.clone());
    thread_of(&runtime);
    drop(runtime);
    assert!(ended.recv().is_err(), "the thread ends");
    block_on(sleep);
}

#[test]
fn a_dropped_run_drops_its_future_on_the_thread() {
    let (runtime, _ended) = start();
    let home = thread_of(&runtime);
    let (dropped, drops) = channel();
    let make = move || async move {
        let _tracked = Tracked(dropped);
        pending::<()>().await;
    };
    let mut run = Box::pin(runtime.run(make));
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut nobody).is_pending());
    // Tasks arrive in order, so the future has been made.
    thread_of(&runtime);
    drop(run);
    assert_eq!(drops.recv(), Ok(home));
}

#[test]
fn panics_continue_where_the_run_is_awaited_and_harm_no_other_task() {
    let (runtime, _ended) = start();
    runtime
        .spawn(Box::pin(async { panic!("a task") }))
        .expect("spawned");
    let in_future = runtime.run(|| async { panic!("its future") });
    let in_make = runtime.run(|| -> std::future::Ready<()> { panic!("its function") });
    let panic_of = |run: LocalRun<()>| {
        let panic = catch_unwind(AssertUnwindSafe(|| block_on(run))).expect_err("panics");
        *panic.downcast_ref::<&str>().expect("a text")
    };
    assert_eq!(panic_of(in_future), "its future");
    assert_eq!(panic_of(in_make), "its function");
    thread_of(&runtime);
}

#[test]
fn a_thread_that_panics_ends_its_runtime() {
    let broken = LocalRuntime::start("broken", |_| pending(), |_| panic!("no driver"));
    let broken = broken.expect("started");
    let run = broken.run(|| async {});
    let gone = block_on(run).expect_err("there is no thread");
    assert!(gone.to_string().starts_with("no runtime: "), "{gone}");
}

#[test]
fn a_task_that_its_executor_leaks_is_dropped() {
    let runtime = LocalRuntime::start(
        "leaks",
        |_| pending(),
        |mut tasks| {
            while let Some(mut task) = block_on(tasks.next()) {
                let mut nobody = Context::from_waker(Waker::noop());
                assert!(task.as_mut().poll(&mut nobody).is_pending());
                std::mem::forget(task);
            }
        },
    );
    let runtime = runtime.expect("started");
    let ((dropped, drops), (begun, begins)) = (channel(), channel());
    let task = async move {
        let _tracked = Tracked(dropped);
        begun.send(()).unwrap_or_default();
        pending::<()>().await;
    };
    runtime.spawn(Box::pin(task)).expect("spawned");
    begins.recv().expect("begun");
    runtime.end();
    drops.recv().expect("dropped");
}
