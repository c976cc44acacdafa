//! Cases of LC and AJ: waiting calls inside a job or an error handler, which could wait for their own
//! caller.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use scheduler_core::{
    Blocking, Error, ErrorKind, Job, JobHandle, Options, Result, Runtime, Scheduler, Shutdown,
    State,
    failure::JobFailure,
    job::{JobPolicy, RateLimit},
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
    scope::JobScope,
};
use scheduler_testing::VirtualRuntime;

use super::{
    bodies::{assert_succeeds, counting, held, telling},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::{kind, quiet},
};

const SECOND: Duration = Duration::from_secs(1);
const REFUSED: Option<ErrorKind> = Some(ErrorKind::WouldDeadlock);

/// Virtual time whose `spawn_blocking` runs the work at once, on the calling thread.
struct Inline(VirtualRuntime);

impl Runtime for Inline {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        work();
        Ok(())
    }

    fn now(&self) -> Now {
        self.0.now()
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.0.parallelism()
    }
}

/// A job of one scheduler makes a second scheduler call its error handler, on the same thread.
pub(super) fn a_handler_inside_a_job_of_another_scheduler_cannot_wait_for_that_one(
    backend: &dyn Backend,
) {
    let world = World::new(backend).started();
    let (outer, (told, tells)) = (world.scheduler.clone(), mpsc::channel());
    let options = Options::default().on_error(move |_: &JobFailure| {
        let answers = [
            poll_once(outer.wait_idle()).and_then(kind),
            poll_once(outer.stopped()).and_then(kind),
            poll_once(outer.shutdown(Shutdown::immediate())).and_then(kind),
            kind(Blocking::new(outer.clone()).wait_idle()),
        ];
        let _ = told.send((answers, outer.state()));
    });
    let other = backend.scheduler(Arc::new(Inline(world.time.clone())), options);
    let other = other.expect("the options are valid");
    world.run(other.start()).expect("started");
    let calls = other.clone();
    let job = telling(move |_| async move {
        calls
            .post(Job::blocking(|_| Err::<(), _>("a failure")))
            .map(drop)
    });
    let job = world.call(|it| it.try_submit(job).expect("accepted"));
    assert_succeeds(&world, &job);
    assert_eq!(tells.try_recv(), Ok(([REFUSED; 4], State::Running)));
    world
        .run(other.shutdown(Shutdown::graceful()))
        .expect("shut down");
}

fn limited(backend: &dyn Backend, jobs: usize) -> World {
    let options = Options::default().max_concurrent_jobs(jobs).queue_limit(1);
    World::with(backend, quiet(options)).started()
}

/// Builds a job that submits two other jobs to its scheduler.
type Submits = fn(Arc<dyn Scheduler>, [Job; 2]) -> Job;

fn plainly(scheduler: Arc<dyn Scheduler>, [one, two]: [Job; 2]) -> Job {
    telling(move |_| async move {
        let _submitted = scheduler.submit(one).await?;
        let refused = scheduler.submit(two).await.map(drop);
        assert_eq!(kind(refused.clone()), REFUSED);
        let text = refused.map_err(|error| error.to_string());
        assert!(text.is_err_and(|text| text.contains("try_submit")));
        Ok::<_, Error>(())
    })
}

fn in_a_scope(scheduler: Arc<dyn Scheduler>, [one, two]: [Job; 2]) -> Job {
    telling(move |_| async move {
        let scope = JobScope::new(scheduler);
        let _submitted = scope.submit(one).await?;
        assert_eq!(kind(scope.submit(two).await), REFUSED);
        let drained = kind(scope.drain().await);
        assert_eq!(
            drained, REFUSED,
            "the drain waits for a job that needs the caller's permit"
        );
        Ok::<_, Error>(())
    })
}

fn blocking(scheduler: Arc<dyn Scheduler>, [one, two]: [Job; 2]) -> Job {
    Job::blocking(move |_| {
        let scheduler = Blocking::new(scheduler);
        let _submitted = scheduler.submit(one)?;
        assert_eq!(kind(scheduler.submit(two)), REFUSED);
        Ok::<_, Error>(())
    })
}

pub(super) fn a_submit_that_only_its_caller_could_unblock_is_refused(backend: &dyn Backend) {
    // A scope cancels the jobs that were submitted in it when it ends.
    let ways: [(Submits, usize); 3] = [(plainly, 1), (in_a_scope, 0), (blocking, 1)];
    for (way, runs) in ways {
        let (world, ran) = (limited(backend, 1), Counter::default());
        let job = way(world.scheduler.clone(), [counting(&ran), counting(&ran)]);
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        assert_succeeds(&world, &job);
        world.run(world.scheduler.wait_idle()).expect("idle");
        assert_eq!(ran.get(), runs, "refused jobs do not run");
    }
}

