//! LC: start, pause, shutdown, and everything that may come between.

use std::{
    future::poll_fn,
    sync::{Arc, Barrier},
    task::Poll,
    thread,
    time::Duration,
};

use scheduler_core::{
    Blocking, Error, ErrorKind, EventKind, Job, JobHandle, Options, OutcomeKind, RuntimeScheduler,
    Schedule, Scheduler, SchedulerExt, Shutdown, SpawnError, State, Task, block_on, job::JobStatus,
    trigger::Interval,
};

use super::table::{poll_once, starting};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

fn counting(counter: &Counter) -> Job {
    let counter = counter.clone();
    Job::new(move |_| async move { counter.add() })
}

fn held(gate: &Gate) -> Job {
    let gate = gate.clone();
    Job::new(move |_| async move { gate.pass().await })
}

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
    world.shut_down(Shutdown::graceful()).expect("it ends");
}

pub(super) fn calls_that_need_a_running_scheduler_are_refused_before(backend: &dyn Backend) {
    let world = World::new(backend);
    assert_eq!(kind(world.scheduler.pause()), Some(ErrorKind::NotRunning));
    assert_eq!(kind(world.scheduler.resume()), Some(ErrorKind::NotRunning));
    assert_eq!(
        kind(world.scheduler.run_now(&"x".into())),
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

/// Sixteen threads make the same call at a time, in real time.
fn sixteen(
    backend: &dyn Backend,
    call: fn(&dyn Scheduler) -> Option<ErrorKind>,
) -> Vec<Option<ErrorKind>> {
    let harness = backend.harness();
    let scheduler = RuntimeScheduler::new(harness.runtime);
    let barrier = Arc::new(Barrier::new(16));
    let one = |_| {
        let (scheduler, barrier) = (scheduler.clone(), barrier.clone());
        thread::spawn(move || {
            barrier.wait();
            call(&scheduler)
        })
    };
    let threads: Vec<_> = (0..16).map(one).collect();
    let answers = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    drop(Blocking::new(scheduler).shutdown(Shutdown::now()));
    answers
}

pub(super) fn of_sixteen_starts_one_succeeds(backend: &dyn Backend) {
    for _ in 0..20 {
        let answers = sixteen(backend, |scheduler| kind(block_on(scheduler.start())));
        let refused = |answer: &&Option<ErrorKind>| **answer == Some(ErrorKind::AlreadyRunning);
        assert_eq!(
            answers.iter().filter(|answer| answer.is_none()).count(),
            1,
            "{answers:?}"
        );
        assert_eq!(answers.iter().filter(refused).count(), 15, "{answers:?}");
    }
}

pub(super) fn sixteen_early_shutdowns_are_all_refused(backend: &dyn Backend) {
    let answers = sixteen(backend, |scheduler| {
        kind(block_on(scheduler.shutdown(Shutdown::now())))
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
    world.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!(
        kind(world.run(world.scheduler.start())),
        Some(ErrorKind::ShutDown)
    );
    assert_eq!(world.state(), State::ShutDown);
}

pub(super) fn a_shutdown_after_the_end_is_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!(
        kind(world.shut_down(Shutdown::graceful())),
        Some(ErrorKind::ShutDown)
    );
    world
        .run(world.scheduler.stopped())
        .expect("the end can be waited for at any time");
}

pub(super) fn shutdowns_at_a_time_share_one_end(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("accepted");
    world.settle();
    let reports = world.run(async {
        let shutdown = |_| world.scheduler.shutdown(Shutdown::graceful());
        let mut calls: Vec<_> = (0..8).map(shutdown).collect();
        poll_fn(|cx| {
            let pending = calls
                .iter_mut()
                .all(|call| call.as_mut().poll(cx).is_pending());
            assert!(pending, "it returned before the end");
            Poll::Ready(())
        })
        .await;
        assert_eq!(world.state(), State::ShuttingDown);
        gate.open();
        let mut reports = Vec::new();
        for call in calls {
            reports.push(call.await.expect("it ends"));
            assert_eq!(world.state(), State::ShutDown);
        }
        reports
    });
    assert!(
        reports
            .iter()
            .all(|report| Arc::ptr_eq(report, &reports[0]))
    );
}

pub(super) fn a_refused_call_changes_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend);
    drop(world.scheduler.pause());
    drop(world.shut_down(Shutdown::now()));
    drop(world.run(world.scheduler.wait_idle()));
    assert_eq!(world.state(), State::New);
    assert!(world.events().is_empty());
}

pub(super) fn a_job_may_not_wait_for_its_scheduler(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = world.scheduler.try_submit(Job::new(|job| async move {
        let scheduler = job.scheduler().expect("it is there");
        let refused = Some(ErrorKind::WouldDeadlock);
        assert_eq!(kind(scheduler.shutdown(Shutdown::now()).await), refused);
        assert_eq!(kind(scheduler.wait_idle().await), refused);
        assert_eq!(kind(scheduler.stopped().await), refused);
        assert_eq!(scheduler.state(), State::Running);
    }));
    assert_succeeds(&world, &job.expect("accepted"));
}

fn assert_succeeds(world: &World, job: &JobHandle) {
    let outcome = world.run(job.wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
}

pub(super) fn a_job_may_request_the_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = world.scheduler.try_submit(Job::new(|job| async move {
        job.scheduler()
            .expect("it is there")
            .request_shutdown(Shutdown::graceful())
    }));
    assert_succeeds(&world, &job.expect("accepted"));
    world.run(world.scheduler.stopped()).expect("it ends");
}

pub(super) fn the_deadline_ends_a_hidden_wait_for_oneself(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("accepted");
    let report = world.shut_down(Shutdown::within(Duration::from_secs(3)));
    let report = report.expect("the job is dropped, nothing is abandoned");
    assert_eq!(report.cancelled.len(), 1);
    assert_eq!(world.time.elapsed(), Duration::from_secs(8));
}

pub(super) fn what_ignores_the_deadline_is_abandoned_and_named(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let stubborn = Job::blocking(move |_| block_on(opened.pass())).named("stubborn");
    let job = world.scheduler.try_submit(stubborn).expect("accepted");
    world.settle();
    match world.shut_down(Shutdown::now()) {
        Err(Error::Abandoned(report)) => assert_eq!(report.abandoned[0].to_string(), "stubborn"),
        other => panic!("it was not abandoned: {other:?}"),
    }
    assert_eq!(world.state(), State::ShutDown);
    assert_eq!(
        world.run(job.wait()).expect("it ends").kind(),
        OutcomeKind::Lost
    );
    gate.open();
}

pub(super) fn nothing_happens_after_the_end(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let gate = Gate::default();
    let opened = gate.clone();
    world
        .scheduler
        .post(Job::blocking(move |_| block_on(opened.pass())))
        .expect("accepted");
    world.settle();
    drop(world.shut_down(Shutdown::now()));
    let before = world.events();
    assert!(before.last().is_some_and(|event| event.kind.is_last()));
    world.time.outside(|| gate.open());
    assert!(world.events().is_empty());
}

pub(super) fn a_graceful_shutdown_waits_for_what_runs(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let (begun, ended) = (Counter::default(), Counter::default());
    let (begins, ends) = (begun.clone(), ended.clone());
    let slow = Job::new(move |job| async move {
        begins.add();
        job.sleep(Duration::from_secs(100)).await;
        ends.add();
    });
    world.scheduler.post(slow.named("slow")).expect("accepted");
    let queued = Counter::default();
    world.scheduler.post(counting(&queued)).expect("accepted");
    world.settle();
    let report = world.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!((begun.get(), ended.get(), queued.get()), (1, 1, 0));
    assert_eq!((report.drained.len(), report.unstarted), (1, 1));
}

pub(super) fn a_shutdown_aborts_a_start(backend: &dyn Backend) {
    let world = starting(backend);
    let scheduler = world.scheduler.clone();
    world
        .time
        .outside(|| scheduler.request_shutdown(Shutdown::graceful()))
        .expect("it begins");
    world.time.release_spawns();
    world.run(world.scheduler.stopped()).expect("it ends");
    assert_eq!(
        kind(world.run(world.scheduler.start())),
        Some(ErrorKind::ShutDown)
    );
}

pub(super) fn a_start_that_failed_can_be_tried_again(backend: &dyn Backend) {
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

pub(super) fn a_dropped_call_goes_on_by_itself(backend: &dyn Backend) {
    let world = World::new(backend);
    world.time.outside(|| poll_once(world.scheduler.start()));
    world.settle();
    assert_eq!(world.state(), State::Running);
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("accepted");
    world.settle();
    world
        .time
        .outside(|| poll_once(world.scheduler.shutdown(Shutdown::graceful())));
    assert_eq!(world.state(), State::ShuttingDown);
    world.time.outside(|| gate.open());
    world.settle();
    assert_eq!(world.state(), State::ShutDown);
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
    world
        .run(world.scheduler.wait_idle())
        .expect("it becomes idle");
    assert_eq!(started(&mut world), jobs);
}

/// The jobs that started, in order.
fn started(world: &mut World) -> Vec<scheduler_core::JobId> {
    let started = |event: &scheduler_core::Event| match event.kind {
        EventKind::JobStarted(job) => Some(job),
        _ => None,
    };
    world.events().iter().filter_map(started).collect()
}

pub(super) fn a_full_queue_refuses_at_once(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    world
        .scheduler
        .post(held(&gate))
        .expect("there is a permit");
    world.scheduler.post(held(&gate)).expect("there is room");
    let refused = kind(world.scheduler.try_submit(held(&gate)));
    assert_eq!(refused, Some(ErrorKind::QueueFull));
    world.time.outside(|| gate.open());
    let waited = world
        .run(world.scheduler.submit(held(&gate)))
        .expect("room is made");
    assert_succeeds(&world, &waited);
}

pub(super) fn a_refused_job_is_dropped_once_and_never_polled(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("it ends");
    let (ran, dropped) = (Counter::default(), Counter::default());
    let (runs, token) = (ran.clone(), dropped.on_drop());
    let job = Job::new(move |_| async move {
        let _token = token;
        runs.add();
    });
    assert_eq!(
        kind(world.scheduler.try_submit(job)),
        Some(ErrorKind::ShutDown)
    );
    assert_eq!((ran.get(), dropped.get()), (0, 1));
}

pub(super) fn a_job_may_submit_until_the_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = world.scheduler.try_submit(Job::new(|job| async move {
        let scheduler = job.scheduler().expect("it is there");
        assert_eq!(kind(scheduler.post(Job::new(|_| async {}))), None);
        scheduler
            .request_shutdown(Shutdown::graceful())
            .expect("it begins");
        assert_eq!(
            kind(scheduler.post(Job::new(|_| async {}))),
            Some(ErrorKind::ShutDown)
        );
    }));
    assert_succeeds(&world, &job.expect("accepted"));
}

pub(super) fn every_accepted_job_has_one_outcome_at_the_end(backend: &dyn Backend) {
    let mut world = World::with(backend, Options::default().max_concurrent_jobs(2));
    let gate = Gate::default();
    let jobs: Vec<_> = (0..6)
        .map(|number| held(&gate).after(Duration::from_secs(number / 2)))
        .map(|job| world.scheduler.try_submit(job).expect("accepted"))
        .collect();
    world = world.started();
    world.advance(Duration::from_secs(1));
    world.shut_down(Shutdown::now()).expect("it ends");
    for job in &jobs {
        assert_eq!(
            world.run(job.wait()).expect("it ends").kind(),
            OutcomeKind::Cancelled
        );
        assert_eq!(job.status(), JobStatus::Finished);
    }
    let finished = |kind: &EventKind| matches!(kind, EventKind::JobFinished { .. });
    assert_eq!(
        world
            .events()
            .iter()
            .filter(|event| finished(&event.kind))
            .count(),
        6
    );
}

pub(super) fn nothing_starts_after_a_pause(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (ran, gate, passed) = (Counter::default(), Gate::default(), Counter::default());
    let (opened, passes) = (gate.clone(), passed.clone());
    let running = Job::new(move |_| async move {
        opened.pass().await;
        passes.add();
    });
    world.scheduler.post(running).expect("accepted");
    world
        .scheduler
        .post(counting(&ran).after(Duration::from_secs(1)))
        .expect("accepted");
    world.settle();
    world.scheduler.pause().expect("it pauses");
    world.scheduler.post(counting(&ran)).expect("accepted");
    world.advance(Duration::from_secs(10));
    world.time.outside(|| gate.open());
    world.settle();
    assert_eq!((ran.get(), passed.get()), (0, 1));
    world
        .time
        .outside(|| world.scheduler.resume())
        .expect("it resumes");
    world.settle();
    assert_eq!(ran.get(), 2);
}

pub(super) fn pausing_twice_and_resuming_twice_do_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    assert_eq!(kind(world.scheduler.resume()), None);
    assert_eq!(kind(world.scheduler.pause()), None);
    let before = world.events().len();
    assert_eq!(kind(world.scheduler.pause()), None);
    assert_eq!((before, world.events().len()), (3, 0));
}

