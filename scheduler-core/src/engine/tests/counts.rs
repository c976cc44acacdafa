//! The counters tell at any moment where every job stands, and what is over leaves nothing behind.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    Job, Options, Schedule, Task,
    engine::{key_of, rig::Rig},
    job::{CancelMode, CancelReason, JobCell, JobControl, JobPolicy, RateLimit, Retry},
    trigger::Once,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn one_at_a_time() -> Rig {
    Rig::started(Options::default().max_concurrent_jobs(1))
}

fn plain() -> Job {
    Job::new(|_| async {})
}

fn again() -> Task {
    Task::new(|_| async {}).retry(Retry::fixed(9, SECOND))
}

fn one_a_second() -> Job {
    let limit = RateLimit::new("g", 1, SECOND);
    plain().policy(JobPolicy::default().rate_limit(limit))
}

fn in_an_hour(rig: &Rig, id: &str) -> Schedule {
    let later = Once::at(rig.now.wall + TimeDelta::hours(1));
    Schedule::new(later, Task::new(|_| async {})).id(id)
}

fn cancel(rig: &mut Rig, job: &JobCell) {
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key_of(job.id()), mode, why, &rig.now);
    rig.settle();
}

/// Delayed, queued, retrying, running.
fn counts(rig: &Rig) -> [usize; 4] {
    let counts = rig.engine.metrics();
    [
        counts.delayed,
        counts.queued,
        counts.retrying,
        counts.running,
    ]
}

#[test]
fn every_job_is_counted_where_it_stands() {
    let mut rig = one_at_a_time();
    rig.submit(plain().after(10 * SECOND));
    assert_eq!(counts(&rig), [1, 0, 0, 0]);
    let first = rig.submit(again());
    assert_eq!(counts(&rig), [1, 0, 0, 1]);
    rig.submit(plain());
    assert_eq!(counts(&rig), [1, 1, 0, 1]);
    rig.fail(&first);
    assert_eq!(counts(&rig), [1, 0, 1, 1]);
    let schedule = in_an_hour(&rig, "s");
    rig.add(schedule).unwrap();
    let counted = rig.engine.metrics();
    assert_eq!((counted.jobs(), counted.schedules), (3, 1));
    rig.advance(10 * SECOND);
    assert_eq!(counts(&rig), [0, 2, 0, 1]);
    (0..3).for_each(|_| rig.end_oldest());
    assert_eq!(counts(&rig), [0; 4]);
    assert!(rig.engine.is_idle(&rig.now));
}

#[test]
fn who_waits_for_a_token_is_queued_like_who_waits_for_a_permit() {
    let mut rig = one_at_a_time();
    rig.submit(one_a_second());
    let waiting: Vec<_> = (0..2).map(|_| rig.submit(one_a_second())).collect();
    rig.submit(plain());
    assert_eq!(counts(&rig), [0, 3, 0, 1]);
    cancel(&mut rig, &waiting[0]);
    assert_eq!(counts(&rig), [0, 2, 0, 1]);
    rig.end_oldest();
    assert_eq!(counts(&rig), [0, 1, 0, 1]);
    rig.end_oldest();
    rig.advance(SECOND);
    assert_eq!(counts(&rig), [0, 0, 0, 1]);
}

#[test]
fn who_is_cancelled_is_counted_nowhere() {
    let mut rig = one_at_a_time();
    let delayed = rig.submit(plain().after(HOUR));
    let retrying = rig.submit(again());
    rig.submit(plain());
    rig.fail(&retrying);
    let queued = rig.submit(plain());
    assert_eq!(counts(&rig), [1, 1, 1, 1]);
    for (job, left) in [
        (delayed, [0, 1, 1, 1]),
        (retrying, [0, 1, 0, 1]),
        (queued, [0, 0, 0, 1]),
    ] {
        cancel(&mut rig, &job);
        assert_eq!(counts(&rig), left);
    }
}

#[test]
fn jobs_of_the_wall_clock_are_counted_while_they_wait() {
    let mut rig = Rig::started(Options::default());
    let at = rig.now.wall + TimeDelta::hours(1);
    let given_up = rig.submit(plain().at(at));
    rig.submit(plain().at(at));
    rig.submit(plain().after(HOUR));
    assert_eq!(rig.engine.wall_jobs, 2);
    cancel(&mut rig, &given_up);
    assert_eq!(rig.engine.wall_jobs, 1);
    rig.advance(HOUR);
    assert_eq!((rig.engine.wall_jobs, rig.claims.len()), (0, 2));
}

#[test]
fn a_trigger_that_is_being_asked_is_something_under_way() {
    let mut rig = Rig::started(Options::default());
    let schedule = in_an_hour(&rig, "s");
    assert!(rig.engine.is_idle(&rig.now));
    rig.engine.add(schedule, &rig.now).unwrap();
    assert!(!rig.engine.is_idle(&rig.now));
    rig.settle();
    assert!(rig.engine.is_idle(&rig.now));
}

#[test]
fn timers_of_what_is_gone_do_not_pile_up_and_the_others_stay() {
    let mut rig = Rig::started(Options::default());
    for round in 0..3_000 {
        let job = rig.submit(plain().after(HOUR));
        let id = format!("schedule {round}");
        let schedule = in_an_hour(&rig, &id);
        rig.add(schedule).unwrap();
        if round % 1_000 > 0 {
            cancel(&mut rig, &job);
            rig.engine.remove(&id.into(), &rig.now).unwrap();
            rig.settle();
        }
        assert!(rig.engine.timers.len() < 3_000);
    }
    rig.advance(HOUR);
    assert_eq!(rig.claims.len(), 6, "three jobs, three runs");
}

#[test]
fn keys_of_what_was_cancelled_do_not_pile_up() {
    let mut rig = one_at_a_time();
    rig.submit(one_a_second());
    for _ in 0..1_000 {
        for job in [plain(), one_a_second()] {
            let job = rig.submit(job);
            cancel(&mut rig, &job);
        }
        assert!(rig.engine.queue.ready.len() <= 66);
    }
    rig.submit(plain());
    rig.submit(one_a_second());
    rig.end_oldest();
    rig.end_oldest();
    rig.advance(SECOND);
    rig.end_oldest();
    assert_eq!(counts(&rig), [0; 4]);
}
