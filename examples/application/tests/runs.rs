//! The application as a user runs it, and a week of it in virtual time.

use std::{
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use scheduler::{RuntimeScheduler, prelude::*, testing::VirtualRuntime};
use scheduler_application::add_report;

#[test]
fn the_program_makes_its_report_and_ends() {
    let run = Command::new(env!("CARGO_BIN_EXE_scheduler-application"))
        .output()
        .expect("it is built");
    let text = String::from_utf8(run.stdout).expect("it is text");
    let lines: Vec<_> = text.lines().collect();
    assert!(run.status.success(), "{:?}: {text}", run.status);
    assert!(
        lines[0].starts_with("the report for 20") && lines[1].starts_with("drained"),
        "{text}"
    );
}

/// Runs the reports of one week, from Thursday, 2026-01-01, 00:00 UTC.
#[test]
fn a_week_has_five_reports() {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::new(time.clone());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let print = move |line| {
        log.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    };
    time.run(async {
        add_report(&scheduler, print)?;
        scheduler.start().await
    })
    .expect("it starts");
    time.advance(Duration::from_secs(7 * 86_400));
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
    let days = [1, 2, 5, 6, 7];
    let expected = days.map(|day| format!("the report for 2026-01-{day:02} 08:00:00 UTC"));
    assert_eq!(
        *lines.lock().unwrap_or_else(PoisonError::into_inner),
        expected
    );
}
