//! Cases of QU: named queues, their limits, and the jobs in them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, ErrorKind, Job, Options, Schedule, Scheduler, SchedulerExt, Task,
    job::{JobPolicy, Retry},
    queue::{DEFAULT, Queue},
    schedule::ScheduleChange,
    trigger::{Interval, Once},
};

use scheduler_testing::VirtualRuntime;

use super::{
    bodies::{assert_succeeds, counting, held, telling},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);
pub(super) const MAIL: &str = "mail";

pub(super) fn mail() -> Queue {
    Queue::named(MAIL)
}

pub(super) fn world(backend: &dyn Backend, mail: Queue) -> World {
    World::with(backend, Options::default().queue(mail)).started()
}

fn every_second(task: Task) -> Schedule {
    Schedule::new(Interval::every(SECOND).expect("not zero"), task)
}

pub(super) fn a_job_is_in_the_queue_that_it_names(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().queue(mail()));
    let expects =
        |name: &'static str| telling(move |job| async move { assert_eq!(job.queue(), name) });
    let jobs = [expects(MAIL).queue(MAIL), expects(DEFAULT)];
    let jobs = jobs.map(|job| world.call(|it| it.try_submit(job).expect("accepted")));
    let listed: Vec<_> = world
        .scheduler
        .jobs()
        .iter()
        .map(|job| job.queue().to_owned())
        .collect();
    assert_eq!(listed, [MAIL, DEFAULT]);
    let world = world.started();
    for job in &jobs {
        assert_succeeds(&world, job);
    }
    for name in [MAIL, DEFAULT] {
        let info = world.scheduler.queue(name).info().expect("it exists");
        assert_eq!((info.started, info.running), (1, 0), "{name}");
    }
}

pub(super) fn an_unknown_queue_is_refused_by_every_call(backend: &dyn Backend) {
    let world = World::new(backend);
    let job = || Job::new(|_| async {}).queue(MAIL);
    let bad = || every_second(Task::new(|_| async {}).queue(MAIL));
    let good = || every_second(Task::new(|_| async {}));
    let refused = Some(ErrorKind::NotFound);
    for _ in 0..2 {
        let it = &*world.scheduler;
        assert_eq!(kind(it.try_submit(job())), refused);
        assert_eq!(kind(it.post(job())), refused);
        assert_eq!(kind(world.run(it.submit(job()))), refused);
        assert_eq!(kind(it.add(bad())), refused);
        assert_eq!(kind(it.add_all(vec![good(), bad()])), refused);
        assert!(it.schedules().is_empty(), "all or none");
        let queue = it.queue(MAIL);
        assert_eq!(kind(queue.info()), refused);
        assert_eq!(kind(queue.pause("no")), refused);
        assert_eq!(kind(queue.resume()), refused);
        let added = it.add(good()).expect("the queue exists");
        let change = ScheduleChange::new().task(Task::new(|_| async {}).queue(MAIL));
        assert_eq!(kind(added.update(change)), refused);
        added.remove().expect("listed");
        if world.state() == scheduler_core::State::New {
            world.run(it.start()).expect("it starts");
        }
    }
    let error = world.scheduler.try_submit(job()).expect_err("unknown");
    assert!(matches!(&error, Error::UnknownQueue(name) if &**name == MAIL));
}

pub(super) fn a_full_queue_delays_no_other(backend: &dyn Backend) {
    let options = Options::default().queue(mail().concurrency(2));
    let world = World::with(backend, options.max_concurrent_jobs(1)).started();
    let (slow, quick) = (Gate::default(), Counter::default());
    for _ in 0..4 {
        world
            .scheduler
            .post(held(&slow).queue(MAIL))
            .expect("accepted");
    }
    world.settle();
    let info = world.scheduler.queue(MAIL).info().expect("it exists");
    assert_eq!((info.running, info.queued), (2, 2));
    world
        .scheduler
        .add(every_second(Task::new({
            let quick = quick.clone();
            move |_| {
                let quick = quick.clone();
                async move { quick.add() }
            }
        })))
        .expect("added");
    world.advance(10 * SECOND);
    assert_eq!(quick.get(), 10);
    world.time.outside(|| slow.open());
    world.settle();
    let info = world.scheduler.queue(MAIL).info().expect("it exists");
    assert_eq!((info.running, info.queued, info.started), (0, 0, 4));
}

