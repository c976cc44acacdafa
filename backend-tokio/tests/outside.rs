//! Waits of plain threads: before, during and after the life of a runtime.

use std::{
    sync::mpsc,
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{
    ErrorKind, Job, Scheduler, SchedulerExt, Shutdown, State, implement::block_on,
    runtime::BoxFuture,
};
use tokio::runtime::{Builder, Runtime};

const PATIENCE: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(60);

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().expect("a tokio runtime"))
}

/// Runs a call that may hang on a plain thread. Forwards its panic.
fn outside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, answer) = mpsc::channel();
    thread::spawn(move || done.send(work()).unwrap_or_default());
    answer
        .recv_timeout(PATIENCE)
        .expect("it ends, without a panic")
}

fn sleeps(scheduler: &TokioScheduler) {
    // Read first: the other thread may get a processor late.
    let begun = Instant::now();
    let sleep = scheduler.sleep(SOON);
    outside(move || {
        block_on(sleep);
        assert!(begun.elapsed() >= SOON);
    });
}

#[test]
fn a_wait_with_a_limit_ends_before_the_start() {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    let job = scheduler
        .try_submit(Job::new(|_| async {}))
        .expect("accepted");
    let waits = move || block_on(job.wait_timeout(SOON)).map(drop);
    let error = outside(waits).expect_err("it has not started");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    sleeps(&scheduler);
}

/// The current-thread runtime is not driven during the test.
#[test]
fn a_sleep_ends_whether_or_not_the_runtime_is_driven() {
    for runtime in runtimes() {
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        sleeps(&scheduler);
        runtime.block_on(scheduler.start()).expect("it starts");
        sleeps(&scheduler);
    }
}

/// Returns a sleep that waits on the runtime. A sleep has ended at its first poll if the thread had no
/// processor for that long.
fn pending_sleep(scheduler: &TokioScheduler) -> BoxFuture<'static, ()> {
    loop {
        let mut sleep = scheduler.sleep(SOON);
        let mut nobody = Context::from_waker(Waker::noop());
        if sleep.as_mut().poll(&mut nobody).is_pending() {
            return sleep;
        }
    }
}

#[test]
fn a_sleep_outlives_its_runtime() {
    for runtime in runtimes() {
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        runtime.block_on(scheduler.start()).expect("it starts");
        let entered = runtime.enter();
        let inside = pending_sleep(&scheduler);
        drop(entered);
        let pending = scheduler
            .spawn(std::future::pending::<()>())
            .expect("accepted");
        let waits = outside_later(move || block_on(pending.wait_timeout(PATIENCE)).map(drop));
        runtime.shutdown_background();
        outside(move || block_on(inside));
        let lost = waits
            .recv_timeout(PATIENCE)
            .expect("it ends, without a panic");
        assert!(lost.is_ok(), "{lost:?}");
        assert_eq!(scheduler.state(), State::ShutDown);
        sleeps(&scheduler);
    }
}

fn outside_later<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> mpsc::Receiver<T> {
    let (done, answer) = mpsc::channel();
    thread::spawn(move || done.send(work()).unwrap_or_default());
    answer
}

async fn use_it(scheduler: &TokioScheduler) {
    scheduler.start().await.expect("it starts");
    scheduler
        .spawn(async {})
        .expect("accepted")
        .wait()
        .await
        .expect("it ends");
    let end = scheduler.shutdown(Shutdown::graceful()).await;
    end.expect("it ends");
}

#[test]
fn who_slept_in_one_runtime_may_start_in_another() {
    for [first, second] in [runtimes(), {
        let [a, b] = runtimes();
        [b, a]
    }] {
        let scheduler = TokioScheduler::new(TokioRuntime::ambient());
        first.block_on(scheduler.sleep(Duration::from_millis(1)));
        drop(first);
        second.block_on(use_it(&scheduler));
    }
}

#[test]
fn who_gave_a_start_up_in_one_runtime_may_start_in_another() {
    let [first, second] = runtimes();
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    {
        // The runtime is not driven: it accepts the driver task and never polls it.
        let _inside = first.enter();
        let mut start = scheduler.start();
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(start.as_mut().poll(&mut nobody).is_pending());
    }
    first.shutdown_background();
    assert_eq!(scheduler.state(), State::New);
    second.block_on(use_it(&scheduler));
}

#[test]
fn a_start_that_failed_leaves_the_next_one_all_it_needs() {
    let without_timers = Builder::new_current_thread()
        .build()
        .expect("a tokio runtime");
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    let refused = without_timers
        .block_on(scheduler.start())
        .expect_err("no timers");
    assert_eq!(refused.kind(), ErrorKind::NoRuntime);
    // The sleep works there too.
    without_timers.block_on(scheduler.sleep(Duration::from_millis(1)));
    let [_, other] = runtimes();
    other.block_on(use_it(&scheduler));
}
