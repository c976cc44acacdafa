//! Records of decided instants.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    ErrorKind, Explanation, Misfire, MisfirePolicy, Options, OutcomeKind, Overlap, Schedule,
    ScheduleId, SkipReason, Task, Verdict, Which,
    engine::{Ended, rig::Rig},
    job::{CancelReason, JobError},
    trigger::{Interval, Once},
};

const TEN: Duration = Duration::from_secs(10);

fn every_ten() -> Schedule {
    let every = Interval::every(TEN).unwrap();
    Schedule::new(every, Task::new(|_| async {})).id("s")
}

fn id() -> ScheduleId {
    "s".into()
}

fn verdicts(rig: &Rig) -> Vec<Verdict> {
    let history = rig.engine.history(&id()).unwrap();
    history.iter().map(|decision| decision.verdict).collect()
}

fn explain(rig: &Rig, instant: DateTime<Utc>) -> Explanation {
    rig.explain(&id(), instant)
}

fn verdict_at(rig: &Rig, instant: DateTime<Utc>) -> Option<Verdict> {
    match explain(rig, instant) {
        Explanation::Decided(decision) => Some(decision.verdict),
        _ => None,
    }
}

#[test]
fn each_instant_has_one_record_with_its_end() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten()).unwrap();
    rig.advance(TEN);
    assert!(matches!(verdicts(&rig)[..], [Verdict::Started(_)]));
    rig.end_oldest();
    rig.advance(TEN);
    let failed = rig.claims.remove(0).key;
    let ended = Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(failed, &ended, &rig.now);
    rig.advance(2 * TEN);
    let ran = |outcome| move |verdict: &Verdict| matches!(verdict, Verdict::Ran { outcome: o, .. } if *o == outcome);
    let verdicts = verdicts(&rig);
    assert_eq!(verdicts.len(), 4);
    assert!(ran(OutcomeKind::Succeeded)(&verdicts[0]));
    assert!(ran(OutcomeKind::Failed)(&verdicts[1]));
    assert!(matches!(verdicts[2], Verdict::Started(_)));
    assert_eq!(verdicts[3], Verdict::Skipped(SkipReason::Overlap));
}

#[test]
fn what_was_kept_changes_its_record_when_it_starts() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten().overlap(Overlap::BufferOne)).unwrap();
    rig.advance(2 * TEN);
    assert_eq!(verdicts(&rig)[1], Verdict::Buffered);
    rig.end_oldest();
    assert!(matches!(verdicts(&rig)[1], Verdict::Started(_)));
    assert_eq!(verdicts(&rig).len(), 2);
}

#[test]
fn it_tells_why_there_was_no_run() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let strict = Misfire::policy(MisfirePolicy::FireOnce(Which::Latest)).grace(TEN / 10);
    rig.add(every_ten().misfire(strict)).unwrap();
    rig.sleep_through(35 * TEN / 10);
    let into = start + 3 * TEN;
    let coalesced = Some(Verdict::Coalesced { into });
    assert_eq!(verdict_at(&rig, start + TEN), coalesced);
    assert_eq!(verdict_at(&rig, start + 2 * TEN), coalesced);
    assert!(matches!(verdict_at(&rig, into), Some(Verdict::Started(_))));
    let between = start + TEN * 3 / 2;
    let next = Some(start + 2 * TEN);
    assert_eq!(explain(&rig, between), Explanation::NoSuchInstant { next });
    assert_eq!(explain(&rig, start + 4 * TEN), Explanation::NotYet);
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.advance(2 * TEN);
    assert_eq!(explain(&rig, start + 4 * TEN), Explanation::Undecided);
    let words = explain(&rig, start + TEN).to_string();
    assert!(words.contains("replaces it"), "{words}");
}

#[test]
fn a_job_that_never_began_was_cancelled() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    rig.submit(crate::Job::new(|_| async {}));
    rig.add(every_ten()).unwrap();
    rig.advance(TEN);
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    assert!(matches!(
        verdicts(&rig)[..],
        [Verdict::Cancelled {
            reason: CancelReason::ScheduleRemoved,
            ..
        }]
    ));
}

#[test]
fn memory_is_bounded_and_may_be_none() {
    let mut rig = Rig::started(Options::default().history(3));
    let start = rig.now.wall();
    rig.add(every_ten()).unwrap();
    rig.add(every_ten().id("none").history(0)).unwrap();
    rig.advance(20 * TEN);
    assert_eq!(verdicts(&rig).len(), 3);
    assert!(rig.engine.history(&"none".into()).unwrap().is_empty());
    assert_eq!(explain(&rig, start + TEN), Explanation::NoRecord);
}

