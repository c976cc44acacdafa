//! Surplus runs: accepted under a higher limit of active runs than the present one (`OV-013`).

use std::time::Duration;

use crate::{
    Conflict, EventKind, Options, Overlap, ResumeFrom, Schedule, ScheduleChange, ScheduleId,
    Shutdown, Task,
    engine::{Ended, rig::Rig},
    job::{CancelMode, CancelReason, JobError, JobPolicy, RateLimit, Retry},
    trigger::Interval,
};

const TEN: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn id() -> ScheduleId {
    "s".into()
}

fn every_ten() -> Schedule {
    Schedule::new(Interval::every(TEN).unwrap(), Task::new(|_| async {})).id("s")
}

fn with_policy(policy: JobPolicy) -> Schedule {
    let task = Task::new(|_| async {}).policy(policy);
    Schedule::new(Interval::every(TEN).unwrap(), task).id("s")
}

fn options(permits: usize) -> Options {
    Options::default().max_concurrent_jobs(permits)
}

fn update(rig: &mut Rig, change: ScheduleChange) {
    rig.update(&id(), change).unwrap();
}

fn fail_oldest(rig: &mut Rig) {
    let claim = rig.claims.remove(0);
    let failed = Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(claim.key, &failed, &rig.now);
    rig.settle();
}

/// A way to lower the limit of active runs.
type Change = fn(&mut Rig, usize);

const CHANGES: [Change; 3] = [
    |rig, limit| {
        let change = ScheduleChange::new().overlap(Overlap::Skip);
        update(rig, change.max_instances(limit));
    },
    |rig, limit| {
        let change = ScheduleChange::new().overlap(Overlap::BufferAll);
        update(rig, change.max_instances(limit));
    },
    |rig, limit| {
        let next = rig.engine.schedule_info(&id()).unwrap().next.unwrap();
        let new = every_ten().overlap(Overlap::CancelOther);
        let new = new.max_instances(limit).waiting_for(next);
        rig.add(new.on_conflict(Conflict::Replace)).unwrap();
    },
];

#[test]
fn runs_that_wait_for_a_permit_go_as_many_at_a_time_as_allowed() {
    for change in CHANGES {
        for limit in [1, 2] {
            let mut rig = Rig::at(options(3), Rig::new(Options::default()).now);
            let start = rig.now.wall();
            rig.start();
            let busy: Vec<_> = (0..3)
                .map(|_| rig.submit(crate::Job::new(|_| async {})))
                .collect();
            rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
            rig.advance(5 * TEN);
            assert!(rig.runs(start).iter().all(|second| *second == 0));
            change(&mut rig, limit);
            busy.iter().for_each(|job| rig.succeed(job));
            for first in 1..=5 {
                let expected = (first..=5).take(limit).map(|number| 10 * number);
                assert_eq!(rig.runs(start), Vec::from_iter(expected));
                rig.end_oldest();
            }
            assert_eq!(rig.engine.metrics().jobs(), 0);
        }
    }
}

#[test]
fn a_lower_limit_counts_for_what_waits_for_a_permit() {
    let mut rig = Rig::started(options(3));
    let start = rig.now.wall();
    let schedule = every_ten().overlap(Overlap::BufferAll).max_instances(3);
    rig.add(schedule).unwrap();
    let busy: Vec<_> = (0..3)
        .map(|_| rig.submit(crate::Job::new(|_| async {})))
        .collect();
    rig.advance(3 * TEN);
    update(&mut rig, ScheduleChange::new().max_instances(1));
    busy.iter().for_each(|job| rig.succeed(job));
    assert_eq!(rig.runs(start), [10]);
    update(&mut rig, ScheduleChange::new().max_instances(2));
    assert_eq!(rig.runs(start), [10, 20]);
    update(&mut rig, ScheduleChange::new().overlap(Overlap::AllowAll));
    assert_eq!(rig.runs(start), [10, 20, 30]);
}

#[test]
fn attempts_that_follow_go_one_at_a_time() {
    let mut rig = Rig::started(options(9));
    let start = rig.now.wall();
    let task = Task::new(|_| async {}).retry(Retry::fixed(3, SECOND));
    let schedule = Schedule::new(Interval::every(TEN).unwrap(), task).id("s");
    rig.add(schedule.overlap(Overlap::AllowAll)).unwrap();
    rig.advance(3 * TEN);
    update(&mut rig, ScheduleChange::new().overlap(Overlap::Skip));
    fail_oldest(&mut rig);
    fail_oldest(&mut rig);
    rig.advance(2 * SECOND);
    assert_eq!(rig.runs(start), [30], "the others wait for its end");
    fail_oldest(&mut rig);
    assert_eq!(rig.runs(start), [10]);
    rig.advance(2 * SECOND);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [20]);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [30]);
}

