//! JB: what becomes of a job.

use std::{
    sync::{Arc, Mutex, OnceLock},
    thread,
    time::Duration,
};

use scheduler_core::{
    ErrorKind, Event, EventKind, Job, JobFailure, JobHandle, Options, OutcomeKind, Scheduler,
    SchedulerExt, Shutdown, State, block_on,
    job::{CancelMode, JobStatus},
};

use super::bodies::{counting, end_of};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

fn finished(world: &mut World) -> usize {
    let finished = |event: &&Event| matches!(event.kind, EventKind::JobFinished { .. });
    world.events().iter().filter(finished).count()
}

pub(super) fn a_value_reaches_its_waiter(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let job = world
        .scheduler
        .spawn(async { String::from("value") })
        .expect("accepted");
    assert_eq!(
        world.run(job.wait()).expect("it ends").ok().as_deref(),
        Some("value")
    );
    let blocking = world.scheduler.spawn_blocking(|_| 7).expect("accepted");
    assert_eq!(world.run(blocking.wait()).expect("it ends").ok(), Some(7));
    assert_eq!(finished(&mut world), 2);
}

fn boom() {
    panic!("the body panics");
}

fn throw<T: Send + 'static>(payload: T) {
    std::panic::panic_any(payload);
}

pub(super) fn a_panic_is_the_jobs_own(backend: &dyn Backend) {
    let mut world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    for panicking in [
        Job::new(|_| async { boom() }),
        Job::new(|_| -> std::future::Ready<()> { panic!("in the function") }),
        Job::blocking(|_| boom()),
    ] {
        let job = world.scheduler.try_submit(panicking).expect("accepted");
        assert_eq!(end_of(&world, &job), OutcomeKind::Panicked);
        assert_eq!(world.state(), State::Running);
    }
    let next = world.scheduler.spawn(async { 1 }).expect("accepted");
    assert_eq!(world.run(next.wait()).expect("it ends").ok(), Some(1));
    assert_eq!(finished(&mut world), 4);
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a destructor panics");
    }
}

pub(super) fn odd_panic_payloads_do_no_harm(backend: &dyn Backend) {
    let world = World::new(backend).started();
    for job in [
        Job::new(|_| async { throw(42) }),
        Job::new(|_| async { throw(PanicsWhenDropped) }),
    ] {
        let job = world.scheduler.try_submit(job).expect("accepted");
        assert_eq!(end_of(&world, &job), OutcomeKind::Panicked);
    }
    let held = PanicsWhenDropped;
    let job = Job::new(move |_| async move {
        let _held = held;
        std::future::pending::<()>().await;
    });
    let job = world.scheduler.try_submit(job).expect("accepted");
    world.settle();
    world.time.outside(|| job.cancel(CancelMode::Immediate));
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
    assert_eq!(world.state(), State::Running);
}

fn failing() -> Job {
    Job::new(|_| async { Err::<(), _>("a failure") })
}

fn with_handler(backend: &dyn Backend) -> (World, Counter) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    (World::with(backend, options).started(), calls)
}

pub(super) fn a_failure_is_handled_once(backend: &dyn Backend) {
    let (world, calls) = with_handler(backend);
    world.scheduler.post(failing()).expect("accepted");
    world.run(world.scheduler.wait_idle()).expect("idle");
    world.settle();
    assert_eq!(calls.get(), 1);
}

pub(super) fn a_failure_reaches_waiter_and_handler(backend: &dyn Backend) {
    let (world, calls) = with_handler(backend);
    let job = world.scheduler.try_submit(failing()).expect("accepted");
    assert_eq!(end_of(&world, &job), OutcomeKind::Failed);
    assert_eq!(end_of(&world, &job), OutcomeKind::Failed);
    assert_eq!(calls.get(), 1);
}

pub(super) fn waiting_again_gives_the_same_outcome(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = world.scheduler.spawn(async { 42 }).expect("accepted");
    for handle in [job.clone(), job.clone(), job] {
        assert_eq!(world.run(handle.wait()).expect("it ends").ok(), Some(42));
        assert_eq!(handle.wait_blocking().expect("it has ended").ok(), Some(42));
    }
    let job = world.scheduler.try_submit(failing()).expect("accepted");
    for handle in [job.clone(), job.clone(), job] {
        let outcome = world.run(handle.wait()).expect("it ends").kind();
        assert_eq!(outcome, OutcomeKind::Failed);
        let stored = handle.outcome().map(|outcome| outcome.kind());
        assert_eq!(stored, Some(OutcomeKind::Failed));
    }
}