pub(super) fn what_was_missed_in_a_pause_is_no_burst(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Counter::default();
    let runs = ran.clone();
    let task = Task::new(move |_| {
        runs.add();
        async {}
    });
    let every = Interval::every(Duration::from_secs(1)).expect("not zero");
    world
        .scheduler
        .add(Schedule::new(every, task))
        .expect("added");
    world.advance(Duration::from_secs(2));
    world.scheduler.pause().expect("it pauses");
    world.advance(Duration::from_secs(1000));
    assert_eq!(ran.get(), 2);
    world
        .time
        .outside(|| world.scheduler.resume())
        .expect("it resumes");
    world.settle();
    assert_eq!(ran.get(), 3);
}

pub(super) fn a_shutdown_while_paused_cancels_what_is_held(backend: &dyn Backend) {
    let world = World::new(backend);
    world
        .run(world.scheduler.start_paused())
        .expect("it starts");
    let ran = Counter::default();
    let job = world
        .scheduler
        .try_submit(counting(&ran))
        .expect("accepted");
    let report = world.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!((report.unstarted, ran.get()), (1, 0));
    assert_eq!(
        world.run(job.wait()).expect("it ends").kind(),
        OutcomeKind::Cancelled
    );
}

pub(super) fn the_state_follows_its_edges(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    world.scheduler.pause().expect("it pauses");
    world
        .time
        .outside(|| world.scheduler.resume())
        .expect("it resumes");
    world.shut_down(Shutdown::graceful()).expect("it ends");
    let edge = |event: &scheduler_core::Event| match event.kind {
        EventKind::StateChanged { from, to, .. } => Some((from, to)),
        _ => None,
    };
    let edges: Vec<_> = world.events().iter().filter_map(edge).collect();
    let (from, to): (Vec<_>, Vec<_>) = edges.into_iter().unzip();
    use State::{New, Paused, Running, ShutDown, ShuttingDown, Starting};
    assert_eq!(
        from,
        [New, Starting, Running, Paused, Running, ShuttingDown]
    );
    assert_eq!(
        to,
        [Starting, Running, Paused, Running, ShuttingDown, ShutDown]
    );
}

pub(super) fn a_shutdown_with_nothing_to_do_takes_no_time(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!(world.time.elapsed(), Duration::ZERO);
}

pub(super) fn two_schedulers_do_not_affect_each_other(backend: &dyn Backend) {
    let (one, two) = (World::new(backend).started(), World::new(backend).started());
    one.shut_down(Shutdown::graceful()).expect("it ends");
    assert_eq!(two.state(), State::Running);
    let job = two.scheduler.spawn(async { 1 }).expect("accepted");
    assert_eq!(two.run(job.wait()).expect("it ends").ok(), Some(1));
}
