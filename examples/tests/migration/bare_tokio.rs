//! The lines of "From bare `tokio::spawn` and `interval`".

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use scheduler::{
    ErrorKind, Job, JobOutcome, Options, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    job::{
        CancelMode, CancelReason, CancelStatus, JobError, JobPolicy, JobStatus, RateLimit, Retry,
    },
    scope::JobScope,
    testing::VirtualRuntime,
    thread::ThreadRuntime,
    trigger::Interval,
};

use crate::{
    Line,
    world::{Calls, SECOND, World, kind},
};

pub(crate) const LINES: &[Line] = &[
    ("`tokio::spawn(future)`", spawn),
    ("`handle.await??`", await_handle),
    ("`handle.abort()`", abort),
    ("`timeout(limit, future)`", timeout),
    ("a `Semaphore` around it", semaphore),
    ("`select!` with a `CancellationToken`", token),
    ("a `JoinSet`", join_set),
    ("a `TaskTracker`, `close()` and `wait()`", tracker),
    ("`loop { interval.tick().await; work().await }`", interval),
    ("a loop with `sleep` and an error count", retries),
    ("`spawn_blocking(f)`", blocking),
    ("a counter for requests in a second", rate),
    ("`tokio::time::pause()` in tests", virtual_time),
];

fn spawn() {
    let world = World::plain();
    let job = world.call(|it| it.spawn(async { Err::<(), _>("no disk") }));
    let outcome = world.run(job.wait()).expect("it ends");
    assert!(matches!(outcome, JobOutcome::Failed(_)));
    let value = world.call(|it| it.spawn_value(async { 3 }));
    assert_eq!(world.run(async { value.await }).expect("a value"), 3);
}

fn await_handle() {
    let world = World::plain();
    let panics = world.call(|it| it.spawn(async { panic!("no") }));
    let fails = world.call(|it| it.spawn(async { Err::<(), _>("no disk") }));
    let cancelled = world.call(|it| it.spawn(pending::<()>()));
    world.run(async { cancelled.cancel(CancelMode::Immediate) });
    for job in [panics, fails, cancelled] {
        world.run(job.wait()).expect("it ends");
        let failed = world.run(async { job.await });
        assert_eq!(kind(failed), Some(ErrorKind::JobFailed));
    }
}

fn abort() {
    let world = World::plain();
    let job = world.call(|it| it.spawn(pending::<()>()));
    world.time.settle();
    let effect = world.run(async { job.cancel(CancelMode::Immediate) });
    assert_eq!(effect, CancelStatus::Requested);
    world.time.settle();
    assert_eq!(
        world.run(async { job.cancel(CancelMode::Immediate) }),
        CancelStatus::TooLate
    );
}

