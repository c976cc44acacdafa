//! Cases of RT: calls from inside and outside of runtimes, and the end of the last handle.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::mpsc,
    thread,
    time::Duration,
};

use scheduler_core::{
    Blocking, ErrorKind, EventKind, Job, JobHandle, Runtime, Scheduler, SchedulerExt, Shutdown,
    State, event::StateCause, implement::block_on, job::OutcomeKind,
};

use super::bodies::{end_of, held, lasting, telling};
use crate::{
    Backend, World,
    gate::{Counter, Gate, Mark},
    limits::patience,
    world::{Live, kind},
};

pub(super) fn dropping_the_last_handle_does_not_block(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let dropped = Counter::default();
    let job = world.scheduler.spawn(lasting(&dropped));
    let job = job.expect("accepted");
    world.settle();
    let other = World::new(backend);
    let scheduler = std::mem::replace(&mut world.scheduler, other.scheduler.clone());
    // If the drop waited, no other task could wake it, and `run` would report that at once.
    world.run(async move { drop(scheduler) });
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
    assert_eq!(dropped.get(), 1);
    let ends = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::StateChanged {
                to: State::ShutDown,
                cause: StateCause::Dropped,
                ..
            }
        )
    };
    let events = world.events();
    assert_eq!(
        events.iter().filter(|event| ends(&event.kind)).count(),
        1,
        "{events:?}"
    );
}

pub(super) fn dropping_a_new_scheduler_cancels_its_jobs(backend: &dyn Backend) {
    let live = Live::new(backend);
    let job = live.scheduler.spawn(async {}).expect("accepted");
    drop(live.scheduler);
    assert_eq!(
        job.wait_blocking().expect("the job ends").kind(),
        OutcomeKind::Cancelled
    );
}

pub(super) fn a_job_may_own_the_last_handle(backend: &dyn Backend) {
    let Live {
        scheduler,
        guard: _guard,
        ..
    } = Live::new(backend).started();
    let (owned, begun) = (scheduler.clone(), Mark::default());
    let job = Job::blocking(move |job| {
        let owned = owned;
        begun.reach();
        block_on(job.sleep(Duration::from_millis(1)));
        drop(owned);
    });
    let job = scheduler.try_submit(job).expect("accepted");
    drop(scheduler);
    let outcome = job.wait_blocking().expect("the job ends").kind();
    assert!(
        matches!(outcome, OutcomeKind::Succeeded | OutcomeKind::Cancelled),
        "{outcome}"
    );
}

/// A shutdown that has begun continues after the last handle is dropped.
pub(super) fn a_drop_during_a_shutdown_does_not_stop_it(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let gate = Gate::default();
    let job = world.scheduler.try_submit(held(&gate)).expect("accepted");
    world.settle();
    let request = |it: &dyn Scheduler| it.request_shutdown(Shutdown::graceful());
    world.call(request).expect("requested");
    let scheduler = std::mem::replace(&mut world.scheduler, World::new(backend).scheduler);
    world.run(async move { drop(scheduler) });
    world.time.outside(|| gate.open());
    let outcome = world.run(job.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    let events = world.events();
    assert!(events.last().is_some_and(|event| event.kind.is_last()));
}

/// Runs `calls` in a task of `runtime`, in real time. Returns its result, or the payload of its
/// panic.
fn as_task<T: Send + 'static>(
    runtime: &dyn Runtime,
    calls: impl FnOnce() -> T + Send + 'static,
) -> thread::Result<T> {
    let (done, answer) = mpsc::channel();
    let task = async move {
        let answer = catch_unwind(AssertUnwindSafe(calls));
        done.send(answer).unwrap_or_default();
    };
    runtime.spawn(Box::pin(task)).expect("spawned");
    answer.recv_timeout(patience()).expect("the task ends")
}

/// Returns a started scheduler with one job that never ends by itself.
fn with_endless_job(backend: &dyn Backend) -> (Live, JobHandle) {
    let live = Live::new(backend).started();
    let endless = Job::new(|_| std::future::pending::<()>());
    let job = live.scheduler.try_submit(endless).expect("accepted");
    (live, job)
}

/// The drop runs inside a task of the scheduler's runtime, and of another one.
pub(super) fn a_drop_inside_a_task_neither_panics_nor_blocks(backend: &dyn Backend) {
    let elsewhere = backend.harness();
    for own in [true, false] {
        let (live, job) = with_endless_job(backend);
        let Live {
            scheduler,
            runtime,
            guard,
        } = live;
        let place = if own { &runtime } else { &elsewhere.runtime };
        as_task(&**place, move || drop(scheduler)).expect("dropping the scheduler does not panic");
        let outcome = job.wait_blocking().expect("the job ends");
        assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
        drop(guard);
    }
}

pub(super) fn a_drop_while_unwinding_does_not_abort(backend: &dyn Backend) {
    let (live, job) = with_endless_job(backend);
    let Live {
        scheduler,
        guard: _guard,
        ..
    } = live;
    let unwinds = thread::spawn(move || {
        let _dropped_by_the_panic = scheduler;
        panic!("the owner of the scheduler panics");
    });
    assert!(unwinds.join().is_err());
    let outcome = job.wait_blocking().expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
}

