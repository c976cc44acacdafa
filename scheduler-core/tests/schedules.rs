//! The convenience calls for schedules. No scheduler is started, so no runtime is needed.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the clock, and may fail"
)]

mod never;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    ErrorKind, Schedule, ScheduleId, Scheduler, SchedulerExt, Task, Trigger,
    trigger::{Interval, Once},
};

use self::never::scheduler;

fn tomorrow(id: &str) -> Schedule {
    let tomorrow = Once::at(Utc::now() + TimeDelta::days(1));
    Schedule::new(tomorrow, Task::new(|_| async {})).id(id)
}

fn ids(schedules: Vec<scheduler_core::ScheduleInfo>) -> Vec<ScheduleId> {
    schedules.into_iter().map(|schedule| schedule.id).collect()
}

#[test]
fn schedules_are_found_by_tag_and_by_anything_else() {
    let scheduler = scheduler();
    scheduler
        .add(tomorrow("b").tag("report").tag("slow"))
        .unwrap();
    scheduler.add(tomorrow("a").tag("report")).unwrap();
    scheduler.add(tomorrow("c").paused("not yet")).unwrap();
    let [a, b, c] = ["a", "b", "c"].map(ScheduleId::new);
    assert_eq!(ids(scheduler.schedules_tagged("report")), [a, b.clone()]);
    assert_eq!(ids(scheduler.schedules_tagged("slow")), [b]);
    assert!(scheduler.schedules_tagged("rep").is_empty());
    let paused = scheduler.schedules_where(scheduler_core::ScheduleInfo::is_paused);
    assert_eq!(ids(paused), [c]);
}

#[test]
fn what_has_a_tag_is_removed_and_nothing_else() {
    let scheduler = scheduler();
    scheduler.add(tomorrow("b").tag("report")).unwrap();
    scheduler.add(tomorrow("a").tag("report")).unwrap();
    scheduler.add(tomorrow("c").tag("other")).unwrap();
    let [a, b, c] = ["a", "b", "c"].map(ScheduleId::new);
    assert_eq!(scheduler.remove_tagged("report").unwrap(), [a, b]);
    assert!(scheduler.remove_tagged("report").unwrap().is_empty());
    assert_eq!(ids(scheduler.schedules()), [c]);
}

/// A faulty trigger that returns its one instant again when asked for a later one.
#[derive(Debug)]
struct Stays(DateTime<Utc>);

impl Trigger for Stays {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(after.max(self.0))
    }
}

#[test]
fn what_a_trigger_does_not_go_on_from_is_listed_once() {
    let scheduler = scheduler();
    let at = Utc::now() + TimeDelta::days(1);
    let schedule = Schedule::new(Stays(at), Task::new(|_| async {}));
    let added = scheduler.add(schedule).unwrap();
    assert_eq!(added.next_times(3).unwrap(), [at]);
}

#[test]
fn a_list_of_instants_is_bounded() {
    let hourly = Interval::every(Duration::from_secs(3600)).unwrap();
    let schedule = Schedule::new(hourly, Task::new(|_| async {}));
    let scheduler = scheduler();
    let added = scheduler.add(schedule).unwrap();
    assert!(added.next_times(0).unwrap().is_empty());
    assert_eq!(added.next_times(usize::MAX).unwrap().len(), 100_000);
}

#[test]
fn a_schedule_is_rescheduled_from_now_and_keeps_the_rest() {
    let scheduler = scheduler();
    let report = scheduler.add(tomorrow("a").tag("report")).unwrap();
    let before = Utc::now();
    let hourly = Interval::every(Duration::from_secs(3600)).unwrap();
    report.reschedule(hourly).unwrap();
    let next = report.next_times(2).unwrap();
    assert!(next[0] >= before + TimeDelta::hours(1) && next[0] <= Utc::now() + TimeDelta::hours(1));
    assert_eq!(next[1] - next[0], TimeDelta::hours(1));
    assert!(report.info().unwrap().has_tag("report"));
    let unknown = ScheduleId::new("unknown");
    let refused = scheduler
        .schedule(&unknown)
        .reschedule(Once::after(Duration::ZERO));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
}
