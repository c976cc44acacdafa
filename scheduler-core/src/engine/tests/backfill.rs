//! Backfills: the instants they run, and their pace.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Backfill, BackfillControl, BackfillEnd, BackfillOrder, BackfillReport, Decision, ErrorKind,
    EventName, Job, Options, Rerun, RunCause, Schedule, Task, Verdict,
    engine::rig::Rig,
    job::JobError,
    schedule::BackfillCell,
    shell::Shared,
    trigger::{Interval, Trigger},
};

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn at(minute: i64) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

pub(super) fn every_minute() -> Schedule {
    let every = Interval::every(MINUTE).unwrap().starting_at(at(0));
    Schedule::new(every, Task::new(|_| async {})).id("s")
}

/// Creates a running engine whose clock is long after the backfilled instants.
pub(super) fn rig() -> Rig {
    let mut rig = Rig::started(Options::default());
    rig.add(every_minute()).unwrap();
    rig
}

pub(super) fn fill(rig: &mut Rig, what: Backfill) -> Arc<BackfillCell> {
    let host = Weak::<Shared>::new();
    let filled = rig.engine.backfill(&"s".into(), what, host, &rig.now);
    rig.settle();
    filled.unwrap()
}

pub(super) fn minutes(first: i64, last: i64) -> Backfill {
    Backfill::new(at(first)..=at(last))
}

pub(super) fn report(rig: &Rig, cell: &BackfillCell) -> BackfillReport {
    let going = rig.engine.backfill_report(cell.id());
    going.unwrap_or_else(|| cell.report())
}

/// Returns the nominal times of the running jobs, in minutes.
pub(super) fn running(rig: &Rig) -> Vec<i64> {
    rig.runs(at(0)).iter().map(|seconds| seconds / 60).collect()
}

pub(super) fn history(rig: &Rig) -> Vec<Decision> {
    rig.engine.history(&"s".into()).unwrap()
}

#[test]
fn every_instant_of_the_range_runs_once_both_ends_included() {
    let mut rig = rig();
    let before = rig.engine.schedule_info(&"s".into()).unwrap();
    let cell = fill(&mut rig, minutes(0, 3));
    for minute in 0..=3 {
        assert_eq!(running(&rig), [minute], "one after the other");
        let run = rig.claims[0].cell.as_ref().unwrap().run().unwrap();
        assert_eq!(
            (run.cause, run.backfill),
            (RunCause::Backfill, Some(cell.id()))
        );
        rig.end_oldest();
    }
    let report = report(&rig, &cell);
    assert!(report.is_success(), "{report}");
    assert_eq!(
        (report.started, report.succeeded, report.left),
        (4, 4, None)
    );
    let after = rig.engine.schedule_info(&"s".into()).unwrap();
    assert_eq!((after.next, after.last), (before.next, before.last));
    assert_eq!((after.started, after.skipped), (0, 0));
    let ran: Vec<_> = history(&rig).iter().map(|known| known.span.from).collect();
    assert_eq!(ran, [at(0), at(1), at(2), at(3)]);
    let is_ran = |known: &Decision| matches!(known.verdict, Verdict::Ran { .. });
    assert!(history(&rig).iter().all(is_ran));
}

#[test]
fn a_range_without_an_instant_is_complete_at_once() {
    let mut rig = rig();
    let gap = at(0) + TimeDelta::seconds(1)..=at(1) - TimeDelta::seconds(1);
    let cell = fill(&mut rig, Backfill::new(gap));
    assert!(report(&rig, &cell).is_success());
    assert_eq!(report(&rig, &cell).started, 0);
    let names: Vec<_> = rig.events().iter().map(crate::EventKind::name).collect();
    assert!(names.ends_with(&[EventName::BackfillStarted, EventName::BackfillFinished]));
}

#[test]
fn a_backfill_keeps_its_concurrency() {
    let mut rig = rig();
    let cell = fill(&mut rig, minutes(0, 9).max_concurrent(3));
    assert_eq!(running(&rig), [0, 1, 2]);
    rig.end_oldest();
    assert_eq!(running(&rig), [1, 2, 3]);
    assert_eq!(report(&rig, &cell).running, 3);
    while !rig.claims.is_empty() {
        rig.end_oldest();
    }
    assert_eq!(report(&rig, &cell).succeeded, 10);
}

#[test]
fn its_pace_is_kept_whatever_the_runs_do() {
    let mut rig = rig();
    let what = minutes(0, 3).max_concurrent(9).pace(10 * MINUTE);
    let cell = fill(&mut rig, what);
    assert_eq!(running(&rig), [0]);
    rig.end_oldest();
    rig.engine
        .pause_schedule(&"s".into(), "alone", &rig.now)
        .unwrap();
    rig.advance(10 * MINUTE - Duration::from_nanos(1));
    assert!(running(&rig).is_empty());
    rig.advance(Duration::from_nanos(1));
    assert_eq!(running(&rig), [1]);
    rig.advance(20 * MINUTE);
    assert_eq!(running(&rig), [1, 2, 3]);
    rig.end_all();
    assert!(report(&rig, &cell).is_success());
}

