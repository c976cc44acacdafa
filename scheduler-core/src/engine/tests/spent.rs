//! Triggers that have ended while their instants are buffered.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Conflict, EventName, Explanation, Misfire, MisfirePolicy, Options, Overlap, ResumeFrom,
    Schedule, ScheduleChange, ScheduleEnd, ScheduleId, ScheduleInfo, SkipReason, Task, Trigger,
    Verdict,
    engine::{Ended, rig::Rig},
    job::JobError,
    trigger::{Interval, Limited},
};

const TEN: Duration = Duration::from_secs(10);

fn task() -> Task {
    Task::new(|_| async {})
}

fn every_ten() -> Interval {
    Interval::every(TEN).unwrap()
}

/// Creates a schedule with three instants, ten seconds apart.
fn thrice() -> Schedule {
    let thrice = Limited::new(Arc::new(every_ten()), 3).unwrap();
    Schedule::new(thrice, task())
        .id("s")
        .overlap(Overlap::BufferAll)
}

fn id() -> ScheduleId {
    "s".into()
}

fn info(rig: &Rig) -> Option<ScheduleInfo> {
    rig.engine.schedule_info(&id())
}

fn ended(rig: &Rig) -> (Option<ScheduleEnd>, usize) {
    let info = info(rig).expect("it is listed");
    (info.ended, info.kept)
}

fn told(rig: &mut Rig, name: EventName) -> usize {
    let events = rig.events();
    events.iter().filter(|kind| kind.name() == name).count()
}

fn pause(rig: &mut Rig) {
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.settle();
}

fn resume(rig: &mut Rig) {
    let from = ResumeFrom::Now;
    rig.engine.resume_schedule(&id(), from, &rig.now).unwrap();
    rig.settle();
}

#[test]
fn what_is_kept_of_a_rule_that_is_over_is_listed_and_can_be_held() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    rig.add(thrice()).unwrap();
    rig.advance(3 * TEN);
    assert_eq!(ended(&rig), (Some(ScheduleEnd::Exhausted), 2));
    assert_eq!(info(&rig).unwrap().next, None);
    assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 0);
    pause(&mut rig);
    rig.end_all();
    assert!(rig.claims.is_empty(), "it is paused");
    let instant = start + TimeDelta::seconds(20);
    let Explanation::Decided(decision) = rig.explain(&id(), instant) else {
        panic!("it is on record");
    };
    assert_eq!(decision.verdict, Verdict::Buffered);
    resume(&mut rig);
    assert_eq!((rig.runs(start), ended(&rig).1), (vec![20], 1));
    rig.end_all();
    assert_eq!(rig.runs(start), [30]);
    let last = info(&rig).expect("its last run has not ended");
    assert_eq!((last.kept, last.running), (0, 1));
    assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 0);
    rig.end_all();
    assert!(info(&rig).is_none(), "nothing is left of it");
    assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 1);
    assert_eq!(rig.engine.schedules.iter().count(), 0);
}

#[test]
fn late_runs_of_a_rule_that_is_over_wait_for_their_turn_on_the_list() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(TEN / 10);
    rig.add(thrice().misfire(all.pace(TEN))).unwrap();
    rig.sleep_through(4 * TEN);
    assert_eq!(ended(&rig), (Some(ScheduleEnd::Exhausted), 2));
    pause(&mut rig);
    rig.end_all();
    rig.advance(5 * TEN);
    assert!(rig.claims.is_empty(), "it is paused");
    resume(&mut rig);
    for nominal in [20, 30] {
        assert_eq!(rig.runs(start), [nominal]);
        rig.end_all();
        rig.advance(TEN);
    }
    assert!(info(&rig).is_none());
    assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 1);
}

#[test]
fn what_is_kept_goes_with_the_schedule_or_follows_its_new_rule() {
    let mut rig = Rig::started(Options::default());
    rig.add(thrice()).unwrap();
    rig.advance(3 * TEN);
    let change = ScheduleChange::new().trigger(every_ten());
    rig.update(&id(), change).unwrap();
    assert_eq!(ended(&rig), (None, 2));
    rig.advance(TEN);
    assert_eq!(ended(&rig), (None, 3));
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    let history = rig.engine.history(&id()).unwrap();
    let removed = Verdict::Skipped(SkipReason::ScheduleRemoved);
    let dropped = history.iter().filter(|one| one.verdict == removed);
    assert_eq!(dropped.count(), 3);
}

/// A trigger that fails after its third instant.
#[derive(Debug)]
struct Failing(DateTime<Utc>);

impl Trigger for Failing {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = every_ten().starting_at(self.0).next_after(after)?;
        assert!(next <= self.0 + 3 * TEN, "that is all");
        Some(next)
    }
}

#[test]
fn what_is_kept_of_a_rule_that_failed_is_listed_too() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let failing = Schedule::new(Failing(start), task()).id("s");
    rig.add(failing.overlap(Overlap::BufferAll)).unwrap();
    rig.advance(3 * TEN);
    assert_eq!(told(&mut rig, EventName::ScheduleFaulted), 1);
    assert_eq!(ended(&rig).0, Some(ScheduleEnd::Faulted));
    while !rig.claims.is_empty() {
        rig.end_all();
    }
    assert!(info(&rig).is_none());
    assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 0);
}

/// A schedule whose only run is due.
fn once(rig: &mut Rig) {
    let once = Schedule::new(crate::trigger::Once::after(TEN), task()).id("s");
    rig.add(once).unwrap();
    rig.advance(TEN);
}

#[test]
fn a_schedule_whose_last_run_waits_for_a_permit_is_listed_and_can_be_removed() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let busy = rig.submit(crate::Job::new(|_| async {}));
    once(&mut rig);
    assert_eq!(ended(&rig), (Some(ScheduleEnd::Exhausted), 0));
    assert_eq!(info(&rig).unwrap().running, 1);
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    rig.succeed(&busy);
    assert!(rig.claims.is_empty(), "its run was cancelled");
    assert_eq!(rig.engine.schedules.iter().count(), 0);
}

#[test]
fn the_last_run_of_a_schedule_may_add_the_next_one_under_its_id() {
    for conflict in [Conflict::Refuse, Conflict::Keep, Conflict::Replace] {
        let mut rig = Rig::started(Options::default());
        once(&mut rig);
        assert_eq!(ended(&rig).0, Some(ScheduleEnd::Exhausted));
        let next = Schedule::new(every_ten(), task()).id("s");
        rig.add(next.on_conflict(conflict)).unwrap();
        assert_eq!(ended(&rig).0, None);
        assert_eq!(told(&mut rig, EventName::ScheduleExhausted), 1);
        rig.end_all();
        assert_eq!(
            rig.engine.schedules.iter().count(),
            1,
            "the old one is gone"
        );
        rig.advance(TEN);
        assert_eq!(rig.claims.len(), 1, "the new one runs");
    }
}

#[test]
fn the_failure_of_the_last_run_pauses_nothing() {
    let mut rig = Rig::started(Options::default());
    let once = Schedule::new(crate::trigger::Once::after(TEN), task()).id("s");
    rig.add(once.pause_after_failures(1)).unwrap();
    rig.advance(TEN);
    let last = rig.claims.remove(0);
    let failed = Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(last.key, &failed, &rig.now);
    rig.settle();
    let names: Vec<_> = rig.events().iter().map(crate::EventKind::name).collect();
    assert!(!names.contains(&EventName::SchedulePaused), "{names:?}");
    assert!(names.contains(&EventName::ScheduleExhausted), "{names:?}");
    assert!(info(&rig).is_none());
}
