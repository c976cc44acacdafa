//! Schedules with consecutive failed runs.

use std::time::Duration;

use crate::{
    ErrorKind, EventKind, Explanation, Options, OutcomeKind, Overlap, ResumeFrom, Schedule,
    ScheduleChange, ScheduleId, ScheduleInfo, SkipReason, Task, Verdict,
    engine::{Ended, rig::Rig},
    job::{CancelMode, CancelReason, JobError, Retry},
    trigger::Interval,
};

const TEN: Duration = Duration::from_secs(10);

fn every_ten(task: Task) -> Schedule {
    let every = Interval::every(TEN).unwrap();
    Schedule::new(every, task).id("s").pause_after_failures(3)
}

fn plain() -> Task {
    Task::new(|_| async {})
}

fn rig(schedule: Schedule) -> Rig {
    let mut rig = Rig::started(Options::default());
    rig.add(schedule).unwrap();
    rig
}

fn id() -> ScheduleId {
    "s".into()
}

fn info(rig: &Rig) -> ScheduleInfo {
    rig.engine.schedule_info(&id()).unwrap()
}

fn reason(rig: &Rig) -> Option<String> {
    info(rig).paused.map(|pause| pause.reason.to_string())
}

/// Finishes the oldest run with this error.
fn fail(rig: &mut Rig, error: &'static str) {
    let key = rig.claims.remove(0).key;
    let ended = Ended::Returned(Err(JobError::failed(error)));
    rig.engine.handle_finished(key, &ended, &rig.now);
    rig.settle();
}

/// Advances time to the next instant, whose run fails.
fn run_and_fail(rig: &mut Rig) {
    rig.advance(TEN);
    fail(rig, "no");
}

fn resume(rig: &mut Rig) {
    let from = ResumeFrom::Now;
    rig.engine.resume_schedule(&id(), from, &rig.now).unwrap();
    rig.settle();
}

#[test]
fn repeated_failure_pauses_a_schedule_and_the_reason_is_told() {
    let mut rig = rig(every_ten(plain()));
    run_and_fail(&mut rig);
    run_and_fail(&mut rig);
    assert_eq!((info(&rig).failures, reason(&rig)), (2, None));
    rig.advance(TEN);
    fail(&mut rig, "the disk is full");
    let told = "3 runs in a row failed, the last one: the disk is full";
    assert_eq!(reason(&rig).as_deref(), Some(told));
    let story = rig.events();
    let paused = |kind: &EventKind| matches!(kind, EventKind::SchedulePaused { reason, .. } if **reason == *told);
    let (last, before) = story.split_last().unwrap();
    assert!(paused(last) && !before.iter().any(paused));
    assert!(matches!(before.last(), Some(EventKind::JobFinished { .. })));
    rig.advance(5 * TEN);
    assert!(rig.claims.is_empty());
}

#[test]
fn the_ledger_tells_what_failed_and_what_fell_into_the_pause() {
    let mut rig = rig(every_ten(plain()).pause_after_failures(1));
    let start = rig.now.wall();
    run_and_fail(&mut rig);
    assert_eq!(reason(&rig).as_deref(), Some("a run failed: no"));
    rig.advance(2 * TEN + TEN / 2);
    resume(&mut rig);
    let at = |instant| match rig.explain(&id(), instant) {
        Explanation::Decided(decision) => decision.verdict,
        other => panic!("{other:?}"),
    };
    let failed = OutcomeKind::Failed;
    assert!(matches!(at(start + TEN), Verdict::Ran { outcome, .. } if outcome == failed));
    assert_eq!(at(start + 2 * TEN), Verdict::Skipped(SkipReason::Paused));
    assert_eq!(at(start + 3 * TEN), Verdict::Skipped(SkipReason::Paused));
}

#[test]
fn a_success_a_resumption_and_another_task_begin_anew() {
    let mut rig = rig(every_ten(plain()));
    for _ in 0..2 {
        run_and_fail(&mut rig);
        run_and_fail(&mut rig);
        rig.advance(TEN);
        rig.end_oldest();
        assert_eq!((info(&rig).failures, reason(&rig)), (0, None));
    }
    for _ in 0..3 {
        assert_eq!(reason(&rig), None);
        run_and_fail(&mut rig);
    }
    assert!(info(&rig).is_paused());
    resume(&mut rig);
    run_and_fail(&mut rig);
    run_and_fail(&mut rig);
    assert_eq!((info(&rig).failures, reason(&rig)), (2, None));
    let change = ScheduleChange::new().task(plain());
    rig.engine.update(&id(), change, &rig.now).unwrap();
    run_and_fail(&mut rig);
    run_and_fail(&mut rig);
    assert!(!info(&rig).is_paused());
    run_and_fail(&mut rig);
    assert!(info(&rig).is_paused());
}