#[test]
fn a_year_of_seconds_is_not_listed() {
    let mut rig = Rig::started(Options::default());
    let every = Interval::every(Duration::from_secs(1)).unwrap();
    let every = every.starting_at(at(0));
    let schedule = Schedule::new(every, Task::new(|_| async {}));
    rig.add(schedule.id("s").paused("only backfilled")).unwrap();
    let year = minutes(0, 365 * 24 * 60);
    let cell = fill(&mut rig, year.clone().max_concurrent(usize::MAX));
    assert_eq!(rig.claims.len(), 1_000, "no more wait or go at a time");
    rig.end_all();
    assert_eq!(report(&rig, &cell).started, 2_000);
    let times = rig.engine.backfill_times(&"s".into(), &year, &rig.now);
    let mut times = times.unwrap();
    assert_eq!(
        times.nth(100_000),
        Some(at(0) + TimeDelta::seconds(100_000))
    );
}

#[test]
fn the_limit_ends_it_and_says_where_to_go_on() {
    let mut rig = rig();
    let cell = fill(&mut rig, minutes(0, 9).limit(2));
    rig.end_oldest();
    rig.end_oldest();
    let first = report(&rig, &cell);
    assert_eq!(first.end, Some(BackfillEnd::LimitReached));
    assert_eq!((first.started, first.left), (2, Some(at(2))));
    let cell = fill(
        &mut rig,
        Backfill::new(first.left.unwrap()..=at(3)).limit(2),
    );
    rig.end_oldest();
    rig.end_oldest();
    assert!(report(&rig, &cell).is_success(), "nothing was left");
}

#[test]
fn the_newest_may_go_first() {
    let mut rig = rig();
    let what = minutes(0, 3).order(BackfillOrder::NewestFirst);
    let times = rig
        .engine
        .backfill_times(&"s".into(), &what, &rig.now)
        .unwrap();
    assert_eq!(times.collect::<Vec<_>>(), [at(3), at(2), at(1), at(0)]);
    let cell = fill(&mut rig, what);
    for minute in (0..=3).rev() {
        assert_eq!(running(&rig), [minute]);
        rig.end_oldest();
    }
    assert!(report(&rig, &cell).is_success());
}

#[test]
fn a_dry_run_runs_nothing_and_tells_the_same() {
    let mut rig = rig();
    let what = minutes(0, 200).limit(130);
    let times = rig
        .engine
        .backfill_times(&"s".into(), &what, &rig.now)
        .unwrap();
    let wanted: Vec<_> = (0..130).map(at).collect();
    assert_eq!(times.collect::<Vec<_>>(), wanted);
    assert!(rig.claims.is_empty() && history(&rig).is_empty());
    let cell = fill(&mut rig, what);
    while !rig.claims.is_empty() {
        rig.end_oldest();
    }
    assert_eq!(report(&rig, &cell).started, 130);
    let ran: Vec<_> = history(&rig).iter().map(|known| known.span.from).collect();
    assert!(wanted.ends_with(&ran), "as far as the history remembers");
}

#[test]
fn what_has_been_run_can_be_left_alone() {
    let mut rig = rig();
    fill(&mut rig, minutes(0, 1).max_concurrent(2));
    rig.end_oldest();
    let failing = rig.claims.remove(0);
    let failed = super::super::Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(failing.key, &failed, &rig.now);
    rig.settle();
    for (rerun, wanted) in [
        (Rerun::All, vec![0, 1, 2]),
        (Rerun::Unsuccessful, vec![1, 2]),
        (Rerun::Nothing, vec![2]),
    ] {
        let what = minutes(0, 2).rerun(rerun);
        let times = rig
            .engine
            .backfill_times(&"s".into(), &what, &rig.now)
            .unwrap();
        let wanted: Vec<_> = wanted.into_iter().map(at).collect();
        assert_eq!(times.collect::<Vec<_>>(), wanted, "{rerun:?}");
    }
    let cell = fill(&mut rig, minutes(0, 2).rerun(Rerun::Nothing));
    assert_eq!(running(&rig), [2]);
    rig.end_oldest();
    let report = report(&rig, &cell);
    assert_eq!((report.skipped, report.started), (2, 1));
    assert_eq!(history(&rig).len(), 3, "the records of the runs stand");
}