#[test]
fn the_history_of_a_schedule_outlives_it() {
    let mut rig = Rig::started(Options::default());
    let once = Schedule::new(Once::after(TEN), Task::new(|_| async {})).id("s");
    rig.add(once).unwrap();
    rig.advance(TEN);
    rig.end_oldest();
    assert!(rig.engine.schedule_info(&id()).is_none());
    assert!(matches!(verdicts(&rig)[..], [Verdict::Ran { .. }]));
    rig.add(every_ten()).unwrap();
    rig.advance(TEN);
    assert_eq!(verdicts(&rig).len(), 2, "the same id, the same history");
    let unknown = rig.engine.history(&"other".into()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[test]
fn a_successor_goes_on_with_the_history_of_what_still_runs() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten().overlap(Overlap::BufferAll)).unwrap();
    rig.advance(2 * TEN);
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    let removed = Verdict::Skipped(SkipReason::ScheduleRemoved);
    assert!(matches!(verdicts(&rig)[..], [Verdict::Started(_), last] if last == removed));
    rig.add(every_ten()).unwrap();
    rig.end_oldest();
    rig.advance(TEN);
    assert!(matches!(
        verdicts(&rig)[..],
        [Verdict::Ran { .. }, last, Verdict::Started(_)] if last == removed
    ));
}

#[test]
fn what_starts_after_the_last_instant_is_in_the_history() {
    let mut rig = Rig::started(Options::default());
    let end = rig.now.wall() + TimeDelta::seconds(20);
    let twice = Interval::every(TEN).unwrap().ending_at(end);
    let schedule = Schedule::new(twice, Task::new(|_| async {})).id("s");
    rig.add(schedule.overlap(Overlap::BufferAll)).unwrap();
    rig.advance(2 * TEN);
    let next = rig.engine.schedule_info(&id()).map(|info| info.next);
    assert_eq!(next, Some(None), "one instant is kept");
    rig.end_oldest();
    assert!(matches!(
        verdicts(&rig)[..],
        [Verdict::Ran { .. }, Verdict::Started(_)]
    ));
    rig.end_oldest();
    assert!(rig.engine.schedule_info(&id()).is_none());
    assert!(matches!(verdicts(&rig)[..], [_, Verdict::Ran { .. }]));
}

#[test]
fn only_so_many_histories_outlive_their_schedules() {
    let mut rig = Rig::started(Options::default());
    for number in 0..150 {
        let once = Schedule::new(Once::after(TEN), Task::new(|_| async {}));
        rig.add(once.id(format!("once-{number}"))).unwrap();
    }
    rig.advance(TEN);
    rig.end_all();
    let known = |number: i32| rig.engine.history(&format!("once-{number}").into()).is_ok();
    assert_eq!((0..150).filter(|&number| known(number)).count(), 100);
}

#[test]
fn an_id_that_comes_back_is_not_forgotten_for_the_others() {
    let mut rig = Rig::started(Options::default());
    let once = |number: i32| {
        let once = Schedule::new(Once::after(TEN), Task::new(|_| async {}));
        once.id(format!("once-{number}"))
    };
    let pass = |rig: &mut Rig| {
        rig.advance(TEN);
        rig.end_all();
    };
    (0..90).for_each(|number| drop(rig.add(once(number)).unwrap()));
    pass(&mut rig);
    rig.add(once(0)).unwrap();
    (90..150).for_each(|number| drop(rig.add(once(number)).unwrap()));
    pass(&mut rig);
    let known = |number: i32| rig.engine.history(&format!("once-{number}").into()).is_ok();
    assert_eq!((0..150).filter(|&number| known(number)).count(), 100);
}

#[test]
fn a_schedule_that_did_nothing_leaves_no_history() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten()).unwrap();
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    let unknown = rig.engine.history(&id()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[test]
fn the_history_of_one_that_is_over_and_still_runs_is_there() {
    let mut rig = Rig::started(Options::default());
    let once = |id: &str| Schedule::new(Once::after(TEN), Task::new(|_| async {})).id(id);
    rig.add(once("other").history(0)).unwrap();
    rig.add(once("s")).unwrap();
    rig.advance(TEN);
    for id in [id(), "other".into()] {
        rig.engine.remove(&id, &rig.now).unwrap();
        rig.settle();
        assert!(rig.engine.schedule_info(&id).is_none());
    }
    assert!(matches!(verdicts(&rig)[..], [Verdict::Started(_)]));
    let unknown = rig.engine.history(&"unknown".into()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[test]
fn this_very_moment_is_not_still_to_come() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    rig.add(every_ten().paused("for now")).unwrap();
    rig.advance(4 * TEN);
    assert_eq!(explain(&rig, start + 4 * TEN), Explanation::Undecided);
    assert_eq!(explain(&rig, start + 5 * TEN), Explanation::NotYet);
}

#[test]
fn how_much_is_remembered_can_be_changed() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten()).unwrap();
    rig.advance(3 * TEN);
    assert_eq!(verdicts(&rig).len(), 3);
    let change = crate::ScheduleChange::new().history(1);
    rig.engine.update(&id(), change, &rig.now).unwrap();
    rig.advance(TEN);
    assert_eq!(verdicts(&rig).len(), 1);
}
