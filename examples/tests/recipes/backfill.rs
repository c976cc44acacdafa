//! Tests `examples/backfill.rs`: every missed day runs once, and a second backfill repeats the
//! failures.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use backend_thread::ThreadRuntime;
use chrono::{DateTime, Datelike, Utc};
use scheduler_core::{
    Options, RuntimeScheduler, Scheduler, Shutdown, Task, backfill::BackfillEnd, schedule::RunCause,
};
use scheduler_testing::VirtualRuntime;

use crate::backfill::{add_totals, make_up};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("it is an instant")
}

#[test]
fn missed_days_are_made_up_for() {
    let time = VirtualRuntime::new(ThreadRuntime::new()).starting_at(at("2026-03-11T12:00:00Z"));
    let quiet = Options::default().on_error(|_: &_| ());
    let scheduler = RuntimeScheduler::with_options(time.clone(), quiet).expect("valid options");
    let days = Arc::new(Mutex::new(Vec::new()));
    let broken = Arc::new(AtomicBool::new(true));
    let (ran, fails) = (days.clone(), broken.clone());
    let total = Task::new(move |job| {
        assert_eq!(job.cause(), Some(RunCause::Backfill));
        let day = job.nominal().day();
        ran.lock().expect("no panic").push(day);
        // The figures of the 4th and the 7th are not there at first.
        let missing = fails.load(Ordering::SeqCst) && [4, 7].contains(&day);
        async move { if missing { Err("no figures") } else { Ok(()) } }
    });
    let totals = add_totals(&scheduler, total).expect("it is added");
    time.run(scheduler.start()).expect("it starts");

    let (first, last) = (at("2026-03-02T00:00:00Z"), at("2026-03-10T23:59:59Z"));
    let make_up = || {
        time.run(make_up(&totals, first, last))
            .expect("it is accepted")
    };
    let report = make_up();
    assert_eq!(report.end, Some(BackfillEnd::Completed));
    assert_eq!(
        (report.succeeded, report.failed, report.skipped),
        (7, 2, 0),
        "{report}"
    );
    let mut ran = std::mem::take(&mut *days.lock().expect("no panic"));
    ran.sort_unstable();
    assert_eq!(ran, [2, 3, 4, 5, 6, 7, 8, 9, 10]);

    broken.store(false, Ordering::SeqCst);
    let report = make_up();
    assert!(report.is_success(), "{report}");
    assert_eq!(report.skipped, 7, "{report}");
    assert_eq!(*days.lock().expect("no panic"), [4, 7]);
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}
