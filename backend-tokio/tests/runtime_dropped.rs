//! The runtime ends while its scheduler runs: every waiter gets a result, whatever is dropped first
//! (`RT-011`).

use std::{sync::mpsc, thread, time::Duration};

use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{
    Blocking, ErrorKind, EventFilter, Job, JobHandle, Options, Scheduler, SchedulerExt, Shutdown,
    State, event::StateCause, implement::block_on, job::OutcomeKind, trigger::Interval,
};
use tokio::runtime::{Builder, Runtime};

const PATIENCE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3600);

/// A running scheduler with its runtime, and one waiting thread for each kind of wait.
struct Scene {
    scheduler: Blocking<TokioScheduler>,
    runtime: Runtime,
    jobs: Vec<JobHandle>,
    /// Each waiter sends the name of its wait when it ends.
    answers: mpsc::Receiver<&'static str>,
}

fn runtimes() -> [Runtime; 2] {
    let build = |mut builder: Builder| builder.enable_all().build().expect("a tokio runtime");
    let single = build(Builder::new_current_thread());
    [single, build(Builder::new_multi_thread())]
}

impl Scene {
    fn new(runtime: Runtime) -> Self {
        let options = Options::default().max_concurrent_jobs(3).queue_limit(1);
        let handle = TokioRuntime::new(runtime.handle().clone());
        let scheduler = TokioScheduler::with_options(handle, options).expect("valid options");
        runtime.block_on(scheduler.start()).expect("it starts");
        let every = Interval::every(HOUR).expect("not zero");
        scheduler.schedule_fn(every, |_| async {}).expect("added");
        let bodies = [
            Job::new(|_| std::future::pending::<()>()),
            Job::new(|job| async move { job.sleep(HOUR).await }),
            Job::blocking(|job| block_on(job.cancelled())),
            Job::new(|_| async {}).name("waits in the queue"),
        ];
        let submit = |job| scheduler.try_submit(job).expect("accepted");
        let jobs: Vec<_> = bodies.into_iter().map(submit).collect();
        // After this yield, both kinds of runtime have begun the jobs.
        runtime.block_on(async { tokio::task::yield_now().await });
        let answers = wait_for_everything(&scheduler, &jobs);
        let scheduler = Blocking::new(scheduler);
        Self {
            scheduler,
            runtime,
            jobs,
            answers,
        }
    }
}

/// Starts one thread for each kind of wait.
fn wait_for_everything(
    scheduler: &TokioScheduler,
    jobs: &[JobHandle],
) -> mpsc::Receiver<&'static str> {
    let (answer, answers) = mpsc::channel();
    let wait = |what: &'static str, wait: Box<dyn FnOnce() + Send>| {
        let answer = answer.clone();
        thread::spawn(move || {
            wait();
            answer.send(what).unwrap_or_default();
        });
    };
    for job in jobs {
        let job = job.clone();
        wait("job", Box::new(move || drop(job.wait_blocking())));
    }
    let mut events = scheduler.subscribe(EventFilter::all());
    let all_events = async move { while events.next().await.is_some() {} };
    wait("events", Box::new(|| block_on(all_events)));
    let it = scheduler.clone();
    wait(
        "room",
        Box::new(move || drop(block_on(it.submit(Job::new(|_| async {}))))),
    );
    let it = scheduler.clone();
    wait("idle", Box::new(move || drop(block_on(it.wait_idle()))));
    let it = scheduler.clone();
    wait("stopped", Box::new(move || drop(block_on(it.stopped()))));
    answers
}

fn all_answer(answers: &mpsc::Receiver<&'static str>) {
    let mut seen: Vec<_> = (0..8)
        .map(|_| {
            answers
                .recv_timeout(PATIENCE)
                .expect("everybody gets an answer")
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            "events", "idle", "job", "job", "job", "job", "room", "stopped"
        ]
    );
}

/// Checks that all waiters have ended, and then the state that the scheduler reports.
fn is_over(scene: &Blocking<TokioScheduler>, jobs: &[JobHandle]) {
    let report = scene.stopped().expect("it ends");
    assert_eq!(
        (scene.state(), report.cause),
        (State::ShutDown, StateCause::RuntimeGone)
    );
    for job in jobs {
        let outcome = job.wait_blocking().expect("no deadlock").kind();
        assert!(
            matches!(
                outcome,
                OutcomeKind::Lost | OutcomeKind::Cancelled | OutcomeKind::Succeeded
            ),
            "{outcome:?}"
        );
    }
    let after = [
        scene.start().expect_err("the scheduler has ended").kind(),
        scene
            .submit(Job::new(|_| async {}))
            .expect_err("the scheduler has ended")
            .kind(),
        scene
            .shutdown(Shutdown::immediate())
            .expect_err("the scheduler has ended")
            .kind(),
    ];
    assert_eq!(after, [ErrorKind::ShutDown; 3]);
    assert!(scene.jobs().is_empty() && scene.schedules().is_empty());
}

