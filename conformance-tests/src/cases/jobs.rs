//! Cases of JB: the ends of jobs, and the waiters and handlers that receive them.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::Duration,
};

use scheduler_core::{
    Error, ErrorKind, Event, EventKind, Job, JobHandle, Options, Scheduler, SchedulerExt, Shutdown,
    State, Task,
    failure::JobFailure,
    implement::block_on,
    job::{CancelMode, JobError, JobStatus, OutcomeKind, Retry},
    scope::JobScope,
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
        .spawn_value(async { String::from("value") })
        .expect("accepted");
    assert_eq!(
        world.run(job.wait()).expect("the job ends").ok().as_deref(),
        Some("value")
    );
    let blocking = world
        .scheduler
        .spawn_blocking_value(|_| 7)
        .expect("accepted");
    assert_eq!(world.run(blocking.wait()).expect("ended").ok(), Some(7));
    assert_eq!(finished(&mut world), 2);
}

fn boom() {
    panic!("the body panics");
}

fn throw<T: Send + 'static>(payload: T) {
    std::panic::panic_any(payload);
}

pub(super) fn a_panic_ends_only_its_own_job(backend: &dyn Backend) {
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
    let next = world.scheduler.spawn_value(async { 1 }).expect("accepted");
    assert_eq!(world.run(next.wait()).expect("ended").ok(), Some(1));
    assert_eq!(finished(&mut world), 4);
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a destructor panics");
    }
}

pub(super) fn unusual_panic_payloads_are_handled(backend: &dyn Backend) {
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

/// Returns an error that is recognisable by its address, because `io::Error` is not `Clone`.
fn disk_full<T>() -> io::Result<T> {
    Err(io::Error::other("the disk is full"))
}

/// Submits one failing job through each submitting call.
fn fails_in_every_way(world: &World) -> Vec<JobHandle> {
    let none = Retry::fixed(1, Duration::from_secs(1));
    let scope = JobScope::new(world.scheduler.clone());
    let it = &*world.scheduler;
    let handles = [
        it.spawn(async { disk_full::<u8>() }).map(JobHandle::erase),
        it.spawn(async { disk_full::<()>() }),
        it.spawn_blocking(|_| disk_full::<Vec<u8>>())
            .map(JobHandle::erase),
        it.spawn_with(|job| job.name("named"), async { disk_full::<()>() }),
        it.spawn_retrying(none, |_| async { disk_full::<()>() }),
        it.spawn_unlimited(async { disk_full::<()>() }),
        scope.spawn(async { disk_full::<()>() }),
        it.try_submit(Job::new(|_| async { disk_full::<u8>() })),
        it.try_submit(Job::blocking(|_| disk_full::<u8>())),
        it.try_submit(Task::new(|_| async { disk_full::<u8>() }).into()),
    ];
    let handles = handles.map(|handle| handle.expect("accepted")).to_vec();
    world.run(scope.drain()).expect("no call waits for itself");
    handles
}

/// The error handler and the waiter must receive the same error value, for each submitting call.
pub(super) fn an_err_is_a_failure_for_every_submitting_call(backend: &dyn Backend) {
    let (told, tells) = mpsc::channel();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let _ = told.send((failure.job, failure.error.clone()));
    });
    let world = World::with(backend, options).started();
    let handles = fails_in_every_way(&world);
    world.run(world.scheduler.wait_idle()).expect("idle");
    let mut told: BTreeMap<_, _> = BTreeMap::new();
    for (job, error) in tells.try_iter() {
        assert!(told.insert(job, error).is_none(), "handled twice: {job}");
    }
    assert_eq!(told.len(), handles.len());
    for (number, handle) in handles.iter().enumerate() {
        let known = told.get(&handle.id()).and_then(own_address);
        assert!(known.is_some(), "way {number}");
        for _ in 0..2 {
            let outcome = world.run(handle.wait()).expect("the job has ended");
            let error = outcome.into_result().expect_err("the job failed");
            assert_eq!(own_address(&error), known, "way {number}");
        }
    }
    let metrics = world.scheduler.metrics();
    let counted = (metrics.failed, metrics.succeeded);
    assert_eq!(counted, (handles.len() as u64, 0));
}

/// Returns the address of the job's error, if it is the one from [`disk_full`].
fn own_address(error: &JobError) -> Option<usize> {
    let own = error.downcast_ref::<io::Error>()?;
    (own.to_string() == "the disk is full").then_some(std::ptr::from_ref(own) as usize)
}

/// A value that is neither `Clone` nor `Sync`.
type Lonely = mpsc::Receiver<u8>;

