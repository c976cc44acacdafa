//! Sixteen threads make every call at once, on every backend: each accepted job ends exactly once, all
//! counts agree, and the shutdown completes.
//!
//! `STORM_SECONDS` is the duration for each backend, one second by default.

#[path = "../backends/mod.rs"]
mod backends;
mod call;
mod ledger;

use std::{
    env,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use backends::Backends;
use call::Caller;
use ledger::Ledger;
use scheduler_core::{
    Options, Runtime, RuntimeScheduler, Scheduler, Shutdown, failure::JobFailure,
    implement::block_on,
};

const THREADS: u64 = 16;

/// The time limit for the last jobs to drain, which only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

fn duration() -> Duration {
    let seconds = env::var("STORM_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

fn storm(name: &str, runtime: Arc<dyn Runtime>) {
    let ledger = Arc::new(Ledger::default());
    let told = ledger.clone();
    let options = Options::default()
        .max_concurrent_jobs(50)
        .queue_limit(500)
        .on_error(move |failure: &JobFailure| told.failure(failure));
    let scheduler = RuntimeScheduler::with_options(runtime, options).expect("valid options");
    let scheduler: Arc<dyn Scheduler> = Arc::new(scheduler);
    block_on(scheduler.start()).expect("it starts");
    let until = Instant::now() + duration();
    let callers = (0..THREADS).map(|seed| {
        let caller = Caller::new(seed, scheduler.clone(), ledger.clone());
        thread::spawn(move || caller.call_until(until))
    });
    let callers: Vec<_> = callers.collect();
    for caller in callers {
        caller.join().expect("no call panics");
    }
    // A caller may have paused it last.
    drop(scheduler.resume());
    let report = block_on(scheduler.shutdown(Shutdown::drain_within(PATIENCE)));
    report.unwrap_or_else(|error| panic!("{name}: {error}"));
    let metrics = scheduler.metrics();
    ledger.check(name, &metrics);
    println!("{name}: {} jobs", metrics.accepted);
}

#[test]
fn whatever_is_called_at_once_every_job_ends_once() {
    let backends = Backends::new();
    for (name, runtime) in backends.all() {
        storm(name, runtime);
    }
}
