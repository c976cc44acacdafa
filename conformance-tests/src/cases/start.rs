//! Cases of LC: building and starting, and the calls that are refused.

use std::{
    future::poll_fn,
    sync::{Arc, Barrier, mpsc},
    task::Poll,
    thread,
    time::Duration,
};

use scheduler_core::{
    ErrorKind, EventFilter, EventKind, Job, Options, Scheduler, SchedulerExt, Shutdown, State,
    failure::JobFailure, implement::block_on, runtime::SpawnError,
};

use super::bodies::{counting, state_changes};
use crate::{
    Backend, World,
    gate::Counter,
    world::{Live, kind},
};

pub(super) fn building_starts_nothing(backend: &dyn Backend) {
    let world = World::new(backend);
    drop(
        world
            .scheduler
            .try_submit(Job::new(|_| async {}))
            .expect("accepted"),
    );
    assert_eq!(world.time.spawns(), 0);
    assert_eq!(world.time.pending_timers(), 0);
}

pub(super) fn shutdown_before_start_is_refused(backend: &dyn Backend) {
    let world = World::new(backend);
    let refused = kind(world.shut_down(Shutdown::graceful()));
    assert_eq!(refused, Some(ErrorKind::NotRunning));
    assert_eq!(world.state(), State::New);
    let world = world.started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
}

pub(super) fn calls_that_need_a_running_scheduler_are_refused_before_start(backend: &dyn Backend) {
    let world = World::new(backend);
    assert_eq!(kind(world.scheduler.pause()), Some(ErrorKind::NotRunning));
    assert_eq!(kind(world.scheduler.resume()), Some(ErrorKind::NotRunning));
    assert_eq!(
        kind(world.scheduler.schedule(&"x".into()).run_now()),
        Some(ErrorKind::NotRunning)
    );
    assert_eq!(
        kind(world.run(world.scheduler.wait_idle())),
        Some(ErrorKind::NotRunning)
    );
}

pub(super) fn a_second_start_is_refused(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let tasks = world.time.spawns();
    assert_eq!(
        kind(world.run(world.scheduler.start())),
        Some(ErrorKind::AlreadyRunning)
    );
    assert_eq!(world.time.spawns(), tasks);
    let running = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::StateChanged {
                to: State::Running,
                ..
            }
        )
    };
    assert_eq!(
        world
            .events()
            .iter()
            .filter(|event| running(&event.kind))
            .count(),
        1
    );
}

/// Sixteen threads make the same call at the same time, in real time.
fn sixteen(
    backend: &dyn Backend,
    call: fn(&dyn Scheduler) -> Option<ErrorKind>,
) -> Vec<Option<ErrorKind>> {
    let live = Live::new(backend);
    let barrier = Arc::new(Barrier::new(16));
    let one = |_| {
        let (scheduler, barrier) = (live.shared(), barrier.clone());
        thread::spawn(move || {
            barrier.wait();
            call(&*scheduler)
        })
    };
    let threads: Vec<_> = (0..16).map(one).collect();
    let answers = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    drop(live.scheduler.shutdown(Shutdown::immediate()));
    answers
}

/// One task polls sixteen starts in turn. Then sixteen threads start at the same time.
pub(super) fn of_sixteen_starts_one_succeeds(backend: &dyn Backend) {
    assert_one_succeeds(&sixteen_in_turn(backend));
    for _ in 0..20 {
        let answers = sixteen(backend, |scheduler| kind(block_on(scheduler.start())));
        assert_one_succeeds(&answers);
    }
}

/// Every start makes its first step before any of them makes its second.
fn sixteen_in_turn(backend: &dyn Backend) -> Vec<Option<ErrorKind>> {
    let world = World::new(backend);
    let mut starts: Vec<_> = (0..16).map(|_| world.scheduler.start()).collect();
    let mut answers: [_; 16] = [const { Poll::Pending }; 16];
    world.run(poll_fn(|cx| {
        for (start, answer) in starts.iter_mut().zip(&mut answers) {
            if answer.is_pending() {
                *answer = start.as_mut().poll(cx).map(kind);
            }
        }
        match answers.iter().all(Poll::is_ready) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }));
    let ready = answers.into_iter().filter_map(|answer| match answer {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    });
    ready.collect()
}

