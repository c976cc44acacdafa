//! Tests `examples/holidays.rs`: two weeks around Christmas, in virtual time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use backend_thread::ThreadRuntime;
use chrono::Datelike;
use scheduler_core::{
    RuntimeScheduler, Schedule, Scheduler, SchedulerExt, Shutdown, Task, schedule::Explanation,
};
use scheduler_testing::VirtualRuntime;

use crate::holidays::{HOLIDAYS, on_working_days};

#[test]
fn no_report_on_holidays() {
    let start = "2026-12-20T00:00:00Z".parse().expect("it is an instant");
    let time = VirtualRuntime::new(ThreadRuntime::new()).starting_at(start);
    let scheduler = RuntimeScheduler::new(time.clone());
    let days = Arc::new(Mutex::new(Vec::new()));
    let reported = days.clone();
    let report = Task::new(move |job| {
        let days = reported.clone();
        async move { days.lock().expect("no panic").push(job.nominal().day()) }
    });
    let trigger = on_working_days("0 9 * * *", "Europe/Berlin", HOLIDAYS).expect("it parses");
    let report = scheduler
        .add(Schedule::new(trigger, report).id("report"))
        .expect("it is added");
    time.run(scheduler.start()).expect("it starts");
    time.advance(Duration::from_secs(16 * 86_400));

    assert_eq!(*days.lock().expect("no panic"), [21, 22, 23, 28, 29, 30, 4]);
    // Why was there no report on Christmas Eve? The trigger has no such instant.
    let christmas_eve = "2026-12-24T08:00:00Z".parse().expect("it is an instant");
    let explained = report.explain(christmas_eve).expect("it is known");
    assert!(
        matches!(explained, Explanation::NoSuchInstant { .. }),
        "{explained}"
    );
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}

#[test]
fn a_date_that_does_not_exist_is_an_error() {
    assert!(on_working_days("0 9 * * *", "Europe/Berlin", "2026-02-30 never").is_err());
}
