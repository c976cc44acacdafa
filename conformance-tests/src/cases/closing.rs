//! Cases of SD: the effect of a shutdown on jobs and schedules in each stage.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Error, Job, JobContext, JobHandle, JobOutcome, Options, Overlap, Schedule, Scheduler,
    SchedulerExt, Shutdown, State, Task,
    failure::JobFailure,
    implement::block_on,
    job::{CancelReason, JobPolicy, OutcomeKind, RateLimit, Retry},
    schedule::{Decision, SkipReason, Span, Verdict},
    trigger::Interval,
};

use super::{
    bodies::{counting, held},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const SECOND: Duration = Duration::from_secs(1);

fn post(world: &World, job: impl Into<Job>) {
    world.call(|scheduler| scheduler.post(job.into()).expect("accepted"));
}

fn submit(world: &World, job: impl Into<Job>) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job.into()).expect("accepted"))
}

fn stuck() -> Job {
    Job::new(|_| std::future::pending::<()>())
}

pub(super) fn a_further_shutdown_changes_nothing(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let job = submit(&world, held(&gate));
    let reports = world.run(async {
        let mut first = world
            .scheduler
            .shutdown(Shutdown::drain_within(60 * SECOND));
        assert!(poll_once(&mut first).is_none());
        let mut second = world.scheduler.shutdown(Shutdown::immediate());
        assert!(poll_once(&mut second).is_none());
        world
            .scheduler
            .request_shutdown(Shutdown::immediate())
            .expect("joined");
        world.scheduler.sleep(30 * SECOND).await;
        assert_eq!(world.state(), State::ShuttingDown);
        gate.open();
        (
            first.await.expect("shut down"),
            second.await.expect("shut down"),
        )
    });
    assert!(Arc::ptr_eq(&reports.0, &reports.1));
    assert_eq!((reports.0.drained.len(), reports.0.cancelled.len()), (1, 0));
    assert_eq!(
        job.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Succeeded)
    );
}

pub(super) fn a_hurrying_shutdown_only_shortens(backend: &dyn Backend) {
    let world = World::new(backend).started();
    post(&world, stuck());
    let end = world.run(async {
        let how = Shutdown::drain_within(60 * SECOND).cancel_grace(Duration::ZERO);
        world.scheduler.request_shutdown(how).expect("requested");
        world
            .scheduler
            .request_shutdown(Shutdown::graceful().hurry())
            .expect("joined");
        world.scheduler.sleep(SECOND).await;
        let hurry = Shutdown::drain_within(SECOND).hurry();
        world.scheduler.shutdown(hurry).await.expect("shut down")
    });
    assert_eq!((end.cancelled.len(), world.time.elapsed()), (1, 2 * SECOND));
}

pub(super) fn interrupted_jobs_are_cancelled_not_failed(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    let world = World::with(backend, options).started();
    let polite = Job::new(|job| async move {
        job.cancelled().await;
        Err::<(), _>("interrupted")
    });
    let (polite, stuck) = (submit(&world, polite), submit(&world, stuck()));
    world.settle();
    let how = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
    let report = world.shut_down(how).expect("shut down");
    assert_eq!(
        (report.cancelled.len(), report.failed.len(), calls.get()),
        (2, 0, 0)
    );
    for job in [polite, stuck] {
        let outcome = job.outcome().expect("the job has ended");
        let by_shutdown = matches!(outcome, JobOutcome::Cancelled(CancelReason::Shutdown));
        assert!(by_shutdown, "{outcome:?}");
    }
}

/// One job in each stage: running, queued, delayed, between two attempts and so on.
fn one_of_each(world: &World) -> Vec<JobHandle> {
    let slow = JobPolicy::default().rate_limit(RateLimit::new("slow", 1, 60 * SECOND));
    let failing = Task::new(|_| async { Err::<(), _>("a failure") });
    let sleepy = || Job::new(|job| async move { job.sleep(60 * SECOND).await });
    let mut jobs = vec![
        submit(world, failing.retry(Retry::fixed(9, 60 * SECOND))),
        submit(world, sleepy().policy(slow.clone())),
        submit(world, sleepy().policy(slow)),
        submit(world, sleepy()),
    ];
    world.settle();
    jobs.push(world.call(|scheduler| {
        let unlimited = scheduler.spawn_unlimited(std::future::pending::<()>());
        unlimited.expect("accepted").erase()
    }));
    jobs.push(submit(world, sleepy()));
    jobs.push(submit(world, sleepy().priority(3)));
    jobs.push(submit(world, sleepy().after(60 * SECOND)));
    jobs.push(submit(
        world,
        Job::blocking(|job| {
            let _ = job.sleep_blocking(60 * SECOND);
        }),
    ));
    world.settle();
    jobs
}