fn assert_one_succeeds(answers: &[Option<ErrorKind>]) {
    let count = |wanted| answers.iter().filter(|answer| **answer == wanted).count();
    let refused = Some(ErrorKind::AlreadyRunning);
    assert_eq!((count(None), count(refused)), (1, 15), "{answers:?}");
}

pub(super) fn sixteen_shutdowns_before_start_are_all_refused(backend: &dyn Backend) {
    let answers = sixteen(backend, |scheduler| {
        kind(block_on(scheduler.shutdown(Shutdown::immediate())))
    });
    assert!(
        answers
            .iter()
            .all(|answer| *answer == Some(ErrorKind::NotRunning)),
        "{answers:?}"
    );
}

pub(super) fn the_end_is_final(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!(
        kind(world.run(world.scheduler.start())),
        Some(ErrorKind::ShutDown)
    );
    assert_eq!(world.state(), State::ShutDown);
}

pub(super) fn a_refused_call_changes_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend);
    drop(world.scheduler.pause());
    drop(world.scheduler.resume());
    drop(world.shut_down(Shutdown::immediate()));
    drop(world.run(world.scheduler.wait_idle()));
    assert_eq!(world.state(), State::New);
    assert!(world.events().is_empty());
    let mut world = world.started();
    drop(world.run(world.scheduler.start_paused()));
    assert_eq!(world.state(), State::Running);
    let ran = Counter::default();
    world.scheduler.post(counting(&ran)).expect("accepted");
    world.settle();
    assert_eq!(ran.get(), 1, "a refused call still holds the jobs");
    let edges = [
        (State::New, State::Starting),
        (State::Starting, State::Running),
    ];
    assert_eq!(state_changes(&world.events()), edges);
}

/// Only the caller receives the error of a refused call. The error handler and listeners do not.
pub(super) fn errors_are_returned_by_the_call_that_caused_them(backend: &dyn Backend) {
    let told = Counter::default();
    let tells = told.clone();
    let options = Options::default().on_error(move |_: &JobFailure| tells.add());
    let world = World::with(backend, options);
    let (early, running) = (Some(ErrorKind::NotRunning), Some(ErrorKind::AlreadyRunning));
    assert_eq!(refusals(&world), [early; 4]);
    let world = world.started();
    assert_eq!(kind(world.run(world.scheduler.start())), running);
    assert_eq!(kind(world.run(world.scheduler.start_paused())), running);
    world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!(refusals(&world), [Some(ErrorKind::ShutDown); 4]);
    let late = world.scheduler.try_submit(Job::new(|_| async {}));
    assert_eq!(kind(late), Some(ErrorKind::ShutDown));
    world.advance(Duration::from_secs(60));
    assert_eq!(told.get(), 0, "an error was handed to the error handler");
}

fn refusals(world: &World) -> [Option<ErrorKind>; 4] {
    [
        kind(world.scheduler.pause()),
        kind(world.scheduler.resume()),
        kind(world.scheduler.request_shutdown(Shutdown::graceful())),
        kind(world.shut_down(Shutdown::graceful())),
    ]
}

/// A second thread reads the state after each change, and must see the new state.
pub(super) fn every_thread_sees_a_new_state(backend: &dyn Backend) {
    let live = Live::new(backend);
    let (ask, asked) = mpsc::channel::<()>();
    let (answer, answers) = mpsc::channel();
    let observed = live.shared();
    let observer = thread::spawn(move || {
        for () in asked {
            answer.send(observed.state()).unwrap_or_default();
        }
    });
    let seen = || {
        ask.send(()).expect("the observer lives");
        answers.recv().expect("the observer lives")
    };
    assert_eq!(seen(), State::New);
    live.scheduler.start().expect("started");
    assert_eq!(seen(), State::Running);
    for _ in 0..200 {
        live.scheduler.pause().expect("paused");
        assert_eq!(seen(), State::Paused);
        live.scheduler.resume().expect("resumed");
        assert_eq!(seen(), State::Running);
    }
    live.scheduler
        .shutdown(Shutdown::graceful())
        .expect("shut down");
    assert_eq!(seen(), State::ShutDown);
    drop(ask);
    observer.join().expect("no panic");
}