fn lonely(value: u8) -> Lonely {
    let (sends, receives) = mpsc::channel();
    sends.send(value).expect("the channel is open");
    receives
}

pub(super) fn awaiting_a_handle_moves_the_value_out(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let jobs = [
        world.scheduler.spawn_value(async { lonely(7) }),
        world
            .scheduler
            .spawn(async { Ok::<_, Infallible>(lonely(7)) }),
        world.scheduler.spawn_blocking_value(|_| lonely(7)),
    ];
    for job in jobs {
        let job = job.expect("accepted");
        let (other, same) = (job.clone(), job.clone());
        let value = world.run(job.into_future()).expect("the job ends");
        assert_eq!(value.try_recv(), Ok(7));
        let again = world.run(other.into_future()).map(drop);
        assert_eq!(kind(again), Some(ErrorKind::ValueTaken));
        assert_eq!(same.status(), JobStatus::Finished);
    }
    let failed = world.scheduler.spawn(async { disk_full::<Lonely>() });
    let error = world.run(failed.expect("accepted").into_future()).err();
    assert!(matches!(error, Some(Error::Job(error)) if own_address(&error).is_some()));
    let shared = world
        .scheduler
        .spawn_value(async { String::from("shared") });
    let shared = shared.expect("accepted");
    for _ in 0..2 {
        let value = world.run(shared.wait()).expect("the job ends").ok();
        assert_eq!(value.as_deref(), Some("shared"));
    }
    let taken = world
        .run(shared.clone().into_future())
        .expect("the job ends");
    assert_eq!(taken, "shared");
    assert_eq!(kind(world.run(shared.wait())), Some(ErrorKind::ValueTaken));
    assert!(shared.outcome().is_none());
}

pub(super) fn waiting_again_returns_the_same_outcome(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = world.scheduler.spawn_value(async { 42 }).expect("accepted");
    for handle in [job.clone(), job.clone(), job] {
        assert_eq!(world.run(handle.wait()).expect("ended").ok(), Some(42));
        assert_eq!(handle.wait_blocking().expect("ended").ok(), Some(42));
    }
    let job = world.scheduler.try_submit(failing()).expect("accepted");
    for handle in [job.clone(), job.clone(), job] {
        let outcome = world.run(handle.wait()).expect("the job ends").kind();
        assert_eq!(outcome, OutcomeKind::Failed);
        let stored = handle.outcome().map(|outcome| outcome.kind());
        assert_eq!(stored, Some(OutcomeKind::Failed));
    }
}

/// The handle is dropped before the job starts, and while it runs.
pub(super) fn dropping_the_handle_detaches_the_job(backend: &dyn Backend) {
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
    world.shut_down(Shutdown::graceful()).expect("shut down");
    world.settle();
    assert_eq!((ran.get(), dropped.get()), (2, 4));
}

fn note_most(most: &Mutex<usize>, now: usize) {
    let mut most = most.lock().expect("not poisoned");
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
    assert_eq!(*most.lock().expect("not poisoned"), 3);
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
        world.run(other.wait()).expect("the job ends");
    }
    assert_eq!(blocks.status(), JobStatus::Running);
    world.time.outside(|| gate.open());
    world.run(blocks.wait()).expect("the job ends");
}

pub(super) fn waiting_for_a_job_that_cannot_start_is_refused(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let outer = Job::new(move |job| async move {
        let scheduler = job.scheduler().expect("the scheduler exists");
        let inner = scheduler.try_submit(Job::new(move |_| async move { opened.pass().await }));
        let refused = kind(inner.expect("accepted").wait().await);
        assert_eq!(refused, Some(ErrorKind::WouldDeadlock));
    });
    let outer = world.scheduler.try_submit(outer).expect("accepted");
    let outcome = world.run(outer.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    gate.open();
}

pub(super) fn jobs_that_wait_for_each_other_are_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (gate, slot) = (Gate::default(), Arc::new(OnceLock::<JobHandle>::new()));
    let (opened, known) = (gate.clone(), slot.clone());
    let first = Job::new(move |_| async move {
        opened.pass().await;
        let other = known.get().expect("the other job is set");
        assert_eq!(kind(other.wait().await), Some(ErrorKind::WouldDeadlock));
    });
    let first = world.scheduler.try_submit(first).expect("accepted");
    let awaited = first.clone();
    let second = Job::new(move |_| async move {
        assert_eq!(kind(awaited.wait().await), None);
    });
    let second = world.scheduler.try_submit(second).expect("accepted");
    slot.set(second.clone()).expect("set once");
    world.settle();
    gate.open();
    for job in [first, second] {
        let outcome = world.run(job.wait()).expect("the job ends");
        assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    }
}
