//! Limits on the running jobs of a task, over its schedules, jobs and queues.

use std::{sync::Arc, time::Duration};

use crate::{
    ErrorKind, Job, Options, Schedule, Task,
    engine::{
        Key, key_of,
        rig::{Rig, outcome},
    },
    job::{
        CancelMode, CancelReason, JobCell, JobControl, JobId, JobPolicy, JobStatus, RateLimit,
        TaskLimit,
    },
    queue::Queue,
    trigger::Interval,
};

const SECOND: Duration = Duration::from_secs(1);

fn of_task(jobs: usize) -> Job {
    Job::new(|_| async {}).task_limit(TaskLimit::new("import", jobs))
}

fn plain() -> Job {
    Job::new(|_| async {})
}

fn ids<'a>(jobs: impl IntoIterator<Item = &'a Arc<JobCell>>) -> Vec<JobId> {
    jobs.into_iter().map(|job| job.id()).collect()
}

fn key(job: &JobCell) -> Key {
    key_of(job.id())
}

fn cancel(rig: &mut Rig, job: &JobCell) {
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key(job), mode, why, &rig.now);
    rig.settle();
}

#[test]
fn one_job_runs_over_all_schedules_and_jobs_of_the_task() {
    let mut rig = Rig::started(Options::default());
    let task = Task::new(|_| async {}).task_limit(TaskLimit::new("import", 1));
    for id in 0..5 {
        let every = Interval::every(SECOND).unwrap();
        rig.add(Schedule::new(every, task.clone()).id(id.to_string()))
            .unwrap();
    }
    rig.advance(SECOND);
    for _ in 0..5 {
        rig.submit(Job::from(task.clone()));
    }
    for _ in 0..10 {
        assert_eq!(rig.running().len(), 1);
        rig.end_oldest();
        rig.settle();
    }
    assert!(rig.running().is_empty());
}

#[test]
fn jobs_that_wait_for_their_task_hold_up_no_other_and_keep_their_order() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2));
    let first = rig.submit(of_task(1));
    let waiting = [0, 0, 5].map(|priority| rig.submit(of_task(1).priority(priority)));
    let status = rig.info(&waiting[0]).map(|job| job.status);
    assert_eq!(status, Some(JobStatus::Queued));
    assert!(!rig.engine.is_idle(&rig.now));
    let other = rig.submit(plain());
    assert_eq!(rig.running(), ids([&first, &other]));
    rig.succeed(&first);
    assert_eq!(rig.running(), ids([&other, &waiting[2]]));
    rig.succeed(&waiting[2]);
    rig.succeed(&waiting[0]);
    assert_eq!(rig.running(), ids([&other, &waiting[1]]));
}

#[test]
fn the_number_of_the_job_that_was_accepted_last_applies() {
    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(of_task(1))).collect();
    assert_eq!(rig.running(), ids(&jobs[..1]));
    let later = rig.submit(of_task(2).after(SECOND));
    assert_eq!(rig.running(), ids(&jobs[..2]));
    rig.succeed(&jobs[0]);
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids(&jobs[1..]));
    rig.succeed(&jobs[1]);
    assert_eq!(rig.running(), ids([&jobs[2], &later]));
}

#[test]
fn a_paused_queue_keeps_no_permit_of_the_task() {
    let options = Options::default()
        .queue(Queue::named("a"))
        .queue(Queue::named("b"));
    let mut rig = Rig::started(options);
    let first = rig.submit(of_task(1));
    let held = rig.submit(of_task(1).queue("a"));
    let next = rig.submit(of_task(1).queue("b"));
    rig.engine.pause_queue("a", "a visit", &rig.now).unwrap();
    rig.succeed(&first);
    assert_eq!(rig.running(), ids([&next]));
    rig.engine.resume_queue("a", &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.running(), ids([&next]));
    rig.succeed(&next);
    assert_eq!(rig.running(), ids([&held]));
}