/// Returns a job that submits two others once the gate is open, and records the result of each call.
fn submits_twice(
    world: &World,
    gate: &Gate,
    ran: &Counter,
) -> (Job, mpsc::Receiver<Option<ErrorKind>>) {
    let (jobs, (told, tells)) = ([counting(ran), counting(ran)], mpsc::channel());
    let (opened, scheduler) = (gate.clone(), world.scheduler.clone());
    let job = Job::new(move |_| async move {
        opened.pass().await;
        for job in jobs {
            let _ = told.send(kind(scheduler.submit(job).await));
        }
    });
    (job, tells)
}

pub(super) fn a_submit_that_others_can_unblock_waits(backend: &dyn Backend) {
    let (gate, ran) = (Gate::default(), Counter::default());
    let world = limited(backend, 2);
    let other = world.call(|it| it.try_submit(held(&gate)).expect("accepted"));
    let begin = Gate::default();
    let (job, tells) = submits_twice(&world, &begin, &ran);
    let job = world.call(|it| it.try_submit(job).expect("accepted"));
    world.time.outside(|| begin.open());
    world.settle();
    assert_eq!(
        tells.try_iter().collect::<Vec<_>>(),
        [None],
        "the second submit waits"
    );
    world.time.outside(|| gate.open());
    for job in [&other, &job] {
        assert_succeeds(&world, job);
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((tells.try_recv(), ran.get()), (Ok(None), 2));
}

/// The job that holds the only slot has a start timeout, which frees the slot.
pub(super) fn a_submit_that_time_unblocks_waits(backend: &dyn Backend) {
    let (ran, gives_up) = (Counter::default(), Counter::default());
    let world = limited(backend, 1);
    let policy = JobPolicy::default().start_within(SECOND);
    let (brief, last) = (counting(&gives_up).policy(policy), counting(&ran));
    let scheduler = world.scheduler.clone();
    let job = telling(move |_| async move {
        scheduler.post(brief)?;
        scheduler.submit(last).await.map(drop)
    });
    let job = world.call(|it| it.try_submit(job).expect("accepted"));
    assert_succeeds(&world, &job);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((ran.get(), gives_up.get()), (1, 0));
    assert_eq!(world.time.elapsed(), SECOND);
}

/// The job that holds the only slot waits for a token of its rate group, and has a start timeout.
pub(super) fn a_submit_that_time_unblocks_waits_for_a_throttled_job(backend: &dyn Backend) {
    let (ran, begins) = (Counter::default(), Counter::default());
    let world = limited(backend, 1);
    let hourly = RateLimit::new("api", 1, 3_600 * SECOND);
    let hourly = JobPolicy::default().rate_limit(hourly).start_within(SECOND);
    for _ in 0..2 {
        let limited = counting(&begins).policy(hourly.clone());
        world.call(|it| it.post(limited).expect("accepted"));
        world.settle();
    }
    assert_eq!(begins.get(), 1, "the other one waits for a token");
    let (scheduler, last) = (world.scheduler.clone(), counting(&ran));
    let job = telling(move |_| async move { scheduler.submit(last).await.map(drop) });
    let job = world.call(|it| it.try_submit(job).expect("a permit is free"));
    assert_succeeds(&world, &job);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((ran.get(), begins.get()), (1, 1));
    assert_eq!(world.time.elapsed(), SECOND);
}

/// Two jobs would wait for each other's permit. One has both its submits refused. The other continues
/// when that job has ended.
pub(super) fn one_of_two_submits_that_wait_for_each_other_is_refused(backend: &dyn Backend) {
    let ran = Counter::default();
    let world = limited(backend, 2);
    let gate = Gate::default();
    let pairs = [(); 2].map(|()| submits_twice(&world, &gate, &ran));
    let (jobs, tells): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let submit = |job| world.call(|it| it.try_submit(job).expect("accepted"));
    let jobs: Vec<JobHandle> = jobs.into_iter().map(submit).collect();
    world.settle();
    world.time.outside(|| gate.open());
    for job in &jobs {
        assert_succeeds(&world, job);
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
    let mut answers: Vec<_> = tells.iter().flat_map(mpsc::Receiver::try_iter).collect();
    let count = answers.len();
    answers.retain(|answer| *answer == REFUSED);
    assert_eq!((count, answers.len(), ran.get()), (4, 2, 2));
}