#[test]
fn runs_that_wait_for_a_token_go_one_at_a_time_and_take_it_when_they_do() {
    let mut rig = Rig::started(options(9));
    let start = rig.now.wall();
    let limit = JobPolicy::default().rate_limit(RateLimit::new("g", 1, 25 * SECOND));
    rig.add(with_policy(limit.clone()).overlap(Overlap::AllowAll))
        .unwrap();
    rig.advance(4 * TEN);
    assert_eq!(rig.runs(start), [10, 20]);
    update(&mut rig, ScheduleChange::new().overlap(Overlap::Skip));
    let other = rig.submit(crate::Job::new(|_| async {}).policy(limit));
    rig.advance(10 * TEN);
    assert_eq!(rig.claims.len(), 3, "another job of the rate group starts");
    rig.succeed(&other);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [20]);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [30]);
}

#[test]
fn a_run_with_a_permit_is_held_back_at_the_gate() {
    let mut rig = Rig::started(options(9));
    let start = rig.now.wall();
    rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
    rig.is_blocked = true;
    rig.advance(3 * TEN);
    update(&mut rig, ScheduleChange::new().overlap(Overlap::Skip));
    rig.unblock();
    for _ in 0..3 {
        assert_eq!(rig.claims.len(), 1, "{:?}", rig.runs(start));
        rig.end_oldest();
    }
    assert_eq!(rig.engine.metrics().jobs(), 0);
    let claimed = |kind: &EventKind| matches!(kind, EventKind::JobClaimed(_));
    assert_eq!(rig.events().iter().filter(|kind| claimed(kind)).count(), 3);
}

#[test]
fn whoever_makes_place_lets_the_next_one_go() {
    let ends: [fn(&mut Rig); 3] = [
        |rig| {
            let first = rig.running()[0];
            let key = crate::engine::key_of(first);
            let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
            rig.engine.cancel(key, mode, why, &rig.now);
            let claim = rig.claims.remove(0);
            rig.engine
                .handle_finished(claim.key, &Ended::Dropped, &rig.now);
        },
        |rig| rig.end_oldest(),
        |rig| {
            update(rig, ScheduleChange::new().overlap(Overlap::AllowAll));
        },
    ];
    for end in ends {
        let mut rig = Rig::started(options(1));
        let start = rig.now.wall();
        rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
        rig.advance(2 * TEN);
        update(&mut rig, ScheduleChange::new().overlap(Overlap::Skip));
        assert_eq!(rig.runs(start), [10]);
        end(&mut rig);
        rig.settle();
        if rig.claims.len() == 1 && rig.runs(start) == [10] {
            rig.end_oldest();
        }
        assert_eq!(rig.runs(start), [20]);
        rig.end_all();
        assert_eq!(rig.engine.metrics().jobs(), 0);
    }
}

#[test]
fn what_is_held_ends_with_its_schedule_and_drains_with_the_scheduler() {
    let held = || {
        let mut rig = Rig::started(options(9));
        rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
        rig.is_blocked = true;
        rig.advance(3 * TEN);
        update(&mut rig, ScheduleChange::new().overlap(Overlap::Skip));
        rig.unblock();
        assert_eq!(rig.claims.len(), 1);
        rig
    };
    let mut rig = held();
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.engine.metrics().cancelled, 2);
    rig.end_all();
    assert_eq!(rig.engine.metrics().jobs(), 0);
    assert_eq!(rig.engine.schedules.iter().count(), 0);

    let mut rig = held();
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    for _ in 0..3 {
        assert_eq!(rig.claims.len(), 1);
        rig.end_oldest();
    }
    assert_eq!(rig.engine.metrics().succeeded, 3);
    assert_eq!(rig.engine.state(), crate::State::ShutDown);

    let mut rig = held();
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    rig.end_all();
    assert_eq!(
        rig.engine.state(),
        crate::State::ShutDown,
        "none is waited for"
    );
    assert_eq!(rig.engine.metrics().cancelled, 2);
}

#[test]
fn runs_that_never_had_a_permit_all_go_on_after_a_pause_of_their_schedule() {
    let mut rig = Rig::started(options(1));
    let start = rig.now.wall();
    rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
    rig.advance(4 * TEN);
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.end_oldest();
    assert!(rig.claims.is_empty());
    rig.engine
        .resume_schedule(&id(), ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.settle();
    for second in [20, 30, 40] {
        assert_eq!(rig.runs(start), [second]);
        rig.end_oldest();
    }
    let claimed = |kind: &EventKind| matches!(kind, EventKind::JobClaimed(_));
    assert_eq!(rig.events().iter().filter(|kind| claimed(kind)).count(), 4);
}

#[test]
fn a_paused_run_does_not_keep_the_token_that_it_was_called_for() {
    let mut rig = Rig::started(options(2));
    let limit = JobPolicy::default().rate_limit(RateLimit::new("g", 1, 25 * SECOND));
    let schedule = with_policy(limit.clone()).overlap(Overlap::AllowAll);
    rig.add(schedule).unwrap();
    rig.advance(2 * TEN + SECOND);
    // The second run waits for a token, is called for it and finds no permit.
    let busy = rig.submit(crate::Job::new(|_| async {}));
    rig.advance(2 * TEN);
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.succeed(&busy);
    let other = rig.submit(crate::Job::new(|_| async {}).policy(limit));
    rig.advance(3 * TEN);
    assert!(rig.running().contains(&crate::job::JobControl::id(&*other)));
}
