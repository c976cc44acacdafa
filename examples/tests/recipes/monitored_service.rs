//! Tests the service of `docs/guide/tutorial.md`: a morning with an error, a hang and a suspend, in
//! virtual time.

use std::{
    future::pending,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use backend_thread::ThreadRuntime;
use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    EventFilter, Options, Runtime, RuntimeScheduler, Scheduler, SchedulerExt, Shutdown,
    schedule::RunCause,
};
use scheduler_testing::VirtualRuntime;

use crate::monitored_service::{import, watch};

const MINUTE: Duration = Duration::from_secs(60);

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-01-01T{time}:00Z")
        .parse()
        .expect("it is an instant")
}

#[test]
fn a_morning_with_an_error_a_hang_and_a_suspend() {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let quiet = Options::default().on_error(|_: &_| ());
    let scheduler = RuntimeScheduler::with_options(time.clone(), quiet).expect("valid options");
    let events = scheduler.subscribe(EventFilter::all().of_schedule("import"));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let watching = watch(events, move |line| log.lock().expect("no panic").push(line));
    // A task of the runtime, not a job: it ends after the scheduler.
    time.spawn(Box::pin(watching)).expect("it is spawned");

    let runs = Arc::new(Mutex::new(Vec::new()));
    let begun = runs.clone();
    let fetch = move |job: scheduler_core::JobContext| {
        begun
            .lock()
            .expect("no panic")
            .push((job.nominal(), job.attempt(), job.covers()));
        async move {
            match (job.nominal(), job.attempt()) {
                (nominal, 1) if nominal == at("00:15") => Err(io::Error::other("refused")),
                (nominal, _) if nominal == at("00:30") => pending().await,
                _ => Ok(()),
            }
        }
    };
    let import = scheduler
        .add(import(fetch).expect("it parses"))
        .expect("it is added");
    time.run(scheduler.start()).expect("it starts");
    let take_runs = || std::mem::take(&mut *runs.lock().expect("no panic"));
    let take_lines = || std::mem::take(&mut *lines.lock().expect("no panic"));

    // The clock begins at midnight, which is a quarter.
    time.settle();
    assert_eq!(take_runs(), [(at("00:00"), 1, None)]);
    time.advance(20 * MINUTE);
    assert_eq!(
        take_runs(),
        [(at("00:15"), 1, None), (at("00:15"), 2, None)]
    );
    assert_eq!(take_lines(), ["refused: attempt 2 follows"]);

    // Every attempt of half past takes its ten minutes; two quarters meet it.
    time.advance(50 * MINUTE);
    let attempts = take_runs();
    assert_eq!(attempts.len(), 3, "{attempts:?}");
    assert!(
        attempts.iter().all(|run| run.0 == at("00:30")),
        "{attempts:?}"
    );
    let log = take_lines();
    assert_eq!(log.len(), 5, "{log:#?}");
    assert!(log[0].ends_with("attempt 2 follows"), "{log:#?}");
    let skipped = |time: &str| format!("{}: an earlier run was still active", at(time));
    assert_eq!(log[1], skipped("00:45"));
    assert!(log[2].ends_with("attempt 3 follows"), "{log:#?}");
    assert_eq!(log[3], skipped("01:00"));
    assert!(log[4].starts_with("failed: "), "{log:#?}");

    // The machine sleeps from 01:10 to 03:10: one run replaces eight.
    time.jump_wall(TimeDelta::hours(2));
    time.advance(2 * MINUTE);
    let late = take_runs();
    assert_eq!(late.len(), 1, "{late:?}");
    let covers = late[0].2.expect("it covers several");
    assert_eq!(
        (late[0].0, covers.from, covers.count.known()),
        (at("03:00"), at("01:15"), 8)
    );

    let ran = time.run(async { import.run_now()?.wait().await });
    assert!(ran.expect("it is accepted").ok().is_some());
    let history = import.history().expect("it is known");
    assert!(
        history
            .iter()
            .any(|decision| decision.cause == RunCause::CatchUp),
        "{history:#?}"
    );
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}
