//! Cases of AJ: unlimited jobs, scopes of jobs, and the drain at the end of a scheduler.

use std::time::Duration;

use scheduler_core::{
    Job, Options, Scheduler, SchedulerExt, Shutdown, State,
    failure::JobFailure,
    job::{CancelMode, JobStatus, OutcomeKind},
    scope::JobScope,
    shutdown::JobRef,
};

use super::{
    bodies::{assert_succeeds, counting, held, lasting},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn an_unlimited_job_outlives_its_waiter(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (gate, ended) = (Gate::default(), Counter::default());
    let (opened, ends) = (gate.clone(), ended.clone());
    let caller = Job::new(move |job| async move {
        let scheduler = job.scheduler().expect("the scheduler exists");
        let inner = scheduler.spawn_unlimited(async move {
            opened.pass().await;
            ends.add();
        });
        inner.expect("accepted").wait().await.map(drop)
    });
    let caller = world.call(|scheduler| scheduler.try_submit(caller).expect("accepted"));
    world.settle();
    world.call(|_| caller.cancel(CancelMode::Immediate));
    let outcome = world.run(caller.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
    assert_eq!((world.scheduler.metrics().running, ended.get()), (1, 0));
    world.run(async {
        let mut end = world.scheduler.shutdown(Shutdown::graceful());
        assert!(poll_once(&mut end).is_none());
        gate.open();
        end.await.expect("the job ends");
    });
    assert_eq!(ended.get(), 1);
}

pub(super) fn an_unlimited_job_needs_no_permit(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let outer = Job::new(|job| async move {
        let scheduler = job.scheduler().expect("the scheduler exists");
        let inner = scheduler
            .spawn_unlimited(async { "7".parse::<u8>() })
            .expect("accepted");
        inner
            .wait()
            .await
            .map(|outcome| assert_eq!(outcome.ok(), Some(7)))
    });
    let gate = Gate::default();
    let outer = world.call(|scheduler| scheduler.try_submit(outer).expect("accepted"));
    let queued = world.call(|scheduler| scheduler.try_submit(held(&gate)).expect("accepted"));
    assert_succeeds(&world, &outer);
    world.call(|scheduler| scheduler.post(held(&gate)).expect("one slot is free"));
    let besides = world.call(|scheduler| scheduler.spawn_unlimited(async {}));
    let besides = besides.expect("an unlimited job needs no slot");
    assert_succeeds(&world, &besides);
    assert_eq!(queued.status(), JobStatus::Running);
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &queued);
}

/// A drain accepts and awaits the jobs that its jobs submit.
pub(super) fn jobs_submitted_during_a_drain_are_awaited(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Counter::default();
    let runs = ran.clone();
    let parent = Job::new(move |job| async move {
        job.sleep(SECOND).await;
        let child = {
            let runs = runs.clone();
            Job::new(move |job| async move {
                job.sleep(SECOND).await;
                runs.add();
            })
        };
        job.scheduler().expect("the scheduler exists").post(child)?;
        runs.add();
        Ok::<_, scheduler_core::Error>(())
    });
    world.call(|scheduler| scheduler.post(parent).expect("accepted"));
    let report = world.run(
        world
            .scheduler
            .wait_and_close(60 * SECOND, Shutdown::immediate()),
    );
    let report = report.expect("shut down");
    assert_eq!(
        (ran.get(), report.cancelled.len(), report.unstarted),
        (2, 0, 0)
    );
    assert_eq!(world.time.elapsed(), 2 * SECOND);
}

pub(super) fn jobs_that_exceed_the_drain_are_cancelled(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let dropped = Counter::default();
    let quick = world.call(|scheduler| {
        let stuck = Job::future(lasting(&dropped));
        scheduler.post(stuck.name("stuck")).expect("accepted");
        let quick = Job::new(|job| async move { job.sleep(SECOND).await });
        scheduler.try_submit(quick).expect("accepted")
    });
    let report = world.run(
        world
            .scheduler
            .wait_and_close(2 * SECOND, Shutdown::immediate()),
    );
    let report = report.expect("shut down");
    assert_eq!(
        quick.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Succeeded)
    );
    assert_eq!(report.cancelled[0].name.as_deref(), Some("stuck"));
    assert_eq!((dropped.get(), world.time.elapsed()), (1, 2 * SECOND));
    assert_eq!(world.state(), State::ShutDown);
}