pub(super) fn a_failed_start_can_be_retried(backend: &dyn Backend) {
    let world = World::new(backend);
    world
        .time
        .fail_next_spawn(SpawnError::no_runtime("the case says so"));
    assert_eq!(
        kind(world.run(world.scheduler.start())),
        Some(ErrorKind::NoRuntime)
    );
    assert_eq!(world.state(), State::New);
    let world = world.started();
    assert_eq!(world.state(), State::Running);
}

/// A failed start leaves nothing behind: listeners are called, and the shutdown does not hang.
pub(super) fn a_start_after_a_failed_one_is_complete(backend: &dyn Backend) {
    let world = World::new(backend);
    let (heard, calls) = (Counter::default(), Counter::default());
    for (listens_from, counter) in [(0, &heard), (1, &calls)] {
        let counted = counter.clone();
        let listener = Arc::new(move |_: &scheduler_core::Event| counted.add());
        world.scheduler.add_listener(EventFilter::jobs(), listener);
        if listens_from == 0 {
            let refusal = SpawnError::no_runtime("the case says so");
            world.time.fail_next_spawn(refusal);
            let refused = kind(world.run(world.scheduler.start()));
            assert_eq!(refused, Some(ErrorKind::NoRuntime));
        }
    }
    let world = world.started();
    world.call(|it| it.post(counting(&Counter::default())).expect("accepted"));
    world.settle();
    assert_eq!(
        (heard.get(), calls.get()),
        (4, 4),
        "listeners are not called"
    );
    world.shut_down(Shutdown::immediate()).expect("shut down");
    assert_eq!(world.time.elapsed(), Duration::ZERO);
}

pub(super) fn jobs_from_before_the_start_run_after_it_in_order(backend: &dyn Backend) {
    let mut world = World::with(backend, Options::default().max_concurrent_jobs(1));
    let ran = Counter::default();
    let jobs: Vec<_> = (0..5)
        .map(|_| world.scheduler.post(counting(&ran)).expect("accepted"))
        .collect();
    world.settle();
    assert_eq!(ran.get(), 0);
    world = world.started();
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((started(&mut world), ran.get()), (jobs, 5));
}

/// Returns the jobs that started, in order.
fn started(world: &mut World) -> Vec<scheduler_core::JobId> {
    let started = |event: &scheduler_core::Event| match event.kind {
        EventKind::JobStarted(job) => Some(job),
        _ => None,
    };
    world.events().iter().filter_map(started).collect()
}

pub(super) fn state_events_follow_the_state_diagram(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    world.scheduler.pause().expect("paused");
    world.call(|scheduler| scheduler.resume().expect("resumed"));
    world.shut_down(Shutdown::graceful()).expect("shut down");
    use State::{New, Paused, Running, ShutDown, ShuttingDown, Starting};
    let edges = [
        (New, Starting),
        (Starting, Running),
        (Running, Paused),
        (Paused, Running),
        (Running, ShuttingDown),
        (ShuttingDown, ShutDown),
    ];
    assert_eq!(state_changes(&world.events()), edges);
}

pub(super) fn two_schedulers_do_not_affect_each_other(backend: &dyn Backend) {
    let (one, two) = (World::new(backend).started(), World::new(backend).started());
    one.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!(two.state(), State::Running);
    let job = two.scheduler.spawn_value(async { 1 }).expect("accepted");
    assert_eq!(two.run(job.wait()).expect("the job ends").ok(), Some(1));
}
