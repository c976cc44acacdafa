//! The lines of "From aiojobs".

use std::{future::pending, sync::mpsc};

use scheduler::{
    Error, ErrorKind, Job, JobOutcome, Options, Scheduler, SchedulerExt, Shutdown, State,
    failure::JobFailure,
    job::{CancelMode, CancelReason, JobError, JobStatus, ValuedJob},
    scope::JobScope,
};

use crate::{
    Line,
    world::{Calls, SECOND, World, kind},
};

pub(crate) const LINES: &[Line] = &[
    ("`Scheduler(limit=100, pending_limit=10000)`", limits),
    ("the first `spawn` starts it", start),
    ("`await scheduler.spawn(coro)`", spawning_at_the_limit),
    ("a coroutine that returns a value", values),
    ("`spawn(coro, name=\"x\")`", names),
    ("`await job.wait()`", waits),
    ("`await job.wait(timeout=5)`, which cancels", timed_waits),
    ("`await job.close(timeout=5)`", closes),
    ("`job.active`, `pending`, `closed`", statuses),
    ("`len(s)`, `for job in s`, `job in s`", listed),
    ("`active_count`, `pending_count`, `closed`", counts),
    ("`await scheduler.shield(coro)`", shields),
    ("`exception_handler=f`", handler),
    ("`await scheduler.close()`", close),
    ("`await scheduler.wait_and_close(60)`", wait_and_close),
    ("`async with Scheduler() as s:`", scopes),
    ("`close_timeout`", close_timeout),
    ("cancelling raises inside the coroutine", cancelling),
];

fn limit_of_one() -> Options {
    Options::default().max_concurrent_jobs(1).queue_limit(1)
}

fn limits() {
    let options = Options::default()
        .max_concurrent_jobs(100)
        .queue_limit(10_000);
    let settings = options.settings();
    assert_eq!(settings.max_concurrent_jobs, Some(100));
    assert_eq!(settings.queue_limit, Some(10_000));
    let unset = Options::default().settings();
    assert_eq!((unset.max_concurrent_jobs, unset.queue_limit), (None, None));
}

fn start() {
    let world = World::new(Options::default());
    let job = world.call(|it| it.spawn_value(async { 5 }));
    world.time.settle();
    assert_eq!(job.status(), JobStatus::Queued);
    world.run(world.scheduler.start()).expect("it starts");
    assert_eq!(world.run(async { job.await }).expect("a value"), 5);
}

fn spawning_at_the_limit() {
    let world = World::started(limit_of_one());
    let first = world.call(|it| it.spawn(pending::<()>()));
    let _second = world.call(|it| it.spawn(pending::<()>()));
    let full = world.run(async {
        let it = &world.scheduler;
        [
            it.try_submit(Job::future(async {})).map(drop),
            it.spawn(async {}).map(drop),
            it.post(Job::future(async {})).map(drop),
        ]
    });
    for refused in full {
        assert_eq!(kind(refused), Some(ErrorKind::QueueFull));
    }
    let third = world.run(async {
        let third = ValuedJob::future(async { Ok::<_, String>(3) });
        let third = world.scheduler.submit_valued(third);
        first.cancel(CancelMode::Immediate);
        third.await
    });
    assert_eq!(third.expect("a slot is free").status(), JobStatus::Queued);
}

fn values() {
    let world = World::plain();
    world
        .run(async {
            let it = &world.scheduler;
            assert_eq!(it.spawn(async { "7".parse::<u8>() })?.await?, 7);
            let failed = it.spawn(async { "x".parse::<u8>() })?.await;
            assert_eq!(kind(failed), Some(ErrorKind::JobFailed));
            assert_eq!(it.spawn_value(async { 3 })?.await?, 3);
            Ok::<(), Error>(())
        })
        .expect("accepted");
}

fn names() {
    let world = World::plain();
    let job = world.call(|it| it.spawn_with(|job| job.name("x"), async {}));
    assert_eq!(job.name().as_deref(), Some("x"));
    let job = world.call(|it| it.try_submit(Job::new(|_| async {}).name("x")));
    assert_eq!(job.name().as_deref(), Some("x"));
}

