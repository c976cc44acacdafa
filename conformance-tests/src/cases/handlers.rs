//! Cases of LC: error handlers, and the calls that wait for the end.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Job, JobHandle, Options, Scheduler, SchedulerExt, Shutdown, State, failure::JobFailure,
    implement::block_on, runtime::BoxFuture,
};

use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const SECOND: Duration = Duration::from_secs(1);
const INSTANT: Duration = Duration::from_millis(1);

/// A call that waits until no job is left.
type Wait = fn(Arc<dyn Scheduler>) -> BoxFuture<'static, ()>;

const WAITS: [(&str, Wait); 5] = [
    ("shutdown", |it| {
        Box::pin(async move {
            it.shutdown(Shutdown::graceful()).await.expect("shut down");
        })
    }),
    ("stopped", |it| {
        Box::pin(async move {
            it.request_shutdown(Shutdown::graceful())
                .expect("requested");
            it.stopped().await.expect("stopped");
        })
    }),
    ("wait_idle", |it| {
        Box::pin(async move { it.wait_idle().await.expect("idle") })
    }),
    ("wait_and_close", |it| {
        Box::pin(async move {
            let closed = it.wait_and_close(60 * SECOND, Shutdown::graceful()).await;
            closed.expect("the job ends");
        })
    }),
    ("metrics", |it| {
        Box::pin(async move {
            while it.metrics().jobs() > 0 {
                it.sleep(INSTANT).await;
            }
        })
    }),
];

/// Jobs that fail: one in a task of the executor, one on a thread of its own.
const FAILING: [fn() -> Job; 2] = [
    || Job::new(|_| async { Err::<(), _>("disk on fire") }),
    || Job::blocking(|_| Err::<(), _>("disk on fire")),
];

/// Returns a scheduler whose error handler sleeps, and then counts its call in `told`.
fn with_slow_handler(backend: &dyn Backend, told: &Counter) -> World {
    let told = told.clone();
    let sleep = Arc::new(std::sync::OnceLock::<Arc<dyn Scheduler>>::new());
    let asleep = sleep.clone();
    let options = Options::default().on_error(move |_: &JobFailure| {
        let scheduler = asleep.get().expect("the scheduler is built");
        block_on(scheduler.sleep(Duration::from_millis(30)));
        told.add();
    });
    let world = World::with(backend, options);
    drop(sleep.set(world.scheduler.clone()));
    world
}

pub(super) fn the_end_comes_after_the_last_error_handler(backend: &dyn Backend) {
    for failing in FAILING {
        for (name, wait) in WAITS {
            let told = Counter::default();
            let world = with_slow_handler(backend, &told).started();
            let job = world.run(async {
                let job = world.scheduler.try_submit(failing()).expect("accepted");
                wait(world.scheduler.clone()).await;
                job
            });
            assert_over(&world, &job, &told, name);
        }
        let told = Counter::default();
        let world = with_slow_handler(backend, &told);
        let body = async { world.scheduler.try_submit(failing()).expect("accepted") };
        let scoped = world.scheduler.run_scoped(60 * SECOND, body);
        let (job, _) = world.run(scoped).expect("the drain ends");
        assert_over(&world, &job, &told, "run_scoped");
    }
}

fn assert_over(world: &World, job: &JobHandle, told: &Counter, call: &str) {
    let left = world.scheduler.metrics().jobs();
    let over = (told.get(), job.outcome().is_some(), left);
    assert_eq!(over, (1, true, 0), "{call} returned before the end");
}

/// Returns a scheduler whose error handler waits at the gate for one named job and counts the calls
/// for all others.
fn with_hanging_handler(backend: &dyn Backend, options: Options) -> (World, Gate, Counter) {
    let (gate, told) = (Gate::default(), Counter::default());
    let (closed, tells) = (gate.clone(), told.clone());
    let options = options.on_error(move |failure: &JobFailure| {
        if failure.name.as_deref() == Some("hangs") {
            block_on(closed.pass());
        } else {
            tells.add();
        }
    });
    (World::with(backend, options).started(), gate, told)
}

fn submit(world: &World, job: Job) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job).expect("accepted"))
}

fn post(world: &World, job: Job) {
    world.call(|scheduler| scheduler.post(job).expect("accepted"));
}

pub(super) fn a_hanging_handler_is_left_after_its_grace(backend: &dyn Backend) {
    for failing in FAILING {
        let options = Options::default().handler_grace(2 * SECOND);
        let (world, gate, _) = with_hanging_handler(backend, options);
        let job = submit(&world, failing().name("hangs"));
        world.run(world.scheduler.wait_idle()).expect("idle");
        assert_eq!(world.time.elapsed(), 2 * SECOND);
        let metrics = world.scheduler.metrics();
        assert_eq!((metrics.jobs(), metrics.hung_handlers), (0, 1));
        assert!(
            job.outcome().is_some(),
            "the waiters of the job do not wait for the handler"
        );
        post(&world, failing().name("hangs"));
        let report = world.shut_down(Shutdown::graceful()).expect("shut down");
        assert_eq!(world.time.elapsed(), 4 * SECOND);
        let hung: Vec<_> = report
            .hung_handlers
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(hung, ["hangs"]);
        world.time.outside(|| gate.open());
        world.settle();
    }
}

/// Many handler calls hang. Each later failure still reaches the handler, once.
pub(super) fn a_hanging_handler_delays_no_other_handler(backend: &dyn Backend) {
    let options = Options::default().handler_grace(SECOND);
    let (world, gate, told) = with_hanging_handler(backend, options);
    for _ in 0..8 {
        post(&world, FAILING[0]().name("hangs"));
    }
    world.settle();
    for _ in 0..8 {
        post(&world, FAILING[0]());
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
    world.advance(10 * SECOND);
    assert_eq!((told.get(), world.state()), (8, State::Running));
    world.time.outside(|| gate.open());
    world.shut_down(Shutdown::graceful()).expect("shut down");
}

pub(super) fn a_shutdown_waits_for_handlers_until_its_deadline(backend: &dyn Backend) {
    let options = Options::default().handler_grace(60 * SECOND);
    let (world, gate, _) = with_hanging_handler(backend, options);
    post(&world, FAILING[0]().name("hangs"));
    world.settle();
    let how = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
    let report = world
        .shut_down(how.abandon_after(SECOND))
        .expect("shut down");
    assert_eq!(
        (report.hung_handlers.len(), world.time.elapsed()),
        (1, 3 * SECOND)
    );
    world.time.outside(|| gate.open());
    world.settle();
}
