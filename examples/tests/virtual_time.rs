//! A test as a user writes it: a week of a cron schedule, which runs instantly.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use backend_thread::{ThreadRuntime, ThreadScheduler};
use chrono::{Datelike, Timelike, Weekday};
use scheduler_core::{
    RuntimeScheduler, Scheduler, SchedulerExt, Shutdown,
    trigger::{Cron, Zone},
};
use scheduler_testing::VirtualRuntime;

#[test]
fn the_report_is_made_on_weekdays_at_nine_in_berlin() {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::new(time.clone());
    let made = Arc::new(Mutex::new(Vec::new()));
    let reports = made.clone();
    let berlin = Zone::named("Europe/Berlin").expect("the zone exists");
    let at_nine = Cron::builder("0 9 * * MON-FRI")
        .zone(berlin)
        .build()
        .expect("it parses");
    let report = move |job: scheduler_core::JobContext| {
        let reports = reports.clone();
        async move { reports.lock().expect("no panic").push(job.nominal()) }
    };
    scheduler.schedule_fn(at_nine, report).expect("it is added");

    time.run(async { scheduler.start().await.expect("it starts") });
    time.advance(Duration::from_secs(7 * 86_400));
    time.run(async {
        scheduler
            .shutdown(Shutdown::graceful())
            .await
            .expect("it ends")
    });

    let made = made.lock().expect("no panic");
    assert_eq!(made.len(), 5, "{made:?}");
    // Berlin is an hour ahead of UTC in January.
    assert!(made.iter().all(|at| at.hour() == 8 && at.minute() == 0));
    assert!(
        made.iter()
            .all(|at| !matches!(at.weekday(), Weekday::Sat | Weekday::Sun))
    );
}

#[test]
fn the_scheduler_type_names_its_runtime() {
    let scheduler = ThreadScheduler::new(ThreadRuntime::new());
    assert_eq!(scheduler.backend(), "thread");
}
