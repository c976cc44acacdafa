//! RT-012: what is left when all is over.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Blocking, Event, EventFilter, Job, Listener, Options, Runtime, Scheduler, SchedulerExt,
    Shutdown,
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
    world.shut_down(Shutdown::now()).expect("it ends");
    world.settle();
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
}

/// A life with a job, a listener and a sleep. Answers what must be gone after it.
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
    scheduler.start().expect("it starts");
    let token = dropped.on_drop();
    let later = Job::new(move |_| async move { drop(token) }).after(Duration::from_secs(3600));
    scheduler.post(later).expect("accepted");
    let job = scheduler.spawn(async {}).expect("accepted");
    job.wait_blocking().expect("it ends");
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
    gone
}

/// Whatever is kept for each life is found after a thousand of them.
pub(super) fn a_thousand_schedulers_leave_nothing_behind(backend: &dyn Backend) {
    const WARM_UP: usize = 50;
    const LIVES: usize = 1_000;
    /// What pools may keep for a while, however many lives there were.
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
    await_that("threads and files are given back", || {
        let now = usage();
        now.threads <= before.threads + POOLED && now.files <= before.files + POOLED
    });
    await_that("listeners are let go", || {
        listeners
            .iter()
            .all(|listener| listener.strong_count() == 0)
    });
    await_that("jobs are dropped", || dropped.get() == WARM_UP + LIVES);
}

/// Waits for what comes about by itself: the system tells nobody that a thread has gone out of its tables.
pub(super) fn await_that(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + patience();
    while !is_so() {
        assert!(
            Instant::now() < end,
            "in vain it was waited until {what}: {:?}",
            usage()
        );
        thread::sleep(Duration::from_millis(5));
    }
}
