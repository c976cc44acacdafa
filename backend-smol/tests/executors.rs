//! Tests of all kinds of executors, and of one that is dropped under its scheduler.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use backend_smol::{SmolRuntime, SmolScheduler};
use scheduler_core::{
    Blocking, ErrorKind, EventFilter, Job, Runtime, Scheduler, SchedulerExt, Shutdown, State,
    event::StateCause, implement::block_on, job::OutcomeKind,
};
use smol::Executor;

async fn use_it(scheduler: &SmolScheduler) {
    scheduler.start().await.expect("it starts");
    let job = scheduler.spawn_value(async { 6 * 7 }).expect("accepted");
    assert_eq!(job.wait().await.expect("no deadlock").ok(), Some(42));
    let job = scheduler.spawn_blocking_value(|_| 6 * 7).expect("accepted");
    assert_eq!(job.wait().await.expect("no deadlock").ok(), Some(42));
    let end = scheduler.shutdown(Shutdown::graceful()).await;
    end.expect("it ends");
}

#[test]
fn the_global_executor() {
    block_on(use_it(&SmolScheduler::new(SmolRuntime::global())));
}

#[test]
fn a_given_executor() {
    let executor = Arc::new(Executor::new());
    let scheduler = SmolScheduler::new(SmolRuntime::new(&executor));
    smol::block_on(executor.run(use_it(&scheduler)));
}

#[test]
fn a_static_executor() {
    static EXECUTOR: Executor<'_> = Executor::new();
    let scheduler = SmolScheduler::new(SmolRuntime::from_static(&EXECUTOR));
    smol::block_on(EXECUTOR.run(use_it(&scheduler)));
}

#[test]
fn an_executor_that_is_gone_is_an_error() {
    let scheduler = SmolScheduler::new(SmolRuntime::new(&Arc::new(Executor::new())));
    let error = Blocking::new(scheduler.clone())
        .start()
        .expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::NoRuntime);
    assert!(error.to_string().contains("dropped"), "{error}");
    assert_eq!(scheduler.state(), State::New);
}

#[test]
fn an_executor_that_is_dropped_wakes_everybody() {
    let executor = Arc::new(Executor::new());
    let scheduler = SmolScheduler::new(SmolRuntime::new(&executor));
    smol::block_on(executor.run(scheduler.start())).expect("it starts");
    let running = scheduler
        .spawn(std::future::pending::<()>())
        .expect("accepted");
    let later = Job::new(|_| async {}).after(Duration::from_secs(3600));
    let later = scheduler.try_submit(later).expect("accepted");
    let mut events = scheduler.subscribe(EventFilter::all());
    let (done, over) = mpsc::channel();
    let (one, two, it) = (running.clone(), later.clone(), scheduler.clone());
    thread::spawn(move || {
        let outcomes = [one.wait_blocking(), two.wait_blocking()];
        while block_on(events.next()).is_some() {}
        let report = block_on(it.stopped()).expect("it ends");
        done.send((
            outcomes.map(|outcome| outcome.expect("an answer").kind()),
            report.cause,
        ))
    });
    drop(executor);
    let answer = over.recv_timeout(Duration::from_secs(30)).expect("no hang");
    let outcomes = [OutcomeKind::Lost, OutcomeKind::Cancelled];
    assert_eq!(answer, (outcomes, StateCause::RuntimeGone));
    assert_eq!(scheduler.state(), State::ShutDown);
}

#[test]
fn a_task_goes_to_the_static_executor_and_to_no_other() {
    let executor: &'static Executor<'static> = Box::leak(Box::new(Executor::new()));
    let runtime = SmolRuntime::from_static(executor);
    assert_eq!(runtime.name(), "smol");
    runtime.spawn(Box::pin(async {})).expect("it is taken");
    assert!(!executor.is_empty(), "it does not run yet");
    while executor.try_tick() {}
    assert!(executor.is_empty());
}