#[test]
fn all_attempts_of_a_run_count_once() {
    let retried = plain().retry(Retry::exponential(2, Duration::from_secs(1)));
    let mut rig = rig(every_ten(retried).pause_after_failures(2));
    for failures in 1..=2 {
        rig.advance(if failures == 1 { TEN } else { TEN * 9 / 10 });
        fail(&mut rig, "once");
        assert_eq!(info(&rig).failures, failures - 1);
        rig.advance(Duration::from_secs(1));
        fail(&mut rig, "twice");
        assert_eq!(info(&rig).failures, failures);
    }
    assert!(reason(&rig).unwrap().ends_with("twice"));
}

#[test]
fn what_was_cancelled_neither_counts_nor_begins_anew() {
    let mut rig = rig(every_ten(plain()));
    run_and_fail(&mut rig);
    run_and_fail(&mut rig);
    rig.advance(TEN);
    let key = rig.claims.remove(0).key;
    let (mode, reason) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key, mode, reason, &rig.now);
    rig.engine.handle_finished(key, &Ended::Dropped, &rig.now);
    rig.settle();
    assert_eq!((info(&rig).failures, info(&rig).is_paused()), (2, false));
    run_and_fail(&mut rig);
    assert!(info(&rig).is_paused());
}

#[test]
fn a_run_that_is_cancelled_between_attempts_has_run() {
    let retried = plain().retry(Retry::exponential(2, TEN));
    let mut rig = rig(every_ten(retried).pause_after_failures(1));
    rig.advance(TEN);
    let key = rig.claims[0].key;
    fail(&mut rig, "no");
    let (mode, reason) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key, mode, reason, &rig.now);
    rig.settle();
    let history = rig.engine.history(&id()).unwrap();
    let cancelled = OutcomeKind::Cancelled;
    assert!(matches!(history[0].verdict, Verdict::Ran { outcome, .. } if outcome == cancelled));
    assert!(!info(&rig).is_paused());
}

#[test]
fn what_is_kept_stays_when_the_run_before_it_pauses_the_schedule() {
    let kept = every_ten(plain())
        .overlap(Overlap::BufferAll)
        .pause_after_failures(1);
    let mut rig = rig(kept);
    rig.advance(3 * TEN);
    fail(&mut rig, "no");
    assert!(rig.claims.is_empty());
    assert_eq!(info(&rig).kept, 2);
    resume(&mut rig);
    assert_eq!(rig.claims.len(), 1);
}

#[test]
fn a_pause_keeps_its_own_reason_and_a_run_on_request_does_not_count() {
    let mut rig = rig(every_ten(plain()).pause_after_failures(1));
    rig.advance(TEN);
    rig.engine
        .pause_schedule(&id(), "maintenance", &rig.now)
        .unwrap();
    fail(&mut rig, "no");
    assert_eq!(reason(&rig).as_deref(), Some("maintenance"));
    resume(&mut rig);
    let host = std::sync::Weak::<crate::shell::Shared>::new();
    rig.engine.run_now(&id(), host, &rig.now).unwrap();
    rig.settle();
    fail(&mut rig, "no");
    assert_eq!((info(&rig).failures, reason(&rig)), (0, None));
}

#[test]
fn the_limit_may_change_and_must_not_be_zero() {
    let mut rig = rig(every_ten(plain()));
    let none = every_ten(plain()).id("t").pause_after_failures(0);
    assert_eq!(rig.add(none).unwrap_err().kind(), ErrorKind::InvalidConfig);
    let never = ScheduleChange::new().pause_after_failures(None);
    rig.engine.update(&id(), never, &rig.now).unwrap();
    for _ in 0..5 {
        run_and_fail(&mut rig);
    }
    assert_eq!((info(&rig).failures, reason(&rig)), (5, None));
    let twice = ScheduleChange::new().pause_after_failures(2);
    rig.engine.update(&id(), twice, &rig.now).unwrap();
    assert_eq!(info(&rig).pause_after_failures(), Some(2));
    run_and_fail(&mut rig);
    assert!(info(&rig).is_paused());
}

#[test]
fn a_removed_schedule_is_not_paused_by_its_last_run() {
    let mut rig = rig(every_ten(plain()).pause_after_failures(1));
    rig.advance(TEN);
    rig.engine.remove(&id(), &rig.now).unwrap();
    fail(&mut rig, "no");
    let paused = |kind: &EventKind| matches!(kind, EventKind::SchedulePaused { .. });
    assert!(!rig.events().iter().any(paused));
}