#[test]
fn a_full_queue_keeps_no_permit_of_the_task() {
    let options = Options::default()
        .queue(Queue::named("a").concurrency(1))
        .queue(Queue::named("b"));
    let mut rig = Rig::started(options);
    let first = rig.submit(of_task(1).queue("a"));
    let waiting = rig.submit(of_task(1).queue("a"));
    let urgent = rig.submit(plain().queue("a").priority(9));
    let other = rig.submit(of_task(1).queue("b"));
    // The permit of the queue goes to the urgent job, and that of the task to the job of the other queue.
    rig.succeed(&first);
    assert_eq!(rig.running(), ids([&urgent, &other]));
    rig.succeed(&urgent);
    rig.succeed(&other);
    assert_eq!(rig.running(), ids([&waiting]));
}

#[test]
fn a_waiting_job_can_be_cancelled_and_expires() {
    let mut rig = Rig::started(Options::default());
    let first = rig.submit(of_task(1));
    let expires = JobPolicy::default()
        .task_limit(TaskLimit::new("import", 1))
        .start_within(SECOND);
    let expiring = rig.submit(plain().policy(expires));
    let [cancelled, last] = [(); 2].map(|()| rig.submit(of_task(1)));
    cancel(&mut rig, &cancelled);
    assert_eq!(
        outcome(&cancelled).as_deref(),
        Some("cancelled: on request")
    );
    rig.advance(2 * SECOND);
    assert_eq!(
        outcome(&expiring).as_deref(),
        Some("cancelled: it was not started in time")
    );
    rig.succeed(&first);
    assert_eq!(rig.running(), ids([&last]));
    rig.succeed(&last);
    assert!(rig.engine.is_idle(&rig.now));
}

#[test]
fn a_called_job_that_leaves_gives_its_place_to_the_next() {
    let options = Options::default().queue(Queue::named("a"));
    let mut rig = Rig::started(options);
    let first = rig.submit(of_task(1));
    let [called, next] = [(); 2].map(|()| rig.submit(of_task(1).queue("a")));
    rig.engine.pause_queue("a", "a visit", &rig.now).unwrap();
    rig.succeed(&first);
    cancel(&mut rig, &called);
    rig.engine.resume_queue("a", &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.running(), ids([&next]));
}

#[test]
fn a_job_without_a_token_keeps_no_permit_of_its_task() {
    let mut rig = Rig::started(Options::default());
    let rate = RateLimit::new("api", 1, 10 * SECOND);
    let both = JobPolicy::default()
        .task_limit(TaskLimit::new("import", 1))
        .rate_limit(rate);
    let [first, throttled] = [(); 2].map(|()| rig.submit(plain().policy(both.clone())));
    rig.succeed(&first);
    let other = rig.submit(of_task(1));
    assert_eq!(rig.running(), ids([&other]));
    rig.advance(10 * SECOND);
    assert_eq!(
        rig.running(),
        ids([&other]),
        "the token alone is not enough"
    );
    rig.succeed(&other);
    assert_eq!(rig.running(), ids([&throttled]));
}

#[test]
fn a_wait_for_a_job_of_the_own_full_task_is_refused() {
    let mut rig = Rig::started(Options::default());
    let [first, second] = [(); 2].map(|()| rig.submit(of_task(1)));
    let other = rig.submit(plain());
    let refused = rig.engine.begin_wait(key(&first), key(&second));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WouldDeadlock);
    assert!(rig.engine.begin_wait(key(&other), key(&second)).is_ok());
    let circle = rig.engine.begin_wait(key(&first), key(&other));
    assert_eq!(circle.unwrap_err().kind(), ErrorKind::WouldDeadlock);
}

#[test]
fn a_retry_gives_the_permit_back_between_its_attempts() {
    let mut rig = Rig::started(Options::default());
    let retry = crate::job::Retry::fixed(2, SECOND);
    let task = Task::new(|_| async { Err::<(), _>("not yet") });
    let task = task.retry(retry).task_limit(TaskLimit::new("import", 1));
    let failing = rig.submit(Job::from(task));
    let next = rig.submit(of_task(1));
    rig.fail(&failing);
    assert_eq!(rig.running(), ids([&next]));
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids([&next]));
    rig.succeed(&next);
    assert_eq!(rig.running(), ids([&failing]));
}
