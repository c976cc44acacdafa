//! Where a start works, and the error of a start elsewhere.

use std::{sync::mpsc, thread, time::Duration};

use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{Blocking, ErrorKind, Result, Scheduler, SchedulerExt, Shutdown, State};
use tokio::runtime::{Builder, Runtime};

fn both() -> [Builder; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
}

fn build(mut builder: Builder) -> Runtime {
    builder.enable_time().build().expect("a tokio runtime")
}

/// Runs a job and shuts the scheduler down, from inside a runtime.
async fn use_it(scheduler: &TokioScheduler) {
    assert_eq!(scheduler.backend(), "tokio");
    scheduler.start().await.expect("it starts");
    let job = scheduler.spawn_value(async { 6 * 7 }).expect("accepted");
    assert_eq!(job.wait().await.expect("no deadlock").ok(), Some(42));
    let job = scheduler.spawn_blocking_value(|_| 6 * 7).expect("accepted");
    assert_eq!(job.wait().await.expect("no deadlock").ok(), Some(42));
    let end = scheduler.shutdown(Shutdown::graceful()).await;
    end.expect("it ends");
}

fn refused(scheduler: &TokioScheduler, answer: Result<()>, hint: &str) {
    let error = answer.expect_err("it cannot start");
    assert_eq!(error.kind(), ErrorKind::NoRuntime, "{error}");
    assert!(error.to_string().contains(hint), "{error}");
    assert_eq!(scheduler.state(), State::New);
}

#[test]
fn inside_of_a_runtime_the_ambient_one_is_used() {
    for builder in both() {
        build(builder).block_on(use_it(&TokioScheduler::new(TokioRuntime::ambient())));
    }
}

#[test]
fn a_given_handle_is_used() {
    for builder in both() {
        let runtime = build(builder);
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        runtime.block_on(use_it(&scheduler));
    }
}

#[test]
fn a_given_handle_is_used_from_plain_threads() {
    let runtime = build(Builder::new_multi_thread());
    let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
    scheduler_core::implement::block_on(use_it(&scheduler));
}

#[test]
fn a_given_handle_goes_before_the_ambient_runtime() {
    let (outer, inner) = (
        build(Builder::new_current_thread()),
        build(Builder::new_multi_thread()),
    );
    let scheduler = TokioScheduler::new(TokioRuntime::new(inner.handle().clone()));
    outer.block_on(async {
        scheduler.start().await.expect("it starts");
        let job = scheduler.spawn_value(async { tokio::runtime::Handle::current().id() });
        let id = job.expect("accepted").wait().await.expect("it ends").ok();
        assert_eq!(id, Some(inner.handle().id()));
    });
}

#[test]
fn outside_of_a_runtime_the_start_says_so_and_can_be_tried_again() {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    for _ in 0..2 {
        let answer = Blocking::new(scheduler.clone()).start();
        refused(
            &scheduler,
            answer,
            "start the scheduler inside a tokio runtime",
        );
    }
    build(Builder::new_current_thread()).block_on(use_it(&scheduler));
}

#[test]
fn a_runtime_without_timers_is_refused_and_another_may_be_tried() {
    const HINT: &str = "enable_time";
    for mut builder in both() {
        let runtime = builder.build().expect("a tokio runtime");
        let given = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        refused(&given, Blocking::new(given.clone()).start(), HINT);
        let ambient = TokioScheduler::new(TokioRuntime::ambient());
        refused(&ambient, runtime.block_on(ambient.start()), HINT);
        build(builder).block_on(use_it(&ambient));
    }
}

#[test]
fn a_runtime_that_is_gone_is_an_error_and_no_hang() {
    for builder in both() {
        let runtime = build(builder);
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        runtime.shutdown_background();
        let (done, answered) = mpsc::channel();
        let starting = scheduler.clone();
        thread::spawn(move || done.send(Blocking::new(starting).start()));
        let answer = answered
            .recv_timeout(Duration::from_secs(30))
            .expect("no hang");
        refused(&scheduler, answer, "dropped");
    }
}