pub(super) fn each_queue_has_its_own_slots_and_waiters(backend: &dyn Backend) {
    let options = Options::default().queue(mail().concurrency(1).limit(1));
    let options = options.max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let (slow, other, ran) = (Gate::default(), Gate::default(), Counter::default());
    for _ in 0..2 {
        world
            .scheduler
            .post(held(&slow).queue(MAIL))
            .expect("a slot");
    }
    let full = world
        .scheduler
        .try_submit(held(&slow).queue(MAIL))
        .expect_err("full");
    assert!(matches!(&full, Error::QueueFull { queue, limit: 1 } if &**queue == MAIL));
    let mut waits = world.scheduler.submit(counting(&ran).queue(MAIL));
    assert!(
        world.time.outside(|| poll_once(&mut waits)).is_none(),
        "the queue had a slot"
    );
    // The waiter reserves no slot of the other queue.
    for _ in 0..2 {
        world.scheduler.post(held(&other)).expect("a slot");
    }
    let full = world.scheduler.try_submit(held(&other)).expect_err("full");
    assert!(matches!(&full, Error::QueueFull { queue, .. } if &**queue == DEFAULT));
    // Nor does a slot of the other queue serve it.
    world.time.outside(|| other.open());
    world.settle();
    assert!(
        world.time.outside(|| poll_once(&mut waits)).is_none(),
        "not its queue"
    );
    world.time.outside(|| slow.open());
    let job = world.run(waits).expect("a slot became free");
    assert_succeeds(&world, &job);
    assert_eq!(ran.get(), 1);
}

/// Begins of bodies, by the wall clock.
#[derive(Clone, Default)]
pub(super) struct Begins(Arc<Mutex<Vec<DateTime<Utc>>>>);

impl Begins {
    pub(super) fn job(&self, world: &World) -> Job {
        let (begins, time) = (self.clone(), world.time.clone());
        Job::new(move |_| async move { begins.note(&time) })
    }

    /// Records a begin.
    pub(super) fn note(&self, time: &VirtualRuntime) {
        let now = scheduler_core::Runtime::now(time).wall();
        let mut begins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begins.push(now);
    }

    pub(super) fn seconds_since(&self, begin: DateTime<Utc>) -> Vec<i64> {
        let begins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begins
            .iter()
            .map(|at| (*at - begin).num_seconds())
            .collect()
    }
}

pub(super) fn the_rate_of_a_queue_spaces_its_starts(backend: &dyn Backend) {
    let world = world(backend, mail().rate(1, 10 * SECOND).burst(2));
    let (letters, others) = (Begins::default(), Begins::default());
    let begin = world.wall();
    for _ in 0..4 {
        world
            .scheduler
            .post(letters.job(&world).queue(MAIL))
            .expect("accepted");
        world.scheduler.post(others.job(&world)).expect("accepted");
    }
    world.advance(60 * SECOND);
    assert_eq!(letters.seconds_since(begin), [0, 0, 10, 20]);
    assert_eq!(others.seconds_since(begin), [0; 4]);
}

pub(super) fn the_jobs_of_a_queue_keep_their_order(backend: &dyn Backend) {
    let world = world(backend, mail().concurrency(1));
    let (gate, order) = (Gate::default(), Arc::new(Mutex::new(Vec::new())));
    world
        .scheduler
        .post(held(&gate).queue(MAIL))
        .expect("accepted");
    world.settle();
    for (number, priority) in [0, 5, 0, 5].into_iter().enumerate() {
        let order = order.clone();
        let job = Job::new(move |_| async move {
            order
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(number);
        });
        let policy = JobPolicy::default().queue(MAIL).priority(priority);
        world.scheduler.post(job.policy(policy)).expect("accepted");
    }
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    let order = order.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(order, [1, 3, 0, 2]);
}

