//! QU: limits on the running jobs of a task, over its schedules, jobs and queues.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use scheduler_core::{
    ErrorKind, Job, Options, Schedule, Scheduler, SchedulerExt, Task,
    job::{JobPolicy, Retry, TaskLimit},
    queue::DEFAULT,
    trigger::Interval,
};

use super::{
    bodies::{assert_succeeds, counting, held, telling},
    queues::{Begins, MAIL, mail, world},
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);

fn one() -> JobPolicy {
    JobPolicy::default().task_limit(TaskLimit::new("import", 1))
}

/// Numbers of bodies that run, and that have run.
#[derive(Clone, Default)]
struct Crowd {
    inside: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
    done: Counter,
}

impl Crowd {
    /// Returns a task whose bodies take a second each.
    fn task(&self, policy: JobPolicy) -> Task {
        let crowd = self.clone();
        let task = Task::new(move |job| {
            let crowd = crowd.clone();
            async move {
                let inside = crowd.inside.fetch_add(1, SeqCst) + 1;
                crowd.peak.fetch_max(inside, SeqCst);
                job.sleep(SECOND).await;
                crowd.inside.fetch_sub(1, SeqCst);
                crowd.done.add();
            }
        });
        task.policy(policy)
    }

    fn seen(&self) -> (usize, usize) {
        (self.peak.load(SeqCst), self.done.get())
    }
}

/// Adds five schedules that are due together, and posts a job into each of two queues.
fn crowd_of_seven(world: &World, policy: &JobPolicy) -> Crowd {
    let crowd = Crowd::default();
    for id in 0..5 {
        let minute = Interval::every(60 * SECOND).expect("not zero");
        let schedule = Schedule::new(minute, crowd.task(policy.clone()));
        let added = world.scheduler.add(schedule.id(id.to_string()));
        added.expect("added");
    }
    world.advance(60 * SECOND);
    for queue in [DEFAULT, MAIL] {
        let task = crowd.task(policy.clone().queue(queue));
        world.scheduler.post(Job::from(task)).expect("accepted");
    }
    world.advance(30 * SECOND);
    crowd
}

pub(super) fn a_task_runs_as_many_jobs_as_allowed_over_schedules_jobs_and_queues(
    backend: &dyn Backend,
) {
    let peaks = [1, 2].map(|jobs| {
        let world = world(backend, mail());
        let limit = TaskLimit::new("import", jobs);
        crowd_of_seven(&world, &JobPolicy::default().task_limit(limit)).seen()
    });
    assert_eq!(peaks, [(1, 7), (2, 7)]);
    let world = world(backend, mail());
    assert_eq!(crowd_of_seven(&world, &JobPolicy::default()).seen(), (7, 7));
    let none = JobPolicy::default().task_limit(TaskLimit::new("import", 0));
    let refused = world
        .scheduler
        .try_submit(Job::new(|_| async {}).policy(none));
    assert_eq!(kind(refused), Some(ErrorKind::InvalidConfig));
}

pub(super) fn a_retry_needs_a_permit_of_the_task_again(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (gate, begins) = (Gate::default(), Counter::default());
    let counts = begins.clone();
    let fails = Task::new(move |job| {
        counts.add();
        async move {
            match job.attempt() {
                1 => Err("busy"),
                _ => Ok(()),
            }
        }
    });
    let fails = fails.policy(one().retry(Retry::fixed(2, 5 * SECOND)));
    let failing = world.call(|it| it.try_submit(Job::from(fails)).expect("accepted"));
    let second = world.call(|it| it.try_submit(held(&gate).policy(one())).expect("accepted"));
    world.advance(10 * SECOND);
    assert_eq!(begins.get(), 1, "the other job of the task runs");
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &second);
    assert_succeeds(&world, &failing);
    assert_eq!(begins.get(), 2);
}

pub(super) fn jobs_that_wait_for_their_task_hold_up_no_other(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(2);
    let world = World::with(backend, options).started();
    let (gate, others) = (Gate::default(), Counter::default());
    let begin = world.wall();
    world
        .scheduler
        .post(held(&gate).policy(one()))
        .expect("accepted");
    let begins = [0, 0, 7].map(|priority| {
        let begins = Begins::default();
        let body = Task::new({
            let begins = begins.clone();
            let time = world.time.clone();
            move |job| {
                begins.note(&time);
                async move { job.sleep(SECOND).await }
            }
        });
        world
            .scheduler
            .post(Job::from(body.policy(one().priority(priority))))
            .expect("accepted");
        begins
    });
    for _ in 0..3 {
        world.scheduler.post(counting(&others)).expect("accepted");
    }
    world.advance(10 * SECOND);
    assert_eq!(others.get(), 3, "the second permit of the queue is free");
    world.time.outside(|| gate.open());
    world.advance(10 * SECOND);
    let seconds = begins.iter().flat_map(|it| it.seconds_since(begin));
    assert_eq!(seconds.collect::<Vec<_>>(), [11, 12, 10]);
}

pub(super) fn a_paused_queue_holds_no_permit_of_the_task(backend: &dyn Backend) {
    let world = world(backend, mail());
    let (gate, letter, other) = (Gate::default(), Counter::default(), Counter::default());
    let first = world.call(|it| it.try_submit(held(&gate).policy(one())).expect("accepted"));
    let post = |job: Job, queue: &str| {
        let posted = world.scheduler.post(job.policy(one().queue(queue)));
        posted.expect("accepted");
        world.settle();
    };
    world.settle();
    post(counting(&letter), MAIL);
    post(counting(&other), DEFAULT);
    let queue = world.scheduler.queue(MAIL);
    queue.pause("the server moves").expect("paused");
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &first);
    world.settle();
    assert_eq!((letter.get(), other.get()), (0, 1));
    queue.resume().expect("resumed");
    world.settle();
    assert_eq!((letter.get(), other.get()), (1, 1));
}

pub(super) fn a_wait_for_a_job_of_the_own_full_task_is_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let parent = telling(|job| async move {
        let scheduler = job.scheduler().expect("it exists");
        let submit = |policy| scheduler.try_submit(Job::new(|_| async {}).policy(policy));
        let child = submit(one()).expect("accepted");
        assert_eq!(kind(child.wait().await), Some(ErrorKind::WouldDeadlock));
        let other = submit(JobPolicy::default().task_limit(TaskLimit::new("other", 1)));
        assert_eq!(kind(other.expect("accepted").wait().await), None);
    });
    let parent = world.call(|it| it.try_submit(parent.policy(one())).expect("accepted"));
    assert_succeeds(&world, &parent);
    world.run(world.scheduler.wait_idle()).expect("idle");
}
