//! Schedules and backfills on a real clock.

use std::{sync::mpsc, time::Duration};

use scheduler_core::{
    Overlap, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    backfill::{Backfill, BackfillEnd},
    job::CancelMode,
    trigger::{Interval, Once},
};

use super::started;

#[test]
fn an_interval_ticks() {
    let scheduler = started();
    let (ticks, ticked) = mpsc::channel();
    let task = Task::new(move |job| {
        ticks.send(job.nominal()).unwrap();
        async {}
    });
    let every = Interval::every(Duration::from_millis(5)).unwrap();
    let ticking = scheduler.add(Schedule::new(every, task)).unwrap();
    let first = ticked.recv_timeout(Duration::from_secs(10)).unwrap();
    let second = ticked.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!((second - first).num_nanoseconds().unwrap() % 5_000_000, 0);
    ticking.remove().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn a_late_once_runs_and_is_exhausted() {
    let scheduler = started();
    let (ran, runs) = mpsc::channel();
    let task = Task::new(move |job| {
        ran.send(job.nominal()).unwrap();
        async {}
    });
    let past = chrono::Utc::now() - chrono::TimeDelta::seconds(5);
    let schedule = Schedule::new(Once::at(past), task)
        .id("late")
        .overlap(Overlap::Skip);
    scheduler.add(schedule).unwrap();
    assert_eq!(runs.recv_timeout(Duration::from_secs(10)).unwrap(), past);
    scheduler.wait_idle().unwrap();
    assert!(scheduler.schedules().is_empty());
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn a_backfill_is_ended_through_its_handle() {
    let scheduler = started();
    assert_eq!(scheduler.backend(), "threads");
    let every = Interval::every(Duration::from_secs(60)).unwrap();
    let start = "2026-01-01T00:00:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    let task = Task::new(|_| std::future::pending::<()>());
    let schedule = Schedule::new(every.starting_at(start), task);
    let schedule = scheduler.add(schedule.paused("only backfilled")).unwrap();
    let what = Backfill::new(start..=start + chrono::TimeDelta::minutes(5));
    let backfill = schedule.backfill(what).unwrap();
    assert!(!backfill.is_finished());
    assert_eq!(scheduler.backfills().len(), 1);
    backfill.cancel(CancelMode::Immediate);
    let report = backfill.wait_blocking().unwrap();
    assert_eq!(report.end, Some(BackfillEnd::Cancelled));
    assert_eq!((report.started, report.cancelled), (1, 1));
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}
