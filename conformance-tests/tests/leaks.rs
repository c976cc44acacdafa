//! A thousand schedulers leave nothing behind on any backend, however they end: no thread, no open
//! file, no memory, no captured value.
//!
//! This file has a single test, because it measures the whole process.

mod backends;

use std::{
    alloc::System,
    fs,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use backends::within;
use cap::Cap;
use chrono::{TimeDelta, Utc};
use conformance_tests::Backend;
use scheduler_core::{
    Event, EventFilter, Job, Options, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    backfill::Backfill,
    implement::block_on,
    job::OutcomeKind,
    runtime::{BoxFuture, SpawnError},
    scope::JobScope,
    trigger::Interval,
};

/// The system's allocator, with a count of the live bytes.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// The number of schedulers after which all pools have reached their size.
const WARM_UP: usize = 200;
const LIVES: usize = 1_000;

/// How long threads may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pools grow and shrink by a few threads. A leak would be one thread per scheduler.
const SOME: usize = 20;

/// Number of bytes by which the memory of pools may vary. A leak of one word per scheduler is more.
const SLACK: usize = 7 * LIVES;

#[derive(Debug, Clone, Copy)]
struct Use {
    threads: usize,
    files: usize,
}

impl Use {
    const fn is_no_more_than(self, before: Self) -> bool {
        self.threads <= before.threads + SOME && self.files <= before.files + 2
    }
}

/// Returns the threads and files of the process. `None` if the system does not report them.
fn in_use() -> Option<Use> {
    let count = |path: &str| Some(fs::read_dir(path).ok()?.count());
    Some(Use {
        threads: count("/proc/self/task")?,
        files: count("/proc/self/fd")?,
    })
}

/// A value that must be dropped with the last value that captured it.
type Probe = Arc<()>;

/// Builds a scheduler with a listener, and does not start it.
fn unstarted(
    backend: &dyn Backend,
    runtime: Arc<dyn Runtime>,
    probe: &Probe,
) -> Arc<dyn Scheduler> {
    let options = Options::default().max_concurrent_jobs(4).queue_limit(100);
    let scheduler = backend.scheduler(runtime, options);
    let scheduler = scheduler.expect("the options are valid");
    let held = probe.clone();
    let listener = Arc::new(move |_: &Event| assert_eq!(held.as_ref(), &()));
    scheduler.add_listener(EventFilter::all(), listener);
    scheduler
}

fn started(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, probe: &Probe) -> Arc<dyn Scheduler> {
    let scheduler = unstarted(backend, runtime.clone(), probe);
    block_on(scheduler.start()).expect("started");
    scheduler
}

fn endless(probe: &Probe) -> Job {
    let held = probe.clone();
    Job::new(move |_| async move {
        std::future::pending::<()>().await;
        drop(held);
    })
}

fn late(probe: &Probe) -> Job {
    let held = probe.clone();
    Job::new(move |_| async move { drop(held) }).after(Duration::from_secs(3_600))
}

/// Runs jobs of every kind that end in every way, and shuts down with unfinished jobs.
fn shut_down(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, probe: &Probe) {
    let scheduler = started(backend, runtime, probe);
    let (one, two, three) = (probe.clone(), probe.clone(), probe.clone());
    let jobs = [
        Job::future(async move { drop(one) }),
        Job::blocking(move |_| drop(two)),
        Job::new(move |_| async move {
            drop(three);
            Err::<(), _>("a failure")
        }),
    ];
    for job in jobs {
        let job = scheduler.try_submit(job).expect("accepted");
        let outcome = block_on(job.wait()).expect("ended").kind();
        assert!([OutcomeKind::Succeeded, OutcomeKind::Failed].contains(&outcome));
    }
    let endless = scheduler.try_submit(endless(probe)).expect("accepted");
    scheduler.post(late(probe)).expect("accepted");
    block_on(scheduler.shutdown(Shutdown::immediate())).expect("shut down");
    block_on(endless.wait()).expect("ended");
}

/// Uses a schedule, a backfill, a scope, an unread event stream, and a dropped call.
fn shut_down_with_all_there_is(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, probe: &Probe) {
    let scheduler = started(backend, runtime, probe);
    let events = scheduler.subscribe(EventFilter::all());
    let held = probe.clone();
    let task = Task::new(move |_| {
        let held = held.clone();
        async move { drop(held) }
    });
    let hourly = Interval::every(Duration::from_secs(3_600)).expect("not zero");
    let since = Utc::now() - TimeDelta::hours(5);
    let schedule = Schedule::new(hourly.starting_at(since), task);
    let schedule = scheduler.add(schedule.id("it")).expect("added");
    let last_hours = Backfill::new(since..=Utc::now());
    let backfill = schedule.backfill(last_hours).expect("begun");
    assert!(block_on(backfill.wait()).expect("ended").is_success());
    let scope = JobScope::new(scheduler.clone());
    scope.post(endless(probe)).expect("accepted");
    let held = probe.clone();
    drop(scope.spawn(async move { drop(held) }).expect("accepted"));
    drop(scope);
    let idle = scheduler.wait_idle();
    drop(idle);
    block_on(scheduler.shutdown(Shutdown::immediate())).expect("shut down");
    drop((events, backfill, schedule));
}

/// Drops the running scheduler with active, delayed and queued jobs.
fn dropped(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, probe: &Probe) {
    let scheduler = started(backend, runtime, probe);
    let events = scheduler.subscribe(EventFilter::all());
    let running = scheduler.try_submit(endless(probe)).expect("accepted");
    for _ in 0..5 {
        scheduler.post(endless(probe)).expect("accepted");
    }
    scheduler.post(late(probe)).expect("accepted");
    drop(scheduler);
    block_on(running.wait()).expect("ended");
    drop(events);
}

/// A runtime that refuses every task.
struct Refusing(Arc<dyn Runtime>);

impl Runtime for Refusing {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn spawn(&self, _: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        Err(SpawnError::no_runtime("the test says so"))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }
}

/// Fails to start the scheduler twice.
fn unable_to_start(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, probe: &Probe) {
    let refusing = Arc::new(Refusing(runtime.clone()));
    let scheduler = unstarted(backend, refusing, probe);
    let queued = scheduler.try_submit(endless(probe)).expect("accepted");
    for _ in 0..2 {
        assert!(block_on(scheduler.start()).is_err());
    }
    drop(scheduler);
    block_on(queued.wait()).expect("ended");
}

type Life = fn(&dyn Backend, &Arc<dyn Runtime>, &Probe);

/// The other ways to run a scheduler, used in turn.
const OTHERS: [Life; 3] = [shut_down_with_all_there_is, dropped, unable_to_start];

/// Runs a scheduler in the ordinary way, and one in another way.
fn live(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, number: usize) -> Weak<()> {
    let probe = Probe::default();
    shut_down(backend, runtime, &probe);
    OTHERS[number % OTHERS.len()](backend, runtime, &probe);
    Arc::downgrade(&probe)
}

/// Runs `count` pairs of schedulers, and waits until every captured value was dropped.
fn lives(backend: &dyn Backend, runtime: &Arc<dyn Runtime>, count: usize) {
    let probes: Vec<_> = (0..count)
        .map(|number| live(backend, runtime, number))
        .collect();
    eventually(
        || probes.iter().all(|probe| probe.strong_count() == 0),
        || format!("{}: a captured value is still alive", backend.name()),
    );
}

/// Waits until `holds` returns true. Threads end by themselves a little later.
fn eventually(holds: impl Fn() -> bool, what: impl Fn() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{}", what());
        thread::yield_now();
    }
}

fn check(backend: &dyn Backend) {
    let harness = backend.harness();
    let name = backend.name();
    lives(backend, &harness.runtime, WARM_UP);
    let (before, bytes) = (in_use(), MEMORY.allocated());
    lives(backend, &harness.runtime, LIVES);
    eventually(
        || MEMORY.allocated() <= bytes + SLACK,
        || {
            format!(
                "{name}: {bytes} live bytes have become {}",
                MEMORY.allocated()
            )
        },
    );
    println!(
        "{name}: {bytes} bytes, {LIVES} lives later {}",
        MEMORY.allocated()
    );
    match before {
        Some(before) => eventually(
            || in_use().is_some_and(|now| now.is_no_more_than(before)),
            || format!("{name}: {before:?} has become {:?}", in_use()),
        ),
        None => println!("SKIPPED on {name}: there is no /proc to count threads and files by"),
    }
}

#[test]
fn a_thousand_schedulers_leave_nothing_behind() {
    for backend in backends::all() {
        let name = backend.name();
        within(5 * PATIENCE, &name, move || check(&*backend));
    }
}
