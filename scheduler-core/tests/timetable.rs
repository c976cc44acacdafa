//! The instants of all schedules in a range.

use std::{ops::RangeInclusive, time::Duration};

use backend_thread::ThreadScheduler;
use chrono::{DateTime, Utc};
use scheduler_core::{
    ErrorKind, Schedule, SchedulerExt, Task, Trigger,
    trigger::{Cron, Interval},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a date")
}

fn morning() -> RangeInclusive<DateTime<Utc>> {
    at("2026-01-05T09:00:00Z")..=at("2026-01-05T09:30:00Z")
}

fn add(scheduler: &ThreadScheduler, id: &str, trigger: impl Trigger) {
    let schedule = Schedule::new(trigger, Task::new(|_| async {})).id(id);
    scheduler.add(schedule).expect("added");
}

fn cron(rule: &str) -> Cron {
    Cron::parse(rule).expect("a rule")
}

/// Panics from a quarter past nine on.
#[derive(Debug)]
struct Breaks;

impl Trigger for Breaks {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        assert!(after < at("2026-01-05T09:15:00Z"), "the calendar is gone");
        cron("*/5 * * * *").next_after(after)
    }
}

#[test]
fn instants_follow_each_other_whatever_their_schedule() {
    let scheduler = ThreadScheduler::new(Default::default());
    add(&scheduler, "b", cron("*/15 * * * *"));
    add(&scheduler, "a", cron("*/10 * * * *"));
    add(&scheduler, "never", cron("0 0 30 2 *"));
    let ten_minutes = Interval::every(Duration::from_secs(600)).expect("a period");
    add(
        &scheduler,
        "relative",
        ten_minutes.starting_at(at("2026-01-05T08:55:00Z")),
    );
    let table = scheduler.timetable(morning()).expect("a range");
    let due: Vec<_> = table
        .map(|(at, id)| (at.format("%M").to_string(), id.to_string()))
        .collect();
    let due = due.iter().map(|(at, id)| (at.as_str(), id.as_str()));
    let expected = [
        ("00", "a"),
        ("00", "b"),
        ("05", "relative"),
        ("10", "a"),
        ("15", "b"),
        ("15", "relative"),
        ("20", "a"),
        ("25", "relative"),
        ("30", "a"),
        ("30", "b"),
    ];
    assert_eq!(Vec::from_iter(due), expected);
}

#[test]
fn a_trigger_that_fails_ends_its_own_line_only() {
    let scheduler = ThreadScheduler::new(Default::default());
    add(&scheduler, "breaks", Breaks);
    add(&scheduler, "half", cron("*/30 * * * *"));
    let mut table = scheduler.timetable(morning()).expect("a range");
    assert_eq!(
        table
            .by_ref()
            .filter(|(_, id)| id.as_str() == "half")
            .count(),
        2
    );
    let faults: Vec<_> = table
        .faults()
        .map(|(id, fault)| (id.as_str(), fault))
        .collect();
    let [("breaks", fault)] = faults[..] else {
        panic!("{faults:?}");
    };
    assert!(fault.contains("the calendar is gone"), "{fault}");
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let scheduler = ThreadScheduler::new(Default::default());
    let (from, to) = morning().into_inner();
    let refused = scheduler
        .timetable(to..=from)
        .expect_err("it ends before it begins");
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
}
