//! Cases of RT-012: a scheduler leaves nothing behind after its end.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Blocking, Event, EventFilter, Job, Options, Runtime, Scheduler, SchedulerExt, Shutdown,
    event::Listener,
};

use crate::{Backend, World, gate::Counter, limits::patience, process::usage};

pub(super) fn nothing_is_left_after_the_end(backend: &dyn Backend) {
    let world = World::new(backend).started();
    for number in 0..50 {
        let job = Job::new(|job| async move { job.sleep(Duration::from_secs(1)).await });
        world
            .scheduler
            .post(job.after(Duration::from_secs(number)))
            .expect("accepted");
    }
    world.advance(Duration::from_secs(10));
    world.shut_down(Shutdown::immediate()).expect("shut down");
    world.settle();
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
}

/// Runs one scheduler with a job, a listener and a sleep, from start to shutdown. Returns counters
/// of the values that must be dropped afterwards.
fn live_once(
    backend: &dyn Backend,
    runtime: &Arc<dyn Runtime>,
    dropped: &Counter,
) -> Weak<dyn Listener> {
    let scheduler = backend.scheduler(runtime.clone(), Options::default());
    let scheduler = Blocking::new(scheduler.expect("the defaults are valid"));
    let listener: Arc<dyn Listener> = Arc::new(|_: &Event| {});
    let gone = Arc::downgrade(&listener);
    scheduler.add_listener(EventFilter::scheduler(), listener);
    scheduler.start().expect("started");
    let token = dropped.on_drop();
    let later = Job::new(move |_| async move { drop(token) }).after(Duration::from_secs(3600));
    scheduler.post(later).expect("accepted");
    let job = scheduler.spawn(async {}).expect("accepted");
    job.wait_blocking().expect("the job ends");
    scheduler.shutdown(Shutdown::graceful()).expect("shut down");
    gone
}

/// A leak per scheduler adds up over a thousand of them, and so becomes visible.
pub(super) fn a_thousand_schedulers_leave_nothing_behind(backend: &dyn Backend) {
    const WARM_UP: usize = 50;
    const LIVES: usize = 1_000;
    /// Threads and files that pools may keep for a while, for any number of schedulers.
    const POOLED: usize = 50;
    let harness = backend.harness();
    let dropped = Counter::default();
    let mut listeners = Vec::new();
    let mut live = |lives: usize| {
        for _ in 0..lives {
            listeners.push(live_once(backend, &harness.runtime, &dropped));
        }
    };
    live(WARM_UP);
    let before = usage();
    live(LIVES);
    await_that("threads and files are released", || {
        let now = usage();
        now.threads <= before.threads + POOLED && now.files <= before.files + POOLED
    });
    await_that("listeners are dropped", || {
        listeners
            .iter()
            .all(|listener| listener.strong_count() == 0)
    });
    await_that("jobs are dropped", || dropped.get() == WARM_UP + LIVES);
}

/// Polls until `is_so` holds. The system sends no notification when a thread has left its tables.
pub(super) fn await_that(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + patience();
    while !is_so() {
        assert!(
            Instant::now() < end,
            "timed out waiting until {what}: {:?}",
            usage()
        );
        thread::sleep(Duration::from_millis(5));
    }
}