/// A job that submits its successor keeps the drain waiting until its timeout.
pub(super) fn a_job_that_respawns_itself_is_ended_by_the_limit(backend: &dyn Backend) {
    fn again(runs: Counter) -> Job {
        Job::new(move |job| async move {
            job.sleep(SECOND).await;
            runs.add();
            if let Some(scheduler) = job.scheduler() {
                drop(scheduler.post(again(runs)));
            }
        })
    }
    let world = World::new(backend).started();
    let runs = Counter::default();
    world.call(|scheduler| scheduler.post(again(runs.clone())).expect("accepted"));
    let limit = 5 * SECOND + SECOND / 2;
    let report = world.run(world.scheduler.wait_and_close(limit, Shutdown::immediate()));
    assert_eq!(report.expect("shut down").cancelled.len(), 1);
    assert_eq!(runs.get(), 5);
}

pub(super) fn a_failure_during_the_close_is_reported(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let job = Job::new(move |_| async move {
        opened.pass().await;
        Err::<(), _>("too late")
    });
    world.call(|scheduler| scheduler.post(job.name("failing")).expect("accepted"));
    world.settle();
    let report = world.run(async {
        let mut end = world.scheduler.shutdown(Shutdown::graceful());
        assert!(poll_once(&mut end).is_none());
        gate.open();
        end.await.expect("the job ends")
    });
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].to_string(), "failing: too late");
    assert_eq!(
        (report.drained.len(), report.cancelled.len(), calls.get()),
        (0, 0, 1)
    );
}

/// One job fails before the close, two during its drain, and the last one while it is cancelled.
pub(super) fn a_failure_before_the_close_is_in_the_report(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    let world = World::with(backend, options).started();
    let after = |seconds: u32| {
        Job::new(move |job| async move {
            job.sleep(seconds * SECOND).await;
            Err::<(), _>("no luck")
        })
    };
    let parent = Job::new(move |job| async move {
        job.sleep(SECOND).await;
        let scheduler = job.scheduler().expect("the scheduler exists");
        scheduler.post(after(0).name("child"))?;
        Err::<(), _>(scheduler_core::Error::UnknownJob(job.id()))
    });
    world.call(|scheduler| scheduler.post(after(0).name("earlier")).expect("accepted"));
    world.call(|scheduler| {
        for job in [
            parent.name("parent"),
            after(3).name("stubborn"),
            after(99).name("cut off"),
        ] {
            scheduler.post(job).expect("accepted");
        }
    });
    let then = Shutdown::drain_within(2 * SECOND);
    let report = world.run(world.scheduler.wait_and_close(2 * SECOND, then));
    let report = report.expect("shut down");
    let failed: Vec<_> = report
        .failed
        .iter()
        .map(|one| one.job.to_string())
        .collect();
    assert_eq!(failed, ["parent", "child", "stubborn"]);
    assert_eq!(report.cancelled[0].to_string(), "cut off");
    assert_eq!((report.cancelled.len(), calls.get()), (1, 4));
}

pub(super) fn a_failure_during_run_scoped_is_in_the_report(backend: &dyn Backend) {
    let world = World::new(backend);
    let failing = |name: &str| Job::new(|_| async { Err::<(), _>("no luck") }).name(name);
    let (ended, report) = world
        .run(world.scheduler.run_scoped(SECOND, async {
            let first = world
                .scheduler
                .try_submit(failing("first"))
                .expect("accepted");
            world
                .scheduler
                .post(failing("last").after(SECOND / 2))
                .expect("accepted");
            let first = first.wait().await.expect("the job ends").kind();
            world.scheduler.sleep(SECOND).await;
            first
        }))
        .expect("the job ends");
    assert_eq!(ended, OutcomeKind::Failed);
    let failed: Vec<_> = report
        .failed
        .iter()
        .map(|one| one.job.to_string())
        .collect();
    assert_eq!(failed, ["first", "last"]);
}

pub(super) fn a_scheduler_can_run_for_a_scope(backend: &dyn Backend) {
    let world = World::new(backend);
    let ran = Counter::default();
    let (answer, report) = world
        .run(world.scheduler.run_scoped(60 * SECOND, async {
            world.scheduler.post(counting(&ran)).expect("accepted");
            let late = Job::new(|job| async move { job.sleep(SECOND).await });
            world.scheduler.post(late).expect("accepted");
            42
        }))
        .expect("the scheduler runs and shuts down");
    assert_eq!((answer, ran.get(), report.cancelled.len()), (42, 1, 0));
    assert_eq!(world.state(), State::ShutDown);
}

