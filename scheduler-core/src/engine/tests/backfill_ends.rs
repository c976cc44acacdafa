//! How backfills end: through their handle, their schedule, their trigger, or a shutdown.

use std::sync::Weak;

use chrono::{DateTime, Utc};

use super::backfill::{
    Breaks, MINUTE, at, every_minute, fill, history, minutes, report, rig, running,
};
use crate::{
    BackfillControl, BackfillEnd, BackfillOrder, Conflict, ErrorKind, EventName, Explanation,
    Options, Schedule, Shutdown, SkipReason, Task, Verdict,
    engine::rig::Rig,
    job::CancelMode,
    shell::Shared,
    trigger::{Interval, Trigger},
};

#[test]
fn stopping_it_leaves_running_jobs_alone_and_cancelling_does_not() {
    for mode in [None, Some(CancelMode::Immediate)] {
        let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
        rig.add(every_minute()).unwrap();
        let cell = fill(&mut rig, minutes(0, 9).max_concurrent(2));
        rig.engine.end_backfill(cell.id(), mode, &rig.now);
        rig.settle();
        let going = report(&rig, &cell);
        assert_eq!((going.end.clone(), going.running), (None, 1), "{going}");
        assert_eq!((going.cancelled, going.left), (1, Some(at(2))));
        let running = rig.claims.remove(0);
        let told = rig.engine.job_info(running.key).unwrap().status;
        let cancelled = told == crate::job::JobStatus::Cancelling;
        assert_eq!(cancelled, mode.is_some());
        let ended = super::super::Ended::Returned(Ok(()));
        rig.engine.handle_finished(running.key, &ended, &rig.now);
        rig.settle();
        let end = report(&rig, &cell);
        assert_eq!(end.end, Some(BackfillEnd::Cancelled));
        assert_eq!((end.started, end.left), (2, Some(at(2))));
        let reason = history(&rig).last().unwrap().verdict;
        assert_eq!(reason, Verdict::Skipped(SkipReason::BackfillEnded));
    }
}

#[test]
fn what_it_did_not_come_to_hides_no_record() {
    let mut rig = rig();
    fill(&mut rig, minutes(3, 3));
    rig.end_oldest();
    let cell = fill(&mut rig, minutes(0, 9));
    rig.engine.end_backfill(cell.id(), None, &rig.now);
    rig.settle();
    let why = |minute| rig.explain(&"s".into(), at(minute));
    let is_skipped = |answer: &Explanation| match answer {
        Explanation::Decided(decision) => matches!(decision.verdict, Verdict::Skipped(_)),
        _ => false,
    };
    assert!(!is_skipped(&why(3)), "{}", why(3));
    assert!(is_skipped(&why(4)), "{}", why(4));
}

#[test]
fn removing_the_schedule_ends_it_and_keeps_its_history() {
    let mut rig = rig();
    let cell = fill(&mut rig, minutes(0, 9));
    rig.engine.remove(&"s".into(), &rig.now).unwrap();
    rig.settle();
    assert_eq!(report(&rig, &cell).end, None, "a run of it goes");
    rig.end_oldest();
    let report = report(&rig, &cell);
    assert_eq!(report.end, Some(BackfillEnd::ScheduleRemoved));
    assert_eq!((report.succeeded, report.left), (1, Some(at(1))));
    assert_eq!(history(&rig).len(), 2);
}

#[test]
fn a_schedule_that_runs_out_is_kept_until_its_backfill_has_ended() {
    let mut rig = Rig::started(Options::default());
    let once = crate::trigger::Once::at(at(0));
    let schedule = Schedule::new(once, Task::new(|_| async {})).id("s");
    rig.add(schedule.paused("so that it is there")).unwrap();
    let cell = fill(&mut rig, minutes(-5, 5));
    let now = crate::ResumeFrom::WhereItStood;
    rig.engine
        .resume_schedule(&"s".into(), now, &rig.now)
        .unwrap();
    rig.settle();
    let own = rig.claims.pop().expect("its only instant is due");
    rig.engine
        .handle_finished(own.key, &super::super::Ended::Returned(Ok(())), &rig.now);
    rig.settle();
    assert!(rig.engine.schedule_info(&"s".into()).is_none());
    rig.end_all();
    assert!(report(&rig, &cell).is_success());
    assert_eq!(history(&rig).len(), 2);
}

#[test]
fn replacing_the_schedule_leaves_it_as_it_was() {
    let mut rig = rig();
    let cell = fill(&mut rig, minutes(0, 1));
    let other = Interval::every(7 * MINUTE).unwrap();
    let other = Schedule::new(other, Task::new(|_| async {})).id("s");
    rig.add(other.on_conflict(Conflict::Replace)).unwrap();
    rig.end_oldest();
    assert_eq!(running(&rig), [1]);
    rig.end_oldest();
    assert!(report(&rig, &cell).is_success());
}

#[test]
fn a_shutdown_interrupts_it() {
    let mut rig = rig();
    let cell = fill(&mut rig, minutes(0, 9));
    rig.events();
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(report(&rig, &cell).end, None);
    rig.end_oldest();
    let report = report(&rig, &cell);
    assert_eq!(report.end, Some(BackfillEnd::Shutdown));
    assert_eq!((report.succeeded, report.left), (1, Some(at(1))));
    let names: Vec<_> = rig.events().iter().map(crate::EventKind::name).collect();
    assert!(names.ends_with(&[EventName::BackfillFinished, EventName::StateChanged]));
    let refused = rig
        .engine
        .backfill(&"s".into(), minutes(0, 1), Weak::<Shared>::new(), &rig.now);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ShutDown);
}

#[test]
fn a_trigger_that_panics_ends_it_after_what_it_had_answered() {
    let mut rig = Rig::started(Options::default());
    let schedule = Schedule::new(Breaks, Task::new(|_| async {}));
    rig.add(schedule.id("s")).unwrap();
    let cell = fill(&mut rig, minutes(0, 9).max_concurrent(9));
    assert_eq!(running(&rig), [1, 2]);
    rig.end_all();
    let end = report(&rig, &cell).end;
    let Some(BackfillEnd::Faulted(problem)) = end else {
        panic!("{end:?}");
    };
    assert!(problem.contains("no further"), "{problem}");
    assert!(rig.engine.schedule_info(&"s".into()).is_some());
}

/// A trigger whose `prev_before` returns its argument.
#[derive(Debug)]
struct StaysBehind;

impl Trigger for StaysBehind {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let far = at(10_000_000);
        (after < far).then_some(far)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(before.min(at(2)))
    }
}

#[test]
fn a_trigger_that_does_not_go_back_ends_it_after_what_it_had_answered() {
    let mut rig = Rig::started(Options::default());
    let schedule = Schedule::new(StaysBehind, Task::new(|_| async {}));
    rig.add(schedule.id("s")).unwrap();
    let what = minutes(0, 9).order(BackfillOrder::NewestFirst);
    let times = rig.engine.backfill_times(&"s".into(), &what, &rig.now);
    let mut times = times.unwrap();
    assert_eq!(times.by_ref().take(3).collect::<Vec<_>>(), [at(2)]);
    assert!(
        times
            .fault()
            .is_some_and(|why| why.contains("does not go back"))
    );
}