/// Runs the check on both kinds of runtime; `end` ends the runtime.
fn check(end: impl Fn(Runtime)) {
    for runtime in runtimes() {
        let Scene {
            scheduler,
            runtime,
            jobs,
            answers,
        } = Scene::new(runtime);
        end(runtime);
        all_answer(&answers);
        is_over(&scheduler, &jobs);
    }
}

#[test]
fn the_runtime_first_and_then_the_rest() {
    check(drop);
}

#[test]
fn the_runtime_in_the_background() {
    check(Runtime::shutdown_background);
}

#[test]
fn the_runtime_with_a_limit() {
    check(|runtime| runtime.shutdown_timeout(Duration::from_millis(50)));
}

#[test]
fn the_runtime_by_one_of_its_own_jobs() {
    // A current-thread runtime belongs to the thread that drives it.
    let [_, runtime] = runtimes();
    let handle = TokioRuntime::new(runtime.handle().clone());
    let scheduler = Blocking::new(TokioScheduler::new(handle));
    scheduler.start().expect("it starts");
    let waiting = scheduler.spawn(std::future::pending::<()>());
    let ending = scheduler.spawn(async move { runtime.shutdown_background() });
    let jobs = [waiting.expect("accepted"), ending.expect("accepted")];
    is_over(&scheduler, &jobs);
}

#[test]
fn the_scheduler_first_and_then_the_runtime() {
    for runtime in runtimes() {
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        runtime.block_on(scheduler.start()).expect("it starts");
        let job = scheduler
            .spawn(std::future::pending::<()>())
            .expect("accepted");
        let mut events = scheduler.subscribe(EventFilter::all());
        let (done, over) = mpsc::channel();
        let waiting = job.clone();
        thread::spawn(move || {
            drop(waiting.wait_blocking());
            while block_on(events.next()).is_some() {}
            done.send(())
        });
        drop(scheduler);
        drop(runtime);
        over.recv_timeout(PATIENCE).expect("an answer");
        assert_ne!(
            job.wait_blocking().expect("an answer").kind(),
            OutcomeKind::Succeeded
        );
    }
}

#[test]
fn the_job_handles_first_and_then_the_runtime() {
    for runtime in runtimes() {
        let Scene {
            scheduler,
            runtime,
            jobs,
            answers,
        } = Scene::new(runtime);
        drop(jobs);
        drop(runtime);
        all_answer(&answers);
        is_over(&scheduler, &[]);
    }
}

#[test]
fn in_the_middle_of_a_shutdown() {
    for runtime in runtimes() {
        let Scene {
            scheduler,
            runtime,
            jobs,
            answers,
        } = Scene::new(runtime);
        scheduler
            .request_shutdown(Shutdown::graceful())
            .expect("it begins to end");
        let ending = scheduler.clone().into_inner();
        let waiting = thread::spawn(move || block_on(ending.shutdown(Shutdown::graceful())));
        drop(runtime);
        all_answer(&answers);
        drop(waiting.join().expect("no panic"));
        assert_eq!(scheduler.state(), State::ShutDown);
        for job in jobs {
            job.wait_blocking().expect("an answer");
        }
    }
}

#[test]
fn in_the_middle_of_a_start() {
    // The runtime is not driven, so it never polls the driver task.
    let [runtime, _] = runtimes();
    let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
    let starting = scheduler.clone();
    let start = thread::spawn(move || block_on(starting.start()));
    while scheduler.state() == State::New {
        thread::yield_now();
    }
    drop(runtime);
    let answer = start
        .join()
        .expect("no panic")
        .map_err(|error| error.kind());
    assert_eq!(answer, Err(ErrorKind::NoRuntime));
    assert_eq!(scheduler.state(), State::New);
}

#[test]
fn a_blocking_job_that_sleeps_does_not_keep_the_runtime() {
    for runtime in runtimes() {
        let scheduler = TokioScheduler::new(TokioRuntime::new(runtime.handle().clone()));
        runtime.block_on(scheduler.start()).expect("it starts");
        let (begun, has_begun) = mpsc::channel();
        let job = scheduler.spawn_blocking(move |job| {
            begun.send(()).unwrap_or_default();
            block_on(job.sleep(HOUR));
        });
        has_begun.recv_timeout(PATIENCE).expect("it runs");
        let (done, over) = mpsc::channel();
        thread::spawn(move || {
            drop(runtime);
            done.send(())
        });
        over.recv_timeout(PATIENCE).expect("the runtime goes");
        job.expect("accepted").wait_blocking().expect("an answer");
    }
}