fn timeout() {
    let world = World::plain();
    let (told, tells) = std::sync::mpsc::channel();
    let job = Job::new(|job| async move {
        job.cancelled().await;
        let _ = told.send(job.cancel_reason());
    });
    let policy = JobPolicy::default()
        .timeout(5 * SECOND)
        .timeout_grace(SECOND);
    let job = world.call(|it| it.try_submit(job.policy(policy)));
    let outcome = world.run(job.wait()).expect("it ends");
    assert!(
        matches!(outcome, JobOutcome::Failed(JobError::TimedOut { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        tells.try_recv().ok().flatten(),
        Some(CancelReason::TimedOut)
    );
    assert_eq!(world.time.elapsed(), 5 * SECOND);
}

fn semaphore() {
    let world = World::started(Options::default().max_concurrent_jobs(2));
    let calls = Calls::default();
    for _ in 0..6 {
        world.call(|it| it.post(calls.task(&world, SECOND).into()));
    }
    world.run(world.scheduler.wait_idle()).expect("started");
    assert_eq!((calls.count(), calls.peak()), (6, 2));
    assert_eq!(world.time.elapsed(), 3 * SECOND);
}

fn token() {
    let world = World::plain();
    let job = Job::new(|job| async move { job.cancelled().await });
    let job = world.call(|it| it.try_submit(job));
    let other = world.call(|it| it.spawn(pending::<()>()));
    world.time.settle();
    world
        .run(job.close(SECOND, CancelMode::Graceful(SECOND)))
        .expect("it ends");
    assert_eq!(other.status(), JobStatus::Running, "one token for each job");
}

fn join_set() {
    let world = World::plain();
    let scope = JobScope::new(world.scheduler.clone());
    let failing = world.run(async { scope.spawn(async { Err::<(), _>("no disk") }) });
    let other = world.run(async { scope.spawn(async {}) });
    assert!(failing.is_ok() && other.is_ok());
    let report = world.run(scope.drain()).expect("they end");
    assert_eq!(report.failed.len(), 1);
}

fn tracker() {
    let world = World::plain();
    let job = world.call(|it| it.try_submit(Calls::default().task(&world, 3 * SECOND).into()));
    world.time.settle();
    let how = Shutdown::drain_within(10 * SECOND);
    world.run(world.scheduler.shutdown(how)).expect("it ends");
    assert!(matches!(job.outcome(), Some(JobOutcome::Succeeded(()))));
    let refused = world.run(async { world.scheduler.spawn(async {}) });
    assert_eq!(kind(refused), Some(ErrorKind::ShutDown));
}

fn interval() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let ten = Interval::every(10 * SECOND).expect("not zero");
    let task = calls.task(&world, 3 * SECOND);
    world.call(|it| it.add(Schedule::new(ten, task)));
    world.time.advance(30 * SECOND);
    assert_eq!(
        calls.seconds_from(begin),
        [10, 20, 30],
        "a slow run delays no other"
    );
}

fn retries() {
    let world = World::started(Options::default().max_concurrent_jobs(1));
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let task = Task::new(move |_| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move { if call < 2 { Err("not yet") } else { Ok(()) } }
    });
    let task = task.retry(Retry::exponential(5, SECOND));
    let job = world.call(|it| it.try_submit(task.into()));
    world.time.settle();
    let between = world.call(|it| it.spawn_value(async { 1 }));
    world.time.settle();
    assert_eq!(
        between.status(),
        JobStatus::Finished,
        "no permit is held between attempts"
    );
    let outcome = world.run(job.wait()).expect("it ends");
    assert!(matches!(outcome, JobOutcome::Succeeded(())));
    assert_eq!(
        (calls.load(Ordering::SeqCst), world.time.elapsed()),
        (3, 3 * SECOND)
    );
}

fn blocking() {
    let world = World::plain();
    let job = world.call(|it| it.spawn_blocking(|_| Ok::<_, String>(6)));
    assert_eq!(world.run(async { job.await }).expect("a value"), 6);
    let job = Job::blocking(|job| assert!(!job.is_cancelled()));
    let job = world.call(|it| it.try_submit(job));
    assert!(world.run(job.wait()).expect("it ends").ok().is_some());
}

fn rate() {
    let world = World::plain();
    let calls = Calls::default();
    let limit = RateLimit::new("api", 10, SECOND);
    let policy = JobPolicy::default().rate_limit(limit);
    for _ in 0..30 {
        let job = Job::from(calls.task(&world, SECOND / 100));
        world.call(|it| it.post(job.policy(policy.clone())));
    }
    let other = world.call(|it| it.spawn(async {}));
    world.time.settle();
    assert_eq!(
        other.status(),
        JobStatus::Finished,
        "only jobs of the group wait"
    );
    world.run(world.scheduler.wait_idle()).expect("started");
    assert_eq!(calls.count(), 30);
    assert!(
        world.time.elapsed() >= 29 * SECOND / 10,
        "{:?}",
        world.time.elapsed()
    );
}

fn virtual_time() {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    time.advance(86_400 * SECOND);
    assert_eq!(time.elapsed(), 86_400 * SECOND);
}