pub(super) fn every_job_ends_once_in_any_wait(backend: &dyn Backend) {
    for how in [
        Shutdown::immediate(),
        Shutdown::drain_within(SECOND),
        Shutdown::graceful(),
    ] {
        let options = Options::default().max_concurrent_jobs(2);
        let mut world = World::with(backend, options).started();
        let jobs = one_of_each(&world);
        if how.drain.is_none() {
            let hurry = Shutdown::drain_within(90 * SECOND)
                .cancel_grace(Duration::ZERO)
                .hurry();
            world.call(|scheduler| scheduler.request_shutdown(how).expect("requested"));
            world.call(|scheduler| scheduler.request_shutdown(hurry).expect("joined"));
            world.run(world.scheduler.stopped()).expect("stopped");
        } else {
            world
                .shut_down(how.cancel_grace(SECOND))
                .expect("shut down");
        }
        let events = world.events();
        for job in &jobs {
            assert!(
                job.outcome().is_some(),
                "{job:?} has no outcome after {how:?}"
            );
            let ends = events.iter().filter(|event| match event.kind {
                scheduler_core::EventKind::JobFinished { job: ended, .. } => ended == job.id(),
                _ => false,
            });
            assert_eq!(ends.count(), 1, "{job:?}");
        }
        let metrics = world.scheduler.metrics();
        assert_eq!(
            (metrics.running, metrics.queued, metrics.retrying),
            (0, 0, 0)
        );
    }
}

/// A rate limit and a buffer hold accepted runs back. A graceful shutdown runs them all, in turn.
pub(super) fn throttled_and_buffered_runs_run_in_turn(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (sent, ran) = (Counter::default(), Counter::default());
    let slow = JobPolicy::default().rate_limit(RateLimit::new("mail", 1, SECOND));
    let runs = ran.clone();
    let task = Task::new(move |job: JobContext| {
        let runs = runs.clone();
        async move {
            job.sleep(5 * SECOND).await;
            runs.add();
        }
    });
    let every = Interval::every(SECOND).expect("not zero");
    let schedule = Schedule::new(every, task).overlap(Overlap::BufferAll);
    world.call(|it| it.add(schedule).expect("added"));
    world.advance(2 * SECOND);
    for _ in 0..3 {
        post(&world, counting(&sent).policy(slow.clone()));
    }
    let report = world
        .shut_down(Shutdown::drain_within(60 * SECOND))
        .expect("shut down");
    assert_eq!((sent.get(), ran.get(), report.unstarted), (3, 2, 0));
    assert_eq!((report.drained.len(), report.cancelled.len()), (4, 0));
    assert_eq!(
        world.time.elapsed(),
        11 * SECOND,
        "1 s until the first run, then two rate periods of 5 s"
    );
}

pub(super) fn shutdowns_without_a_drain_name_the_remaining_jobs(backend: &dyn Backend) {
    for (how, drained) in [(Shutdown::running_only(), 1), (Shutdown::immediate(), 0)] {
        let options = Options::default().max_concurrent_jobs(1);
        let world = World::with(backend, options).started();
        let ran = Counter::default();
        post(
            &world,
            Job::new(|job| async move { job.sleep(SECOND).await }),
        );
        world.settle();
        post(&world, counting(&ran).name("left"));
        let report = world.shut_down(how).expect("shut down");
        assert_eq!(
            (report.drained.len(), report.cancelled.len()),
            (drained, 1 - drained)
        );
        assert_eq!((ran.get(), report.unstarted), (0, 1));
        assert_eq!(report.never_started[0].to_string(), "left");
    }
}

/// The instant is due, but the driver has had no turn since.
pub(super) fn due_instants_run_before_the_end(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Counter::default();
    let (runs, begun) = (ran.clone(), world.wall());
    let task = Task::new(move |_| {
        runs.add();
        async {}
    });
    let every = Interval::every(SECOND).expect("not zero");
    let schedule = Schedule::new(every.starting_at(begun), task).id("it");
    world.call(|it| {
        it.add(schedule).expect("added");
        let how = Shutdown::graceful();
        it.request_shutdown(how).expect("requested");
    });
    let report = world
        .run(world.scheduler.stopped())
        .expect("`stopped` returns");
    assert_eq!((ran.get(), report.drained.len()), (1, 1));
    let history = history(&world);
    assert_eq!(history.len(), 1, "{history:?}");
    assert_eq!(history[0].span, Span::single(begun));
    assert!(matches!(history[0].verdict, Verdict::Ran { .. }));
}

