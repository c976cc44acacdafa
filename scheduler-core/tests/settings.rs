//! Debug output of settings, and the text form of each value.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod never;

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, NaiveTime, Utc};
use scheduler_core::{
    Job, JobId, Metrics, Misfire, Options, Overlap, Schedule, ScheduleId, SchedulerExt,
    ShutdownReport, Task,
    event::StateCause,
    job::{JobError, JobPolicy},
    schedule::{Count, Explanation, Hours, MisfirePolicy, ScheduleChange, SkipReason, Span},
    shutdown::{FailedJob, JobRef},
    trigger::{Once, Zone},
};

use self::never::scheduler;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

fn hours(from: u32, until: u32) -> Hours {
    Hours::new(hour(from), hour(until), Zone::named("UTC").unwrap())
}

fn once() -> Schedule {
    let soon = Once::at(at(32_503_680_000));
    Schedule::new(soon, Task::new(|_| async {}).name("clean")).id("s")
}

#[test]
fn hours_begin_inclusive_and_end_exclusive() {
    let within = |hours: &Hours| -> Vec<i64> {
        let shown = |hour: &i64| hours.contains(at(hour * 3_600));
        (0..24).filter(shown).collect()
    };
    assert_eq!(within(&hours(9, 12)), [9, 10, 11]);
    assert_eq!(within(&hours(22, 2)), [0, 1, 22, 23]);
    assert_eq!(within(&hours(9, 9)), (0..24).collect::<Vec<_>>());
    assert_eq!(
        (hours(9, 12).from(), hours(9, 12).until()),
        (hour(9), hour(12))
    );
}

#[test]
fn a_change_of_everything_is_shown() {
    let scheduler = scheduler();
    let added = scheduler.add(once()).unwrap();
    let misfire = Misfire::policy(MisfirePolicy::Skip);
    let change = ScheduleChange::new()
        .misfire(misfire)
        .overlap(Overlap::AllowAll)
        .jitter(Duration::from_secs(7))
        .max_instances(5)
        .buffer_limit(9)
        .group("group")
        .late_hours(hours(9, 12))
        .pause_after_failures(3)
        .name("another")
        .tags(["a", "b"]);
    added.update(change).unwrap();
    let shown = added.info().unwrap();
    assert_eq!(shown.misfire(), misfire);
    assert_eq!(shown.overlap(), Overlap::AllowAll);
    assert_eq!(shown.jitter(), Duration::from_secs(7));
    assert_eq!((shown.max_instances(), shown.buffer_limit()), (5, 9));
    assert_eq!(shown.group(), Some("group"));
    assert_eq!(shown.late_hours(), Some(&hours(9, 12)));
    assert_eq!(shown.pause_after_failures(), Some(3));
    assert_eq!(shown.name.as_deref(), Some("another"));
    assert!(shown.has_tag("b") && !shown.has_tag("c"));
    let trigger = shown.trigger().expect("the trigger is shown");
    assert!(trigger.next_after(at(0)).is_some());
}

#[test]
fn no_history_is_kept_if_none_is_wanted() {
    let scheduler = scheduler();
    let added = scheduler.add(once().history(1)).unwrap();
    let unwanted = ScheduleChange::new().history(0);
    added.update(unwanted).unwrap();
    assert_eq!(added.history().unwrap(), []);
}

#[test]
fn tasks_and_jobs_tell_their_names_and_tags() {
    assert_eq!(
        Task::new(|_| async {}).name("clean").get_name(),
        Some("clean")
    );
    assert_eq!(Task::new(|_| async {}).get_name(), None);
    let job = Job::future(async {}).name("one");
    assert_eq!(job.get_name(), Some("one"));
    assert_eq!(Job::future(async {}).get_name(), None);
    let tagged = Job::future(async {}).tag("a");
    let policy: &JobPolicy = tagged.get_policy().expect("it has one");
    assert!(policy.has_tag("a") && !policy.has_tag("b"));
}

#[test]
fn a_schedule_tells_the_id_it_was_given() {
    let schedule = once();
    assert_eq!(schedule.get_id().map(ScheduleId::as_str), Some("s"));
    let soon = Once::at(at(0));
    assert_eq!(Schedule::new(soon, Task::new(|_| async {})).get_id(), None);
}

#[test]
fn an_id_is_its_text() {
    let id = ScheduleId::new("nightly");
    assert_eq!(
        (id.as_str(), id.to_string()),
        ("nightly", "nightly".to_owned())
    );
    assert_eq!(format!("{id:?}"), "\"nightly\"");
    let known = HashMap::from([(id, 1)]);
    assert_eq!(known.get("nightly"), Some(&1), "found by its text");
}

#[test]
fn metrics_count_every_job_that_has_not_ended() {
    let mut metrics = Metrics::default();
    (metrics.delayed, metrics.queued) = (1, 20);
    (metrics.retrying, metrics.running) = (300, 4_000);
    assert_eq!(metrics.jobs(), 4_321);
}

#[test]
fn reports_are_sentences() {
    let job = |name: &str| JobRef::new(JobId::from_bits(7), Some(name.into()));
    let mut report = ShutdownReport::new(StateCause::Requested);
    report.drained = [job("a"), job("b")].into_iter().collect();
    report.cancelled.push(job("c"));
    report.note_unstarted(job("e"));
    let told = "drained 2 (a, b), cancelled 1 (c), abandoned 0, never started 1 (e)";
    assert_eq!(report.to_string(), told);
    report
        .failed
        .push(FailedJob::new(job("d"), JobError::failed("no")));
    assert_eq!(report.to_string(), format!("{told}, failed 1 (d: no)"));
}

#[test]
fn instants_and_reasons_have_their_texts() {
    assert_eq!(Count::AtLeast(3).to_string(), "at least 3");
    assert_eq!(Span::single(at(0)).to_string(), at(0).to_string());
    let span = Span::new(at(0), at(60), Count::Exactly(2));
    let (from, to) = (at(0), at(60));
    assert_eq!(span.to_string(), format!("2 instants, {from} to {to}"));
    assert!(span.contains(from) && span.contains(to) && !span.contains(at(61)));
    assert_eq!(SkipReason::Paused.to_string(), "the schedule was paused");
    assert_eq!(Explanation::NotYet.to_string(), "not due yet");
}

#[test]
fn what_is_shown_for_debugging_names_its_settings() {
    let options = Options::default().wake_quantum(Duration::from_secs(3));
    let shown = format!("{options:?}");
    assert!(shown.contains("wake_quantum: 3s"), "{shown}");
    let shown = format!("{:?}", options.keep_spawn_sites(false));
    assert!(shown.contains("keep_spawn_sites: false"), "{shown}");
    assert!(format!("{:?}", Options::default().keep_spawn_sites(true)).contains("sites: true"));
}