#[test]
fn failures_are_named_and_do_not_count_for_the_schedule() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_minute().pause_after_failures(1)).unwrap();
    let cell = fill(&mut rig, minutes(0, 1));
    for _ in 0..2 {
        let claim = rig.claims.remove(0);
        let failed = super::super::Ended::Returned(Err(JobError::failed("no")));
        rig.engine.handle_finished(claim.key, &failed, &rig.now);
        rig.settle();
    }
    let report = report(&rig, &cell);
    assert_eq!(report.end, Some(BackfillEnd::Completed));
    assert!(!report.is_success() && report.failed == 2);
    let named: Vec<_> = report
        .failures
        .iter()
        .map(|failed| failed.nominal)
        .collect();
    assert_eq!(named, [at(0), at(1)]);
    let info = rig.engine.schedule_info(&"s".into()).unwrap();
    assert!(!info.is_paused() && info.failures == 0);
}

#[test]
fn it_neither_holds_up_the_schedule_nor_is_held_up_by_it() {
    let mut rig = rig();
    fill(&mut rig, minutes(0, 1));
    rig.advance(2 * MINUTE);
    let causes = |rig: &Rig| {
        let run = |claim: &super::super::Claim| claim.cell.as_ref().unwrap().run().unwrap().cause;
        rig.claims.iter().map(run).collect::<Vec<_>>()
    };
    assert_eq!(causes(&rig), [RunCause::Backfill, RunCause::Due]);
    rig.end_oldest();
    assert_eq!(causes(&rig), [RunCause::Due, RunCause::Backfill]);
}

#[test]
fn a_paused_schedule_is_backfilled_and_a_paused_scheduler_starts_nothing() {
    let mut rig = rig();
    rig.engine
        .pause_schedule(&"s".into(), "broken", &rig.now)
        .unwrap();
    let cell = fill(&mut rig, minutes(0, 2));
    assert_eq!(running(&rig), [0]);
    rig.engine.pause(&rig.now).unwrap();
    rig.end_oldest();
    rig.advance(MINUTE);
    assert!(running(&rig).is_empty());
    let other = fill(&mut rig, minutes(5, 5));
    assert!(running(&rig).is_empty());
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
    assert_eq!(running(&rig), [1, 5]);
    rig.end_all();
    rig.end_all();
    assert!(report(&rig, &cell).is_success() && report(&rig, &other).is_success());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut rig = rig();
    for (what, field) in [
        (minutes(1, 0), "backfill.range"),
        (minutes(0, 1).max_concurrent(0), "backfill.max_concurrent"),
    ] {
        let host = Weak::<Shared>::new();
        let refused = rig.engine.backfill(&"s".into(), what, host, &rig.now);
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
        assert!(refused.to_string().contains(field), "{refused}");
    }
    let host = Weak::<Shared>::new();
    let refused = rig
        .engine
        .backfill(&"t".into(), minutes(0, 1), host, &rig.now);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(rig.engine.backfill_cells().is_empty());
}

#[derive(Debug)]
pub(super) struct Breaks;

impl Trigger for Breaks {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = at(0).max(after) + TimeDelta::minutes(1);
        assert!(after >= at(1_000) || next < at(3), "no further");
        Some(next)
    }
}

#[test]
fn its_priority_lets_others_go_first() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    rig.add(every_minute()).unwrap();
    let cell = fill(&mut rig, minutes(0, 1).priority(-1));
    let job = rig.submit(Job::new(|_| async {}));
    let queued = fill(&mut rig, minutes(5, 5));
    rig.end_oldest();
    assert_eq!(rig.running().len(), 1);
    rig.succeed(&job);
    assert_eq!(running(&rig), [5]);
    rig.end_oldest();
    assert_eq!(running(&rig), [1]);
    rig.end_oldest();
    assert!(report(&rig, &cell).is_success() && report(&rig, &queued).is_success());
}

#[test]
fn waiting_for_a_backfill_that_can_never_go_on_is_found_out() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2));
    rig.add(every_minute()).unwrap();
    let outer = rig.submit(Job::new(|_| async {}));
    let cell = fill(&mut rig, minutes(0, 1));
    let key = |cell: &crate::job::JobCell| super::super::key_of(crate::job::JobControl::id(cell));
    let target = super::super::key_of(cell.id().as_target());
    let own_run = rig.claims[1].key;
    assert!(rig.engine.begin_wait(own_run, target).is_err());
    rig.engine.begin_wait(key(&outer), target).unwrap();
    rig.engine.end_wait(key(&outer), target);
    let greedy = rig.submit(Job::new(|_| async {}));
    let run = rig.claims.remove(1);
    let ended = super::super::Ended::Returned(Ok(()));
    rig.engine.handle_finished(run.key, &ended, &rig.now);
    rig.settle();
    rig.engine.begin_wait(key(&outer), target).unwrap();
    let refused = rig.engine.begin_wait(key(&greedy), target).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldDeadlock);
}