pub(super) fn dropping_run_scoped_shuts_the_scheduler_down(backend: &dyn Backend) {
    let world = World::new(backend);
    world.run(async {
        let scoped = world
            .scheduler
            .run_scoped(SECOND, std::future::pending::<()>());
        let mut scoped = Box::pin(scoped);
        while world.state() != State::Running {
            let started = std::future::poll_fn(|cx| {
                assert!(scoped.as_mut().poll(cx).is_pending());
                std::task::Poll::Ready(())
            });
            started.await;
            world.scheduler.sleep(Duration::from_millis(1)).await;
        }
        drop(scoped);
    });
    world.run(world.scheduler.stopped()).expect("stopped");
}

pub(super) fn a_scope_waits_for_its_jobs_and_those_they_add(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (scope, gate) = (JobScope::new(world.scheduler.clone()), Gate::default());
    let outside = world.call(|scheduler| scheduler.try_submit(held(&gate)).expect("accepted"));
    let report = world.run(async {
        let adds = scope.clone();
        scope.post(Job::future(async move {
            let nested = adds.clone();
            let inner = async move { nested.post(Job::new(|_| async {})).map(drop) };
            adds.post(Job::future(inner)).map(drop)
        }))?;
        scope.post(Job::new(|_| async { Err::<(), _>("a failure") }).name("bad"))?;
        let doomed = scope
            .submit(Job::new(|_| std::future::pending::<()>()))
            .await?;
        doomed.cancel(CancelMode::Immediate);
        scope.drain().await
    });
    let report = report.expect("no call is refused");
    assert_eq!((report.succeeded, report.cancelled.len()), (3, 1));
    assert_eq!(report.failed[0].to_string(), "bad: a failure");
    assert_eq!(outside.status(), JobStatus::Running);
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &outside);
}

/// Most jobs end long before the drain, and a few at any time.
pub(super) fn a_scope_reports_each_of_its_jobs_once(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (scope, gate) = (JobScope::new(world.scheduler.clone()), Gate::default());
    for number in 0..300 {
        let job = match number % 10 {
            0 => held(&gate),
            1..=3 => Job::new(|_| async { Err::<(), _>("a failure") }),
            4 => Job::future(std::future::pending::<()>()),
            _ => Job::new(|_| async {}),
        };
        let job = job.name(format!("job {number}"));
        let job = world.call(|_| scope.try_submit(job).expect("accepted"));
        world.settle();
        if number % 10 == 4 {
            world.call(|_| job.cancel(CancelMode::Immediate));
            world.settle();
        }
    }
    world.time.outside(|| gate.open());
    let report = world.run(scope.drain()).expect("no call is refused");
    assert_eq!(report.succeeded, 180);
    let names = |digits: &[usize]| {
        let numbers = (0..300).filter(|number| digits.contains(&(number % 10)));
        Vec::from_iter(numbers.map(|number| format!("job {number}")))
    };
    let sorted = |mut names: Vec<String>| {
        names.sort_by_key(|name| (name.len(), name.clone()));
        names
    };
    let failed = report.failed.iter().map(|failed| name_of(&failed.job));
    let cancelled = report.cancelled.iter().map(name_of);
    assert_eq!(sorted(failed.collect()), names(&[1, 2, 3]));
    assert_eq!(sorted(cancelled.collect()), names(&[4]));
    assert_eq!((report.more_failed, report.more_cancelled), (0, 0));
}

fn name_of(job: &JobRef) -> String {
    job.name.as_deref().unwrap_or("without a name").to_owned()
}

pub(super) fn dropping_a_scope_cancels_its_jobs(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let scope = JobScope::new(world.scheduler.clone());
    let stuck = world.run(async { scope.spawn(std::future::pending::<()>()).expect("accepted") });
    world.run(async { drop(scope) });
    let outcome = world.run(stuck.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
}

pub(super) fn a_scope_can_be_drained_with_a_timeout(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let scope = JobScope::new(world.scheduler.clone());
    let report = world.run(async {
        scope
            .post(Job::new(|_| std::future::pending::<()>()))
            .expect("accepted");
        for _ in 0..300 {
            scope.post(Job::new(|_| async {})).expect("accepted");
        }
        scope.drain_within(SECOND, CancelMode::Immediate).await
    });
    let report = report.expect("shut down");
    assert_eq!((report.succeeded, report.cancelled.len()), (300, 1));
    assert_eq!(world.time.elapsed(), SECOND);
}