pub(super) fn queues_are_listed_with_their_counts(backend: &dyn Backend) {
    let options = Options::default()
        .queue(mail().concurrency(1).limit(7).rate(10, SECOND))
        .queue(Queue::named("reports").paused("at night"))
        .max_concurrent_jobs(5);
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    world
        .scheduler
        .post(held(&gate).queue(MAIL))
        .expect("accepted");
    world
        .scheduler
        .post(held(&gate).queue(MAIL))
        .expect("accepted");
    world.scheduler.post(held(&gate)).expect("accepted");
    world
        .scheduler
        .post(held(&gate).queue("reports"))
        .expect("accepted");
    world.settle();
    let row = |info: scheduler_core::queue::QueueInfo| {
        let rate = info.rate.map(|rate| (rate.count, rate.per, rate.burst));
        let paused = info.paused.map(|pause| pause.reason.to_string());
        let limits = (info.concurrency, info.limit, rate, paused);
        (
            info.name.to_string(),
            limits,
            info.running,
            info.queued,
            info.started,
        )
    };
    let rows: Vec<_> = world.scheduler.queues().into_iter().map(row).collect();
    let rate = Some((10, SECOND, 1));
    let night = Some("at night".to_owned());
    let expected = [
        (DEFAULT.to_owned(), (Some(5), None, None, None), 1, 0, 1),
        (MAIL.to_owned(), (Some(1), Some(7), rate, None), 1, 1, 1),
        ("reports".to_owned(), (None, None, None, night), 0, 1, 0),
    ];
    assert_eq!(rows, expected);
    let one = world
        .scheduler
        .queue(MAIL)
        .info()
        .map(row)
        .expect("it exists");
    assert_eq!(one, expected[1]);
    world.time.outside(|| gate.open());
    world.settle();
    world.scheduler.queue("reports").resume().expect("resumed");
    world.advance(SECOND);
    let counts = |info: scheduler_core::queue::QueueInfo| (info.running, info.queued, info.started);
    let counts: Vec<_> = world.scheduler.queues().into_iter().map(counts).collect();
    assert_eq!(counts, [(0, 0, 1), (0, 0, 2), (0, 0, 1)]);
}

/// A job with the only permit of `mail` waits for a job of the default queue, and for one of its own.
pub(super) fn a_job_may_wait_for_a_job_of_another_queue(backend: &dyn Backend) {
    let options = Options::default().queue(mail().concurrency(1));
    let world = World::with(backend, options.max_concurrent_jobs(1)).started();
    let (first, ran) = (Gate::default(), Counter::default());
    world.scheduler.post(held(&first)).expect("accepted");
    let child = counting(&ran);
    let own = counting(&ran).queue(MAIL);
    let parent = telling(move |job| async move {
        let scheduler = job.scheduler().expect("it exists");
        let own = scheduler.try_submit(own).expect("accepted");
        assert_eq!(kind(own.wait().await), Some(ErrorKind::WouldDeadlock));
        let child = scheduler.try_submit(child).expect("accepted");
        assert_eq!(kind(child.wait().await), None);
    });
    let parent = world.call(|it| it.try_submit(parent.queue(MAIL)).expect("accepted"));
    world.settle();
    world.time.outside(|| first.open());
    assert_succeeds(&world, &parent);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(ran.get(), 2);
}

/// A job of each queue, with its only permit, waits for a queued job of the other one.
pub(super) fn waits_across_queues_that_never_end_are_refused(backend: &dyn Backend) {
    let options = Options::default().queue(mail().concurrency(1));
    let world = World::with(backend, options.max_concurrent_jobs(1)).started();
    let (gate, second) = (Gate::default(), Gate::default());
    let parent = |gate: &Gate, child: &str, refused: Option<ErrorKind>| {
        let (gate, child) = (gate.clone(), child.to_owned());
        telling(move |job| async move {
            let scheduler = job.scheduler().expect("it exists");
            gate.pass().await;
            let child = scheduler.try_submit(Job::new(|_| async {}).queue(child));
            let child = child.expect("accepted");
            assert_eq!(kind(child.wait().await), refused);
        })
    };
    let refused = Some(ErrorKind::WouldDeadlock);
    let letter = parent(&gate, DEFAULT, None).queue(MAIL);
    let other = parent(&second, MAIL, refused);
    let jobs = [letter, other].map(|job| {
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        world.settle();
        job
    });
    world.time.outside(|| gate.open());
    world.settle();
    world.time.outside(|| second.open());
    for job in &jobs {
        assert_succeeds(&world, job);
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
}

pub(super) fn runs_and_retries_stay_in_their_queue(backend: &dyn Backend) {
    let world = world(backend, mail().concurrency(1));
    let policy = JobPolicy::default()
        .queue(MAIL)
        .retry(Retry::fixed(2, 5 * SECOND));
    let gate = Gate::default();
    let fails = Task::new(|job| async move {
        assert_eq!(job.queue(), MAIL);
        Err::<(), _>("busy")
    });
    let once = Once::after(SECOND);
    let schedule = Schedule::new(once, fails.policy(policy));
    world.scheduler.add(schedule).expect("added");
    world.advance(SECOND);
    world
        .scheduler
        .post(held(&gate).queue(MAIL))
        .expect("accepted");
    world.advance(10 * SECOND);
    let info = world.scheduler.queue(MAIL).info().expect("it exists");
    assert_eq!(
        (info.running, info.queued, info.started),
        (1, 1, 2),
        "the retry waits"
    );
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(world.scheduler.metrics().failed, 1);
}
