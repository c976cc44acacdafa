//! A thousand lives of a scheduler leave nothing behind, on any backend: no thread, no open file, no
//! memory, no captured value.
//!
//! One test alone, for it counts what the process as a whole has.

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
use conformance_tests::Backend;
use scheduler_core::{
    Event, EventFilter, Job, Options, OutcomeKind, Scheduler, Shutdown, block_on,
};

/// The system's allocator, which knows how many bytes are live.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// After so many lives all pools have the size that they keep.
const WARM_UP: usize = 200;
const LIVES: usize = 1_000;

/// How long threads that are about to end may take to do so.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pools grow and shrink by a few threads; a leak is one in each life.
const SOME: usize = 20;

/// What a pool's threads may hold more or less of, in bytes; a word left by each life is more.
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

/// What the process has; `None` where the system does not tell.
fn in_use() -> Option<Use> {
    let count = |path: &str| Some(fs::read_dir(path).ok()?.count());
    Some(Use {
        threads: count("/proc/self/task")?,
        files: count("/proc/self/fd")?,
    })
}

/// A value that has to be gone when everything that holds it is.
type Probe = Arc<()>;

/// A life: jobs of every sort that end in every way, a listener, an end with work left.
fn live(backend: &dyn Backend, runtime: &Arc<dyn scheduler_core::Runtime>) -> Weak<()> {
    let probe = Probe::default();
    let scheduler = backend.scheduler(runtime.clone(), Options::default().max_concurrent_jobs(4));
    let scheduler = scheduler.expect("the options are valid");
    let held = probe.clone();
    let listener = Arc::new(move |_: &Event| assert_eq!(held.as_ref(), &()));
    scheduler.add_listener(EventFilter::all(), listener);
    block_on(scheduler.start()).expect("it starts");
    let held = |probe: &Probe| probe.clone();
    let (one, two, three) = (held(&probe), held(&probe), held(&probe));
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
        let outcome = block_on(job.wait()).expect("it ends").kind();
        assert!([OutcomeKind::Succeeded, OutcomeKind::Failed].contains(&outcome));
    }
    let (four, five) = (held(&probe), held(&probe));
    let endless = Job::new(move |_| async move {
        std::future::pending::<()>().await;
        drop(four);
    });
    let late = Job::new(move |_| async move { drop(five) }).after(Duration::from_secs(3_600));
    let endless = scheduler.try_submit(endless).expect("accepted");
    scheduler.post(late).expect("accepted");
    block_on(scheduler.shutdown(Shutdown::now())).expect("it ends");
    block_on(endless.wait()).expect("it has an outcome");
    Arc::downgrade(&probe)
}

/// So many lives, of which no captured value is left.
fn lives(backend: &dyn Backend, runtime: &Arc<dyn scheduler_core::Runtime>, count: usize) {
    let probes: Vec<_> = (0..count).map(|_| live(backend, runtime)).collect();
    eventually(
        || probes.iter().all(|probe| probe.strong_count() == 0),
        || format!("{}: a captured value is still alive", backend.name()),
    );
}

/// Waits until `holds`, for what ends by itself a little later.
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
                "{name}: of {bytes} bytes have become {}",
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
            || format!("{name}: of {before:?} has become {:?}", in_use()),
        ),
        None => println!("SKIPPED on {name}: there is no /proc to count threads and files by"),
    }
}

#[test]
fn a_thousand_lives_leave_nothing_behind() {
    for backend in backends::all() {
        let name = backend.name();
        within(5 * PATIENCE, &name, move || check(&*backend));
    }
}