/// Dropped before the job starts, and while it runs.
pub(super) fn a_dropped_handle_detaches(backend: &dyn Backend) {
    for while_it_runs in [false, true] {
        let world = World::new(backend).started();
        let (gate, ran) = (Gate::default(), Counter::default());
        let (opened, runs) = (gate.clone(), ran.clone());
        let job = world.scheduler.spawn(async move {
            opened.pass().await;
            runs.add();
        });
        if while_it_runs {
            world.settle();
        }
        world.call(|_| drop(job));
        world.time.outside(|| gate.open());
        world.settle();
        assert_eq!(ran.get(), 1);
    }
}

pub(super) fn a_body_is_dropped_once(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (ran, dropped) = (Counter::default(), Counter::default());
    let job = |end: fn() -> bool| {
        let (runs, token) = (ran.clone(), dropped.on_drop());
        Job::new(move |_| async move {
            let _token = token;
            runs.add();
            assert!(end(), "it panics");
        })
    };
    world.scheduler.post(job(|| true)).expect("accepted");
    world.scheduler.post(job(|| false)).expect("accepted");
    let late = world
        .scheduler
        .try_submit(job(|| true).after(Duration::from_secs(9)));
    late.expect("accepted").cancel(CancelMode::Immediate);
    world
        .scheduler
        .post(job(|| true).after(Duration::from_secs(60)))
        .expect("accepted");
    world.settle();
    world.shut_down(Shutdown::graceful()).expect("it ends");
    world.settle();
    assert_eq!((ran.get(), dropped.get()), (2, 4));
}

fn note_most(most: &Mutex<usize>, now: usize) {
    let mut most = most.lock().expect("no panic while it is held");
    *most = now.max(*most);
}

pub(super) fn the_limit_is_never_exceeded(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(3)).started();
    let (running, most) = (Counter::default(), Arc::new(Mutex::new(0)));
    for number in 0..40_u64 {
        let (ended, most, scheduler) = (running.clone(), most.clone(), world.scheduler.clone());
        let job = Job::new(move |job| async move {
            note_most(&most, scheduler.metrics().running);
            job.sleep(Duration::from_millis(number * 7 % 50)).await;
            ended.add();
            assert!(number % 5 != 0, "some panic");
        });
        world.scheduler.post(job).expect("accepted");
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(running.get(), 40);
    assert_eq!(*most.lock().expect("no panic while it is held"), 3);
}

pub(super) fn jobs_of_one_instant_keep_their_order(backend: &dyn Backend) {
    let options = Options::default().event_capacity(10_000);
    let mut world = World::with(backend, options).started();
    let (at, ran) = (Duration::from_secs(5), Counter::default());
    let job = || counting(&ran).after(at);
    let posted: Vec<_> = (0..1_000)
        .map(|_| world.scheduler.post(job()).expect("accepted"))
        .collect();
    world.advance(at);
    let started = |event: &Event| match event.kind {
        EventKind::JobStarted(job) => Some(job),
        _ => None,
    };
    let order: Vec<_> = world.events().iter().filter_map(started).collect();
    assert_eq!((order, ran.get()), (posted, 1_000));
}

pub(super) fn a_job_that_blocks_delays_no_other(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(2)).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let blocks = Job::blocking(move |_| block_on(opened.pass()));
    let blocks = world.scheduler.try_submit(blocks).expect("accepted");
    world.settle();
    for _ in 0..3 {
        let other = world.scheduler.spawn(async {}).expect("accepted");
        world.run(other.wait()).expect("it ends");
    }
    assert_eq!(blocks.status(), JobStatus::Running);
    world.time.outside(|| gate.open());
    world.run(blocks.wait()).expect("it ends");
}

pub(super) fn waiting_for_a_job_that_cannot_start_is_refused(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let outer = Job::new(move |job| async move {
        let scheduler = job.scheduler().expect("it is there");
        let inner = scheduler.try_submit(Job::new(move |_| async move { opened.pass().await }));
        let refused = kind(inner.expect("accepted").wait().await);
        assert_eq!(refused, Some(ErrorKind::WouldDeadlock));
    });
    let outer = world.scheduler.try_submit(outer).expect("accepted");
    let outcome = world.run(outer.wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    gate.open();
}

pub(super) fn jobs_that_wait_for_each_other_are_found_out(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (gate, slot) = (Gate::default(), Arc::new(OnceLock::<JobHandle>::new()));
    let (opened, known) = (gate.clone(), slot.clone());
    let first = Job::new(move |_| async move {
        opened.pass().await;
        let other = known.get().expect("the other is known by now");
        assert_eq!(kind(other.wait().await), Some(ErrorKind::WouldDeadlock));
    });
    let first = world.scheduler.try_submit(first).expect("accepted");
    let awaited = first.clone();
    let second = Job::new(move |_| async move {
        assert_eq!(kind(awaited.wait().await), None);
    });
    let second = world.scheduler.try_submit(second).expect("accepted");
    slot.set(second.clone()).expect("it is set once");
    world.settle();
    gate.open();
    for job in [first, second] {
        let outcome = world.run(job.wait()).expect("it ends");
        assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    }
}