fn waits() {
    let world = World::plain();
    let job = world.call(|it| it.spawn_value(async { 2 }));
    for _ in 0..2 {
        assert_eq!(world.run(job.wait()).expect("ended").ok(), Some(2));
    }
    assert_eq!(world.run(async { job.await }).expect("a value"), 2);
    let job = world.call(|it| it.spawn_value(async { 2 }));
    let elsewhere = world
        .time
        .outside(|| std::thread::spawn(move || job.wait_blocking()));
    world.run(world.scheduler.wait_idle()).expect("started");
    let outcome = elsewhere.join().expect("no panic").expect("ended");
    assert_eq!(outcome.ok(), Some(2));
}

fn timed_waits() {
    let world = World::plain();
    let job = world.call(|it| it.spawn(pending::<()>()));
    let limit = world.run(job.wait_timeout(5 * SECOND));
    assert_eq!(kind(limit), Some(ErrorKind::Timeout));
    assert_eq!(job.status(), JobStatus::Running);
    let limit = world.run(job.wait_or_cancel(5 * SECOND, CancelMode::Immediate));
    assert_eq!(kind(limit), Some(ErrorKind::Timeout));
    world.time.settle();
    assert_eq!(job.status(), JobStatus::Finished);
}

fn closes() {
    let world = World::plain();
    let job = world.call(|it| it.spawn(pending::<()>()));
    let outcome = world.run(job.close(5 * SECOND, CancelMode::Graceful(SECOND)));
    let outcome = outcome.expect("it ends");
    assert!(matches!(
        outcome,
        JobOutcome::Cancelled(CancelReason::Requested)
    ));
    let job = world.call(|it| it.spawn(pending::<()>()));
    world.run(async { job.cancel(CancelMode::Graceful(5 * SECOND)) });
    assert_eq!(job.status(), JobStatus::Cancelling);
}

fn statuses() {
    let world = World::started(limit_of_one());
    let first = world.call(|it| it.spawn(pending::<()>()));
    let second = world.call(|it| it.spawn(async {}));
    world.time.settle();
    assert_eq!(
        (first.status(), second.status()),
        (JobStatus::Running, JobStatus::Queued)
    );
    world.run(async { first.cancel(CancelMode::Graceful(SECOND)) });
    assert_eq!(first.status(), JobStatus::Cancelling);
    world.run(second.wait()).expect("it ends");
    assert_eq!(
        (first.status(), second.status()),
        (JobStatus::Finished, JobStatus::Finished)
    );
}

fn listed() {
    let world = World::started(limit_of_one());
    let job = world.call(|it| it.spawn(pending::<()>()));
    let it = &world.scheduler;
    assert_eq!((it.metrics().jobs(), it.jobs().len()), (1, 1));
    assert!(it.job(job.id()).is_some() && it.handle(job.id()).is_some());
    let closed = world.run(job.close(SECOND, CancelMode::Immediate));
    closed.expect("it ends");
    assert_eq!((it.metrics().jobs(), it.jobs().len()), (0, 0));
    assert!(it.job(job.id()).is_none() && it.handle(job.id()).is_none());
}

fn counts() {
    let world = World::started(limit_of_one());
    let _jobs = [0; 2].map(|_| world.call(|it| it.spawn(pending::<()>())));
    let metrics = world.scheduler.metrics();
    assert_eq!((metrics.running, metrics.queued), (1, 1));
    assert_eq!(world.scheduler.state(), State::Running);
    world
        .run(world.scheduler.shutdown(Shutdown::immediate()))
        .expect("it ends");
    let metrics = world.scheduler.metrics();
    assert_eq!((metrics.running, metrics.queued), (0, 0));
    assert_eq!(world.scheduler.state(), State::ShutDown);
}

fn shields() {
    let world = World::started(limit_of_one());
    let _first = world.call(|it| it.spawn(pending::<()>()));
    let shielded = world.call(|it| it.spawn_unlimited(async { Ok::<_, String>(4) }));
    assert_eq!(world.run(async { shielded.await }).expect("a value"), 4);
    let world = World::plain();
    let calls = Calls::default();
    let slow = calls.task(&world, SECOND);
    let unwatched = world.call(|it| it.try_submit(slow.into()));
    drop(world.run(async { unwatched.wait_timeout(SECOND / 10).await }));
    drop(unwatched);
    world.run(world.scheduler.wait_idle()).expect("started");
    let metrics = world.scheduler.metrics();
    assert_eq!(
        (calls.count(), metrics.succeeded),
        (1, 1),
        "a job outlives its waiters"
    );
}

