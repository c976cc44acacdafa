//! The order of starts.

use std::{sync::Arc, time::Duration};

use crate::{
    Job, Options, Schedule, Task,
    engine::{Key, key_of, rig::Rig},
    job::{JobCell, JobControl, JobId, JobPolicy},
    trigger::Once,
};

const SECOND: Duration = Duration::from_secs(1);

fn job() -> Job {
    Job::new(|_| async {})
}

fn ids(jobs: &[&Arc<JobCell>]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id()).collect()
}

#[test]
fn the_higher_priority_gets_the_next_permit() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let first = rig.submit(job());
    let [low, plain, high, high_too, plain_too] =
        [-1, 0, 5, 5, 0].map(|priority| rig.submit(job().priority(priority)));
    let order = [&first, &high, &high_too, &plain, &plain_too, &low];
    for next in order {
        assert_eq!(rig.running(), ids(&[next]));
        rig.succeed(next);
    }
}

#[test]
fn of_one_instant_the_higher_priority_starts_first() {
    let mut rig = Rig::started(Options::default());
    let [low, plain, high] =
        [-1, 0, 5].map(|priority| rig.submit(job().priority(priority).after(SECOND)));
    let earlier = rig.submit(job().after(SECOND - Duration::from_nanos(1)));
    let later = rig.submit(job().priority(9).after(SECOND + Duration::from_nanos(1)));
    // All of them are overdue when the driver comes.
    rig.now.pass(2 * SECOND);
    rig.settle();
    assert_eq!(rig.running(), ids(&[&earlier, &high, &plain, &low, &later]));
}

#[test]
fn an_instant_with_more_jobs_than_a_turn_takes_is_still_ranked_as_one() {
    let mut rig = Rig::started(Options::default());
    let plain: Vec<_> = (0..700)
        .map(|_| rig.submit(job().after(SECOND)).id())
        .collect();
    let high = rig.submit(job().priority(1).after(SECOND));
    rig.advance(SECOND);
    let running = rig.running();
    assert_eq!(running[0], high.id());
    assert_eq!(running[1..], plain);
}

#[test]
fn occurrences_of_schedules_are_ranked_with_jobs() {
    let mut rig = Rig::started(Options::default());
    let plain = rig.submit(job().after(SECOND));
    let urgent = Task::new(|_| async {}).priority(3);
    let schedule = Schedule::new(Once::after(SECOND), urgent);
    rig.engine.add(schedule, &rig.now).unwrap();
    rig.advance(SECOND);
    let running = rig.running();
    assert_eq!(running.len(), 2);
    assert_eq!(running[1], plain.id());
}

#[test]
fn a_gathering_is_not_held_up_by_a_pause_or_a_removal() {
    let mut rig = Rig::started(Options::default());
    let urgent = Schedule::new(Once::after(SECOND), Task::new(|_| async {}).priority(3));
    let id = rig.engine.add(urgent, &rig.now).unwrap();
    let plain = rig.submit(job().after(SECOND));
    // The question to the trigger is asked, but the schedule is gone before the answer.
    rig.now.pass(SECOND);
    rig.engine.handle_timeout(&rig.now);
    rig.engine.remove(&id, &rig.now).unwrap();
    rig.engine.pause(&rig.now).unwrap();
    rig.settle();
    assert!(rig.running().is_empty());
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.running(), ids(&[&plain]));
}

#[test]
fn besides_the_limit_a_job_starts_at_once_and_takes_no_permit() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1).queue_limit(1));
    let besides = || job().policy(JobPolicy::default().unlimited());
    let first = rig.submit(besides());
    let second = rig.submit(job());
    let queued = rig.submit(job());
    let third = rig.submit(besides());
    assert_eq!(rig.running(), ids(&[&first, &second, &third]));
    rig.succeed(&first);
    assert_eq!(rig.running(), ids(&[&second, &third]));
    rig.succeed(&second);
    assert_eq!(rig.running(), ids(&[&third, &queued]));
}

#[test]
fn a_job_that_waits_for_one_besides_the_limit_is_not_stuck() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let outer = rig.submit(job());
    let inner = rig.submit(job());
    let besides = rig.submit(job().policy(JobPolicy::default().unlimited()));
    let key = |job: &JobCell| key_of(job.id());
    let (outer, inner, besides) = (key(&outer), key(&inner), key(&besides));
    assert!(rig.engine.begin_wait(outer, inner).is_err());
    assert!(rig.engine.begin_wait(outer, besides).is_ok());
    assert!(rig.engine.begin_wait(besides, inner).is_err());
    rig.engine.end_wait(outer, besides);
    assert!(rig.engine.begin_wait(besides, inner).is_ok());
}

/// Creates running jobs, and a job that is queued behind them. Returns their keys.
fn full(rig: &mut Rig, running: usize) -> (Vec<Key>, Key) {
    let jobs: Vec<_> = (0..running).map(|_| rig.submit(job())).collect();
    let queued = rig.submit(job());
    let keys = jobs.iter().map(|job| key_of(job.id())).collect();
    (keys, key_of(queued.id()))
}

#[test]
fn jobs_that_wait_for_each_other_are_refused() {
    let mut rig = Rig::started(Options::default());
    let (jobs, last) = full(&mut rig, 2);
    assert!(rig.engine.begin_wait(jobs[0], jobs[1]).is_ok());
    assert!(rig.engine.begin_wait(jobs[1], last).is_ok());
    assert!(rig.engine.begin_wait(last, jobs[0]).is_err());
    assert!(rig.engine.begin_wait(last, last).is_err());
    rig.engine.end_wait(jobs[1], last);
    assert!(rig.engine.begin_wait(last, jobs[0]).is_ok());
}

#[test]
fn the_last_permit_is_not_spent_on_waiting_for_one_who_waits_for_it() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2));
    let (jobs, queued) = full(&mut rig, 2);
    assert!(rig.engine.begin_wait(jobs[0], queued).is_ok());
    assert!(rig.engine.begin_wait(jobs[1], jobs[0]).is_err());
    assert!(rig.engine.begin_wait(jobs[1], queued).is_err());
}

#[test]
fn one_job_that_waits_for_many_is_one_job() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2));
    let (jobs, queued) = full(&mut rig, 2);
    let further = key_of(rig.submit(job()).id());
    assert!(rig.engine.begin_wait(jobs[0], queued).is_ok());
    assert!(rig.engine.begin_wait(jobs[0], further).is_ok());
}
