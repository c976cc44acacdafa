//! Pauses, cancellations and other events between the permit of a job and the begin of its body.

use std::{sync::Arc, time::Duration};

use crate::{
    EventKind, Job, JobId, Options, ResumeFrom, Schedule, ScheduleId, Shutdown, Task,
    engine::rig::{Rig, outcome},
    job::{
        CancelMode, CancelReason, CancelStatus, JobCell, JobControl, JobPolicy, JobStatus, Retry,
    },
    trigger::Interval,
};

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn job() -> Job {
    Job::new(|_| async {})
}

/// Creates a rig with a blocked executor and a number of jobs with permits.
fn blocked(jobs: usize) -> (Rig, Vec<Arc<JobCell>>) {
    let mut rig = Rig::started(Options::default());
    rig.is_blocked = true;
    let jobs = (0..jobs).map(|_| rig.submit(job())).collect();
    (rig, jobs)
}

fn pause(rig: &mut Rig) {
    rig.engine.pause(&rig.now).unwrap();
    rig.settle();
}

fn resume(rig: &mut Rig) {
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
}

fn counts(rig: &Rig) -> (usize, usize) {
    let metrics = rig.engine.metrics();
    (metrics.queued, metrics.running)
}

fn ids(jobs: &[Arc<JobCell>]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id()).collect()
}

/// Returns the number of `JobClaimed` and of `JobStarted` events.
fn story(rig: &mut Rig) -> (usize, usize) {
    let events = rig.all_events();
    let count = |is: fn(&EventKind) -> bool| events.iter().filter(|event| is(event)).count();
    let claimed = count(|event| matches!(event, EventKind::JobClaimed(_)));
    (
        claimed,
        count(|event| matches!(event, EventKind::JobStarted(_))),
    )
}

#[test]
fn a_pause_holds_what_has_a_permit_and_lets_it_go_first_in_order() {
    let (mut rig, jobs) = blocked(3);
    pause(&mut rig);
    rig.unblock();
    assert_eq!((rig.running(), counts(&rig)), (vec![], (3, 0)));
    let urgent = rig.submit(job().priority(9));
    assert_eq!(story(&mut rig), (3, 0));
    resume(&mut rig);
    let mut order = ids(&jobs);
    order.push(urgent.id());
    assert_eq!((rig.running(), counts(&rig)), (order, (0, 4)));
    assert_eq!(
        story(&mut rig),
        (1, 4),
        "JobClaimed is published once, JobStarted at the start"
    );
}

#[test]
fn a_pause_takes_back_what_waits_for_a_runner() {
    let mut rig = Rig::started(Options::default());
    for _ in 0..10 {
        assert!(rig.engine.submit(job(), None, 0, &rig.now).is_ok());
    }
    pause(&mut rig);
    assert_eq!((rig.running().len(), counts(&rig)), (0, (10, 0)));
    resume(&mut rig);
    assert_eq!((rig.running().len(), counts(&rig)), (10, (0, 10)));
    assert!(rig.running().is_sorted());
}

#[test]
fn what_is_held_can_be_cancelled_and_ends_with_the_scheduler() {
    let (mut rig, jobs) = blocked(2);
    pause(&mut rig);
    rig.unblock();
    let key = crate::engine::key_of(jobs[0].id());
    let reason = CancelReason::Requested;
    let cancelled = rig
        .engine
        .cancel(key, CancelMode::Immediate, reason, &rig.now);
    assert_eq!(cancelled, CancelStatus::Prevented);
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(
        outcome(&jobs[1]).as_deref(),
        Some("cancelled: the scheduler shut down")
    );
    assert_eq!(rig.engine.report().unwrap().unstarted, 1);
}

/// The executor polls the jobs only after the pause has become a shutdown.
#[test]
fn what_was_paused_never_begins_while_it_shuts_down() {
    let (mut rig, jobs) = blocked(2);
    pause(&mut rig);
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    rig.unblock();
    assert_eq!((rig.running(), story(&mut rig).1), (vec![], 0));
    assert_eq!(
        outcome(&jobs[1]).as_deref(),
        Some("cancelled: the scheduler shut down")
    );
    assert_eq!(rig.engine.report().unwrap().unstarted, 2);
}

#[test]
fn a_job_that_was_told_to_end_before_it_began_never_begins() {
    let (mut rig, jobs) = blocked(1);
    let mode = CancelMode::Graceful(SECOND);
    let key = crate::engine::key_of(jobs[0].id());
    rig.engine
        .cancel(key, mode, CancelReason::Requested, &rig.now);
    rig.unblock();
    assert_eq!((rig.running(), story(&mut rig).1), (vec![], 0));
    assert_eq!(outcome(&jobs[0]).as_deref(), Some("cancelled: on request"));
    assert_eq!(counts(&rig), (0, 0));
}

fn pause_schedule(rig: &mut Rig) {
    let id = ScheduleId::from("s");
    rig.engine.pause_schedule(&id, "later", &rig.now).unwrap();
    rig.settle();
}