fn handler() {
    let (told, tells) = mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let told = told.lock().expect("no panic");
        told.send(failure.error.to_string())
            .expect("the test waits");
    });
    let world = World::started(options);
    let job = world.call(|it| it.spawn(async { Err::<(), _>("no disk") }));
    let failed = world.run(job.wait()).expect("it ends");
    assert!(matches!(failed, JobOutcome::Failed(JobError::Failed(_))));
    assert_eq!(tells.try_recv().as_deref(), Ok("no disk"));
    world.call(|it| it.post(Job::future(async { Err::<(), _>("no net") })));
    world.run(world.scheduler.wait_idle()).expect("started");
    assert_eq!(tells.try_recv().as_deref(), Ok("no net"));
}

fn close() {
    let world = World::started(limit_of_one());
    let jobs = [0; 2].map(|_| world.call(|it| it.spawn(pending::<()>())));
    world.time.settle();
    let report = world.run(world.scheduler.shutdown(Shutdown::immediate()));
    assert_eq!(report.expect("it ends").cancelled.len(), 1);
    for job in jobs {
        let outcome = job.outcome().expect("each has ended");
        assert!(matches!(
            outcome,
            JobOutcome::Cancelled(CancelReason::Shutdown)
        ));
    }
}

fn wait_and_close() {
    let world = World::plain();
    let calls = Calls::default();
    world.call(|it| it.post(calls.task(&world, 30 * SECOND).into()));
    let failing = Job::new(|job| async move {
        job.sleep(SECOND).await;
        Err::<(), _>("no disk")
    });
    world.call(|it| it.post(failing));
    let how = Shutdown::immediate();
    let report = world.run(world.scheduler.wait_and_close(60 * SECOND, how));
    assert_eq!(report.expect("it ends").failed.len(), 1);
    assert_eq!(world.time.elapsed().as_secs(), 30);
    let world = World::plain();
    let job = world.call(|it| it.spawn(pending::<()>()));
    world
        .run(world.scheduler.wait_and_close(60 * SECOND, how))
        .expect("it ends");
    assert_eq!(world.time.elapsed().as_secs(), 60);
    assert!(matches!(job.outcome(), Some(JobOutcome::Cancelled(_))));
}

fn scopes() {
    let world = World::new(Options::default());
    let (value, report) = world
        .run(world.scheduler.run_scoped(SECOND, async {
            world.scheduler.spawn_value(async { 9 })?.await
        }))
        .expect("it starts and ends");
    assert_eq!((value.expect("a value"), report.failed.len()), (9, 0));
    let world = World::plain();
    let scope = JobScope::new(world.scheduler.clone());
    let job = world
        .run(async { scope.spawn(pending::<()>()) })
        .expect("accepted");
    world.run(async { drop(scope) });
    world.run(job.wait()).expect("it ends");
    assert_eq!(world.scheduler.state(), State::Running);
}

fn close_timeout() {
    let world = World::plain();
    let jobs = [0; 3].map(|_| {
        world.call(|it| {
            it.try_submit(Job::new(|job| async move {
                job.cancelled().await;
                pending::<()>().await;
            }))
        })
    });
    world.time.settle();
    let how = Shutdown::immediate().cancel_grace(3 * SECOND);
    world.run(world.scheduler.shutdown(how)).expect("it ends");
    assert_eq!(world.time.elapsed(), 3 * SECOND);
    assert!(jobs.iter().all(|job| job.status() == JobStatus::Finished));
}

fn cancelling() {
    let world = World::plain();
    let (told, tells) = mpsc::channel();
    let job = world.call(|it| {
        it.try_submit(Job::new(|job| async move {
            job.cancelled().await;
            let _ = told.send(job.cancel_reason());
            pending::<()>().await;
        }))
    });
    world.time.settle();
    let mode = CancelMode::Graceful(2 * SECOND);
    let outcome = world.run(job.close(5 * SECOND, mode)).expect("it ends");
    assert!(matches!(
        outcome,
        JobOutcome::Cancelled(CancelReason::Requested)
    ));
    assert_eq!(tells.try_recv(), Ok(Some(CancelReason::Requested)));
    assert_eq!(world.time.elapsed(), 2 * SECOND);
}