/// A backend either brings its own runtime, or the start fails without any effect.
pub(super) fn a_start_on_a_bare_thread_succeeds_or_is_refused(backend: &dyn Backend) {
    let live = Live::new(backend);
    let scheduler = live.scheduler.clone();
    let start = thread::spawn(move || kind(scheduler.start()));
    match start.join().expect("the start does not panic") {
        None => {
            let end = live.scheduler.shutdown(Shutdown::graceful());
            end.expect("stopped");
        }
        Some(refused) => {
            assert_eq!(refused, ErrorKind::NoRuntime);
            assert_eq!(live.scheduler.state(), State::New);
        }
    }
}

/// The job is awaited on a plain thread, and in a task of another runtime.
pub(super) fn a_job_can_be_awaited_anywhere(backend: &dyn Backend) {
    let elsewhere = backend.harness();
    let live = Live::new(backend).started();
    let (done, answers) = mpsc::channel();
    for in_a_task in [false, true] {
        let (gate, done) = (Gate::default(), done.clone());
        let job = live.scheduler.try_submit(held(&gate)).expect("accepted");
        let waits = async move {
            let outcome = wait_then_open(&job, &gate).await;
            done.send(outcome).unwrap_or_default();
        };
        if in_a_task {
            let taken = elsewhere.runtime.spawn(Box::pin(waits));
            taken.expect("spawned");
        } else {
            thread::spawn(|| block_on(waits));
        }
        let outcome = answers.recv_timeout(patience());
        assert_eq!(outcome, Ok(OutcomeKind::Succeeded));
    }
}

/// The foreign runtime is a thread that polls one task. Calls there may be refused or succeed, but
/// must neither panic nor hang.
pub(super) fn blocking_calls_inside_a_foreign_task_return(backend: &dyn Backend) {
    let live = Live::new(backend);
    let scheduler = live.scheduler.clone();
    let (done, answers) = mpsc::channel();
    let task = async move {
        let job = scheduler.start().and_then(|()| scheduler.spawn(async {}));
        let waited = job.and_then(|job| job.wait_blocking());
        let end = scheduler.shutdown(Shutdown::immediate());
        done.send([kind(waited), kind(end)]).unwrap_or_default();
    };
    let foreign = thread::spawn(|| block_on(task));
    let answers = answers.recv_timeout(patience());
    for answer in answers.expect("blocking calls return") {
        assert!(matches!(answer, None | Some(ErrorKind::WouldDeadlock)));
    }
    foreign.join().expect("no panic");
}

/// The compiler proves this case: the bounds hold if it compiles.
pub(super) fn schedulers_and_handles_are_send_and_sync(backend: &dyn Backend) {
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn is_sent<T: Send>(sent: T) -> T {
        sent
    }
    let world = World::new(backend);
    is_shared(&world.scheduler);
    let job = world.scheduler.spawn(async {}).expect("accepted");
    is_shared(&job);
    world
        .run(is_sent(world.scheduler.start()))
        .expect("started");
    world.run(is_sent(job.wait())).expect("the job ends");
    world
        .run(is_sent(world.scheduler.wait_idle()))
        .expect("idle");
    let end = is_sent(world.scheduler.shutdown(Shutdown::immediate()));
    world.run(end).expect("stopped");
    world
        .run(is_sent(world.scheduler.stopped()))
        .expect("the scheduler ended");
}

/// Waits for a job that the gate holds. The gate opens only after the wait has begun.
async fn wait_then_open(job: &JobHandle, gate: &Gate) -> OutcomeKind {
    let mut wait = pin!(job.wait());
    let outcome = poll_fn(|cx| {
        let outcome = wait.as_mut().poll(cx);
        gate.open();
        outcome
    });
    outcome.await.expect("the job ends").kind()
}

pub(super) fn calls_from_plain_threads_work(backend: &dyn Backend) {
    let live = Live::new(backend);
    let scheduler = live.scheduler.clone();
    let (other, gate) = (scheduler.clone(), Gate::default());
    let calls = move || {
        other.start().expect("started");
        let waited = other.submit(held(&gate)).expect("accepted");
        let tried = other.try_submit(held(&gate)).expect("accepted");
        let first = block_on(wait_then_open(&tried, &gate));
        other.pause().expect("paused");
        other.resume().expect("resumed");
        [first, waited.wait_blocking().expect("the job ends").kind()]
    };
    let outcomes = thread::spawn(calls).join().expect("no call panics");
    assert_eq!(outcomes, [OutcomeKind::Succeeded; 2]);
    scheduler.wait_idle().expect("idle");
    scheduler.shutdown(Shutdown::graceful()).expect("shut down");
}

pub(super) fn blocking_calls_inside_a_job_are_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let other = world.scheduler.spawn(async {}).expect("accepted");
    let blocking = Blocking::new(world.scheduler.clone());
    let job = world.scheduler.try_submit(telling(move |_| async move {
        let refused = Some(ErrorKind::WouldDeadlock);
        assert_eq!(kind(blocking.shutdown(Shutdown::immediate())), refused);
        assert_eq!(kind(blocking.wait_idle()), refused);
        assert_eq!(kind(blocking.stopped()), refused);
        assert_eq!(kind(other.wait_blocking()), refused);
    }));
    let outcome = world
        .run(job.expect("accepted").wait())
        .expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
}
