//! Cases of LC: shutdowns, and the jobs, calls and pauses that they meet.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use scheduler_core::{
    Error, ErrorKind, Event, EventFilter, EventKind, Job, Options, Scheduler, SchedulerExt,
    Shutdown, State,
    implement::block_on,
    job::{JobStatus, OutcomeKind},
};

use super::{
    bodies::{assert_succeeds, counting, end_of, held, telling},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

pub(super) fn a_shutdown_after_the_end_is_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!(
        kind(world.shut_down(Shutdown::graceful())),
        Some(ErrorKind::ShutDown)
    );
    world
        .run(world.scheduler.stopped())
        .expect("`stopped` returns in every state");
}

pub(super) fn concurrent_shutdowns_share_one_report(backend: &dyn Backend) {
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
            assert!(pending, "the call returned before the end");
            Poll::Ready(())
        })
        .await;
        assert_eq!(world.state(), State::ShuttingDown);
        gate.open();
        let mut reports = Vec::new();
        for call in calls {
            reports.push(call.await.expect("the job ends"));
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

/// A waiter from before the start, and one from each later state.
pub(super) fn stopped_returns_only_after_the_end(backend: &dyn Backend) {
    let world = World::new(backend);
    let gate = Gate::default();
    world.run(async {
        let before = world.scheduler.stopped();
        world.scheduler.start().await.expect("it starts");
        let job = world.scheduler.try_submit(held(&gate)).expect("accepted");
        let running = world.scheduler.stopped();
        let requested = world.scheduler.request_shutdown(Shutdown::graceful());
        requested.expect("it runs");
        let mut calls = [before, running, world.scheduler.stopped()];
        poll_fn(|cx| {
            for call in &mut calls {
                let returned = call.as_mut().poll(cx).is_ready();
                assert!(!returned, "`stopped` returned while a job ran");
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(world.state(), State::ShuttingDown);
        gate.open();
        for call in calls {
            call.await.expect("the job ends");
            assert_eq!(world.state(), State::ShutDown);
            assert_eq!(job.status(), JobStatus::Finished);
        }
    });
}

/// The job uses the scheduler of its context, and a handle that it captured.
pub(super) fn a_job_cannot_wait_for_its_own_scheduler(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let handle = world.scheduler.clone();
    let job = world
        .scheduler
        .try_submit(telling(move |job| async move {
            let context = job.scheduler().expect("the scheduler exists");
            for scheduler in [context, handle] {
                let refused = Some(ErrorKind::WouldDeadlock);
                assert_eq!(
                    kind(scheduler.shutdown(Shutdown::immediate()).await),
                    refused
                );
                assert_eq!(kind(scheduler.wait_idle().await), refused);
                assert_eq!(kind(scheduler.stopped().await), refused);
                assert_eq!(scheduler.state(), State::Running);
            }
            assert!(!job.is_cancelled(), "the job was cancelled");
        }))
        .expect("accepted");
    assert_succeeds(&world, &job);
    assert_eq!(world.state(), State::Running);
}

/// A listener gets the same refusal, although its call runs outside of the executor.
pub(super) fn a_listener_cannot_wait_for_its_own_scheduler(backend: &dyn Backend) {
    let world = World::new(backend);
    let (handle, refused) = (world.scheduler.clone(), Counter::default());
    let refusals = refused.clone();
    let listener = move |_: &Event| {
        for answer in [
            kind(block_on(handle.shutdown(Shutdown::immediate()))),
            kind(block_on(handle.wait_idle())),
        ] {
            if answer == Some(ErrorKind::WouldDeadlock) {
                refusals.add();
            }
        }
    };
    let id = world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(listener));
    let world = world.started();
    let job = world.scheduler.spawn(async {}).expect("accepted");
    world.run(job.wait()).expect("the job ends");
    world.settle();
    assert_eq!((refused.get(), world.state()), (8, State::Running));
    assert!(world.scheduler.remove_listener(id));
}

/// The job then continues for a while, as it would without its request.
pub(super) fn a_job_may_request_the_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let handle = world.scheduler.clone();
    let job = Job::new(move |job| async move {
        handle.request_shutdown(Shutdown::graceful())?;
        job.sleep(Duration::from_secs(1)).await;
        Ok::<_, Error>(())
    });
    let job = world.scheduler.try_submit(job).expect("accepted");
    assert_succeeds(&world, &job);
    world.run(world.scheduler.stopped()).expect("stopped");
}

pub(super) fn the_deadline_ends_a_job_that_waits_through_a_helper(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("accepted");
    let report = world.shut_down(Shutdown::drain_within(Duration::from_secs(3)));
    let report = report.expect("the shutdown abandons no job");
    assert_eq!(report.cancelled.len(), 1);
    assert_eq!(world.time.elapsed(), Duration::from_secs(8));
}

pub(super) fn a_job_that_ignores_its_cancellation_is_abandoned_and_named(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let stubborn = Job::blocking(move |_| block_on(opened.pass())).name("stubborn");
    let job = world.scheduler.try_submit(stubborn).expect("accepted");
    world.settle();
    match world.shut_down(Shutdown::immediate()) {
        Err(Error::Abandoned(report)) => assert_eq!(report.abandoned[0].to_string(), "stubborn"),
        other => panic!("expected an abandoned job, got {other:?}"),
    }
    assert_eq!(world.state(), State::ShutDown);
    assert_eq!(end_of(&world, &job), OutcomeKind::Lost);
    gate.open();
}

/// The end is the last event. Neither an abandoned job nor the passing of time adds another one.
pub(super) fn nothing_happens_after_the_end(backend: &dyn Backend) {
    let world = World::new(backend);
    let calls = Counter::default();
    let called = calls.clone();
    let listener = Arc::new(move |_: &Event| called.add());
    world.scheduler.add_listener(EventFilter::all(), listener);
    let mut world = world.started();
    let gate = Gate::default();
    let opened = gate.clone();
    world
        .scheduler
        .post(Job::blocking(move |_| block_on(opened.pass())))
        .expect("accepted");
    let late = Counter::default();
    let due_later = counting(&late).after(Duration::from_secs(30));
    world.scheduler.post(due_later).expect("accepted");
    world.settle();
    drop(world.shut_down(Shutdown::immediate()));
    let (before, told) = (world.events(), calls.get());
    assert!(before.last().is_some_and(|event| event.kind.is_last()));
    world.time.outside(|| gate.open());
    world.advance(Duration::from_secs(60));
    assert!(
        world.events().is_empty(),
        "an event came after the last one"
    );
    assert_eq!(calls.get(), told, "a listener was called after the end");
    assert_eq!(late.get(), 0, "a job started after the end");
}

pub(super) fn a_graceful_shutdown_waits_for_running_jobs(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let (begun, ended) = (Counter::default(), Counter::default());
    let (begins, ends) = (begun.clone(), ended.clone());
    let slow = Job::new(move |job| async move {
        begins.add();
        job.sleep(Duration::from_secs(100)).await;
        ends.add();
    });
    world.scheduler.post(slow.name("slow")).expect("accepted");
    let queued = Counter::default();
    world.scheduler.post(counting(&queued)).expect("accepted");
    world.settle();
    let due = counting(&queued).after(Duration::from_secs(50));
    let due = due.name("due later");
    world.scheduler.post(due).expect("accepted");
    let report = world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!((begun.get(), ended.get(), queued.get()), (1, 1, 1));
    assert_eq!((report.drained.len(), report.unstarted), (2, 1));
    assert_eq!(report.never_started[0].to_string(), "due later");
}

pub(super) fn a_shutdown_aborts_a_start(backend: &dyn Backend) {
    let world = World::new(backend);
    world.time.hold_spawns();
    let mut start = world.scheduler.start();
    world.time.outside(|| {
        assert!(
            poll_once(&mut start).is_none(),
            "the start has not finished"
        );
        let how = Shutdown::graceful();
        world.scheduler.request_shutdown(how).expect("requested");
    });
    world.time.release_spawns();
    let ended = Some(ErrorKind::ShutDown);
    assert_eq!(kind(world.run(start)), ended);
    world.run(world.scheduler.stopped()).expect("stopped");
    assert_eq!(kind(world.run(world.scheduler.start())), ended);
}

pub(super) fn a_start_or_shutdown_continues_when_its_future_is_dropped(backend: &dyn Backend) {
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

pub(super) fn every_accepted_job_has_one_outcome_at_the_end(backend: &dyn Backend) {
    let mut world = World::with(backend, Options::default().max_concurrent_jobs(2));
    let gate = Gate::default();
    let mut jobs: Vec<_> = (0..6)
        .map(|number| held(&gate).after(Duration::from_secs(number / 2)))
        .map(|job| world.scheduler.try_submit(job).expect("accepted"))
        .collect();
    world = world.started();
    world.advance(Duration::from_secs(1));
    let graceful = |it: &dyn Scheduler| it.request_shutdown(Shutdown::graceful());
    world.call(graceful).expect("requested");
    // A job that is accepted now must get an outcome as well.
    jobs.extend(world.call(|it| it.try_submit(held(&gate))));
    let hurries = Shutdown::immediate().hurry();
    world.shut_down(hurries).expect("shut down");
    for job in &jobs {
        assert_eq!(end_of(&world, job), OutcomeKind::Cancelled);
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

pub(super) fn a_shutdown_while_paused_cancels_held_jobs(backend: &dyn Backend) {
    let world = World::new(backend);
    world.run(world.scheduler.start_paused()).expect("started");
    let ran = Counter::default();
    let submit = || world.call(|it| it.try_submit(counting(&ran)).expect("accepted"));
    let job = submit();
    world.call(|it| it.resume().expect("resumed"));
    assert_succeeds(&world, &job);
    world.call(|it| it.pause().expect("paused"));
    let job = submit();
    let report = world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!((report.unstarted, ran.get()), (1, 1));
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
}

pub(super) fn a_shutdown_without_running_jobs_is_immediate(backend: &dyn Backend) {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    assert_eq!(world.time.elapsed(), Duration::ZERO);
}