fn resume_schedule(rig: &mut Rig) {
    let from = ResumeFrom::Now;
    rig.engine
        .resume_schedule(&"s".into(), from, &rig.now)
        .unwrap();
    rig.settle();
}

/// Creates a rig with a blocked executor and a run of a schedule that waits for it.
fn blocked_schedule(options: Options) -> Rig {
    let mut rig = Rig::started(options);
    let task = Task::new(|_| async {});
    let every = Interval::every(SECOND).unwrap();
    rig.add(Schedule::new(every, task).id("s")).unwrap();
    rig.is_blocked = true;
    rig.advance(SECOND);
    rig
}

#[test]
fn a_paused_schedule_holds_its_run_and_nothing_else() {
    let mut rig = blocked_schedule(Options::default().max_concurrent_jobs(1));
    let other = rig.submit(job());
    pause_schedule(&mut rig);
    rig.unblock();
    assert_eq!(rig.running(), [other.id()], "the permit is for others");
    assert_eq!(counts(&rig), (1, 1));
    rig.succeed(&other);
    assert!(
        rig.engine.is_idle(&rig.now),
        "no caller waits for a paused job"
    );
    resume_schedule(&mut rig);
    assert_eq!((rig.running().len(), counts(&rig)), (1, (0, 1)));
}

#[test]
fn a_run_of_a_paused_schedule_gets_no_permit() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let other = rig.submit(job());
    let task = Task::new(|_| async {});
    let every = Interval::every(SECOND).unwrap();
    rig.add(Schedule::new(every, task).id("s")).unwrap();
    rig.advance(SECOND);
    pause_schedule(&mut rig);
    rig.succeed(&other);
    assert_eq!((rig.running(), counts(&rig)), (vec![], (1, 0)));
    resume_schedule(&mut rig);
    assert_eq!(rig.running().len(), 1);
}

#[test]
fn what_a_paused_schedule_holds_goes_with_it() {
    for removed in [true, false] {
        let mut rig = blocked_schedule(Options::default());
        pause_schedule(&mut rig);
        rig.unblock();
        if removed {
            rig.engine.remove(&"s".into(), &rig.now).unwrap();
        } else {
            rig.engine
                .shut_down(Shutdown::graceful(), &rig.now)
                .unwrap();
        }
        rig.settle();
        assert_eq!((rig.running(), counts(&rig)), (vec![], (0, 0)));
    }
}

/// Submits a job with this policy, whose executor polls it `after` this time.
fn late(policy: JobPolicy, after: Duration) -> (Rig, Arc<JobCell>) {
    let mut rig = Rig::started(Options::default());
    rig.is_blocked = true;
    let job = rig.submit(Task::new(|_| async {}).policy(policy));
    rig.advance(after);
    (rig, job)
}

#[test]
fn the_timeout_of_an_attempt_counts_from_its_first_poll() {
    for policy in [
        JobPolicy::default().attempt_timeout(50 * MILLI),
        JobPolicy::default().timeout(50 * MILLI),
    ] {
        let (mut rig, job) = late(policy, 300 * MILLI);
        rig.unblock();
        rig.advance(49 * MILLI);
        assert_ne!(rig.info(&job).unwrap().status, JobStatus::Cancelling);
        rig.advance(MILLI);
        assert_eq!(rig.info(&job).unwrap().status, JobStatus::Cancelling);
    }
}

#[test]
fn a_job_that_the_executor_does_not_come_to_in_time_never_begins() {
    let (mut rig, job) = late(JobPolicy::default().start_within(50 * MILLI), 50 * MILLI);
    assert_eq!(
        outcome(&job).as_deref(),
        Some("cancelled: it was not started in time")
    );
    assert_eq!(counts(&rig), (0, 0), "its permit is for others");
    rig.unblock();
    assert_eq!((rig.running(), story(&mut rig).1), (vec![], 0));
}

/// The driver is late as well: the time of the first poll decides.
#[test]
fn a_job_that_is_too_late_never_begins_whoever_comes_first() {
    let policy = JobPolicy::default().start_within(50 * MILLI);
    let (mut rig, job) = late(policy, 49 * MILLI);
    rig.now.pass(MILLI);
    rig.unblock();
    assert_eq!(
        outcome(&job).as_deref(),
        Some("cancelled: it was not started in time")
    );
    assert_eq!(story(&mut rig).1, 0);
}

#[test]
fn a_later_attempt_has_its_time_from_its_own_first_poll_on() {
    let policy = JobPolicy::default().retry(Retry::fixed(2, SECOND));
    let policy = policy.attempt_timeout(50 * MILLI).start_within(SECOND);
    let (mut rig, job) = late(policy, MILLI);
    rig.unblock();
    rig.fail(&job);
    rig.is_blocked = true;
    rig.advance(10 * SECOND);
    rig.unblock();
    rig.advance(49 * MILLI);
    assert_eq!(rig.running(), [job.id()]);
    assert_ne!(rig.info(&job).unwrap().status, JobStatus::Cancelling);
    rig.succeed(&job);
    assert_eq!(outcome(&job).as_deref(), Some("succeeded"));
}
