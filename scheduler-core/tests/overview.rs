//! The schedules and jobs as tables of text.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod never;

use std::time::Duration;

use scheduler_core::{
    Job, Schedule, Scheduler, SchedulerExt, Task,
    trigger::{Interval, Trigger},
};

use self::never::scheduler;

#[test]
fn an_overview_is_printed_as_two_tables() {
    let scheduler = scheduler();
    let hourly = Interval::every(Duration::from_secs(3_600)).unwrap();
    let rule: &dyn Trigger = &hourly;
    let rule = rule.to_string();
    let task = Task::new(|_| async {});
    scheduler
        .add(Schedule::new(hourly, task).id("report"))
        .unwrap();
    scheduler
        .post(Job::new(|_| async {}).name("sweep"))
        .unwrap();
    let id = scheduler.jobs()[0].id.to_string();
    let rule_width = rule.chars().count();
    let wanted = format!(
        "schedule  {:rule_width$}  next  state\nreport    {rule}  -     0 running, 0 buffered\n\n{:width$}  name   schedule  state\n{id}  sweep  -         Queued\n",
        "trigger",
        "job",
        width = id.len()
    );
    assert_eq!(scheduler.overview().to_string(), wanted);
}

#[test]
fn a_trigger_that_panics_when_printed_is_shown_without_a_rule() {
    struct Mute;
    impl std::fmt::Debug for Mute {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("it has no text")
        }
    }
    impl Trigger for Mute {
        fn next_after(
            &self,
            _: chrono::DateTime<chrono::Utc>,
        ) -> Option<chrono::DateTime<chrono::Utc>> {
            None
        }
    }
    let scheduler = scheduler();
    scheduler
        .add(Schedule::new(Mute, Task::new(|_| async {})).id("mute"))
        .unwrap();
    let text = scheduler.overview().to_string();
    assert!(
        text.contains("mute      -        -     0 running"),
        "{text}"
    );
}