/// The schedule or the scheduler is paused, jitter delays the run, or the shutdown has no drain.
pub(super) fn instants_that_a_shutdown_prevents_are_recorded(backend: &dyn Backend) {
    let all = [
        Shutdown::graceful(),
        Shutdown::running_only(),
        Shutdown::immediate(),
    ];
    for how in all {
        for back in [HeldBack::Schedule, HeldBack::Scheduler, HeldBack::Jitter] {
            is_on_record(backend, how, back);
        }
    }
    for how in &all[1..] {
        is_on_record(backend, *how, HeldBack::Nothing);
    }
}

/// The reason why a due instant has not started yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeldBack {
    Schedule,
    Scheduler,
    Jitter,
    Nothing,
}

fn is_on_record(backend: &dyn Backend, how: Shutdown, back: HeldBack) {
    let world = World::new(backend).started();
    let ran = Counter::default();
    let (runs, begun) = (ran.clone(), world.wall());
    let task = Task::new(move |_| {
        runs.add();
        async {}
    });
    let every = Interval::every(60 * SECOND).expect("not zero");
    let schedule = Schedule::new(every.starting_at(begun), task).id("it");
    let schedule = match back {
        HeldBack::Jitter => schedule.jitter(50 * SECOND),
        _ => schedule,
    };
    world.call(|it| {
        it.add(schedule).expect("added");
        match back {
            HeldBack::Schedule => it.schedule(&"it".into()).pause("no").expect("paused"),
            HeldBack::Scheduler => it.pause().expect("paused"),
            HeldBack::Jitter | HeldBack::Nothing => {}
        }
        it.request_shutdown(how).expect("requested");
    });
    world
        .run(world.scheduler.stopped())
        .expect("`stopped` returns");
    let (history, why) = (history(&world), format!("{how:?}, {back:?}"));
    assert_eq!((ran.get(), history.len()), (0, 1), "{why}: {history:?}");
    let skipped = Verdict::Skipped(SkipReason::Shutdown);
    assert_eq!(history[0].verdict, skipped, "{why}");
    assert_eq!(history[0].span, Span::single(begun), "{why}");
}

fn history(world: &World) -> Vec<Decision> {
    let history = world.call(|it| it.schedule(&"it".into()).history());
    history.expect("the history outlives its schedule")
}

/// The shutdown comes before or after the executor's first poll of the job.
pub(super) fn a_job_with_a_permit_counts_as_running(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    let world = World::with(backend, options).started();
    let report = world.run(async {
        let failing = Job::new(|_| async { Err::<(), _>("in its first step") });
        world.scheduler.post(failing).expect("accepted");
        world.scheduler.shutdown(Shutdown::graceful()).await
    });
    let report = report.expect("shut down");
    assert_eq!(
        (report.failed.len(), report.unstarted, calls.get()),
        (1, 0, 1)
    );

    let (world, polled) = (World::new(backend).started(), Counter::default());
    let report = world.run(async {
        world.scheduler.post(counting(&polled)).expect("accepted");
        world.scheduler.shutdown(Shutdown::immediate()).await
    });
    let report = report.expect("shut down");
    assert_eq!(
        (report.unstarted, report.cancelled.len(), polled.get()),
        (1, 0, 0)
    );
}

pub(super) fn an_abandoned_job_is_reported_with_its_origin(backend: &dyn Backend) {
    let (told, tells) = std::sync::mpsc::channel();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let _ = told.send(failure.clone());
    });
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let line = line!() + 1;
    let stubborn = Job::blocking(move |_| block_on(opened.pass()));
    let stubborn = submit(&world, stubborn.name("stubborn"));
    world.settle();
    let how = Shutdown::immediate().abandon_after(SECOND);
    let error = world.shut_down(how).err();
    assert!(matches!(error, Some(Error::Abandoned(_))), "{error:?}");
    let failure = tells.try_recv().expect("the handler was called");
    assert_eq!(
        (failure.job, failure.name.as_deref()),
        (stubborn.id(), Some("stubborn"))
    );
    assert_eq!(failure.spawned_at.map(|site| site.line()), Some(line));
    world.time.outside(|| gate.open());
    world.settle();
    assert!(tells.try_recv().is_err(), "the handler was called twice");
}
