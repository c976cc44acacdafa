//! Cases of AJ: spawned jobs, their limit, and their queue.

use std::{future::poll_fn, sync::mpsc, task::Poll, time::Duration};

use scheduler_core::{
    ErrorKind, Job, JobHandle, JobOutcome, Options, SchedulerExt, Shutdown,
    failure::JobFailure,
    job::{CancelMode, CancelStatus, JobStatus, OutcomeKind},
};

use super::{
    bodies::{assert_succeeds, counting, held},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn limited(backend: &dyn Backend, jobs: usize, queue: usize) -> World {
    let options = Options::default()
        .max_concurrent_jobs(jobs)
        .queue_limit(queue);
    World::with(backend, options).started()
}

fn post(world: &World, job: Job) {
    world.call(|scheduler| scheduler.post(job).expect("accepted"));
}

pub(super) fn submit(world: &World, job: Job) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job).expect("accepted"))
}

/// Returns the numbers of running and queued jobs.
fn counts(world: &World) -> (usize, usize) {
    let metrics = world.scheduler.metrics();
    (metrics.running, metrics.queued)
}

pub(super) fn jobs_are_listed_until_they_end(backend: &dyn Backend) {
    let world = World::new(backend).started();
    assert!(world.scheduler.jobs().is_empty());
    let gate = Gate::default();
    let job = submit(&world, held(&gate).name("held"));
    world.settle();
    let listed = world.scheduler.jobs();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id, job.id());
    assert_eq!(counts(&world), (1, 0));
    let found = world
        .scheduler
        .job(job.id())
        .expect("the job has not ended");
    assert_eq!(found.name.as_deref(), Some("held"));
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &job);
    assert_eq!(listed.len(), 1, "the list is a snapshot");
    assert_eq!(counts(&world), (0, 0));
    assert!(world.scheduler.jobs().is_empty());
    assert!(world.scheduler.job(job.id()).is_none());
    assert!(world.scheduler.handle(job.id()).is_none());
}

pub(super) fn a_posted_job_can_be_found_and_awaited(backend: &dyn Backend) {
    let world = limited(backend, 1, 9);
    let gate = Gate::default();
    for _ in 0..2 {
        let id = world.call(|scheduler| scheduler.post(held(&gate)).expect("accepted"));
        let handle = world.call(|scheduler| scheduler.handle(id).expect("the job has not ended"));
        assert_eq!(handle.id(), id);
    }
    let all: Vec<_> = world.scheduler.jobs();
    world.time.outside(|| gate.open());
    for job in all {
        if let Some(handle) = world.call(|scheduler| scheduler.handle(job.id)) {
            assert_succeeds(&world, &handle);
        }
    }
    assert_eq!(world.scheduler.metrics().succeeded, 2);
}

/// When the waiter of a job resumes, the next job in the queue already has the permit.
pub(super) fn the_next_job_has_its_permit_when_a_waiter_resumes(backend: &dyn Backend) {
    let world = limited(backend, 1, 9);
    let (first, second) = (Gate::default(), Gate::default());
    let one = submit(&world, held(&first));
    let two = submit(&world, held(&second));
    world.settle();
    assert_eq!(counts(&world), (1, 1));
    assert_eq!(two.status(), JobStatus::Queued);
    world.time.outside(|| first.open());
    let seen = world.run(async {
        one.wait().await.expect("the job ends");
        two.status()
    });
    assert_eq!(seen, JobStatus::Running);
    assert_eq!(counts(&world), (1, 0));
    let three = submit(&world, held(&second));
    let seen = world.run(async {
        let closed = two.close(SECOND, CancelMode::Immediate).await;
        assert_eq!(closed.expect("the job ends").kind(), OutcomeKind::Cancelled);
        three.status()
    });
    assert_eq!(seen, JobStatus::Running);
    world.time.outside(|| second.open());
    assert_succeeds(&world, &three);
    assert_eq!(counts(&world), (0, 0));
}

pub(super) fn a_dropped_submit_submits_nothing(backend: &dyn Backend) {
    let world = limited(backend, 1, 1);
    let gate = Gate::default();
    post(&world, held(&gate));
    post(&world, held(&gate));
    let (polled, dropped) = (Counter::default(), Counter::default());
    let token = dropped.on_drop();
    let polls = polled.clone();
    let job = Job::new(move |_| async move {
        let _token = token;
        polls.add();
    });
    let given_up = world.run(async { poll_once(world.scheduler.submit(job)).is_none() });
    assert!(given_up, "the queue had a free slot");
    assert_eq!(counts(&world), (1, 1));
    assert_eq!(dropped.get(), 1);
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((polled.get(), world.scheduler.metrics().accepted), (0, 2));
}

pub(super) fn waiting_submits_get_slots_in_order(backend: &dyn Backend) {
    let world = limited(backend, 1, 1);
    let (gate, (ran, runs)) = (Gate::default(), mpsc::channel());
    post(&world, held(&gate));
    post(&world, held(&gate));
    let submit = |number| {
        let ran = ran.clone();
        let note = Job::new(move |_| async move { ran.send(number) });
        (number, world.scheduler.submit(note))
    };
    let mut waiting: Vec<_> = (0..5).map(submit).collect();
    let mut got_room = Vec::new();
    let all = poll_fn(|cx| {
        waiting.retain_mut(|(number, submit)| {
            let answer = submit.as_mut().poll(cx);
            got_room.extend(answer.is_ready().then_some(*number));
            answer.is_pending()
        });
        // All of them wait now.
        gate.open();
        match waiting.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    world.run(all);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(got_room, [0, 1, 2, 3, 4]);
    assert_eq!(runs.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(world.scheduler.metrics().succeeded, 7);
}

/// The refusal reaches every caller, even if the caller before it is no longer polled.
pub(super) fn the_shutdown_refuses_every_waiting_submit(backend: &dyn Backend) {
    let world = limited(backend, 1, 1);
    let gate = Gate::default();
    post(&world, held(&gate));
    post(&world, held(&gate));
    let mut waiting = [(); 3].map(|()| world.scheduler.submit(Job::new(|_| async {})));
    let last = world.run(async {
        poll_fn(|cx| {
            for submit in &mut waiting {
                assert!(
                    submit.as_mut().poll(cx).is_pending(),
                    "the queue had a free slot"
                );
            }
            Poll::Ready(())
        })
        .await;
        let how = Shutdown::graceful();
        world
            .scheduler
            .request_shutdown(how)
            .expect("`run_now` succeeds");
        let [_, _, last] = &mut waiting;
        last.await.map(drop)
    });
    assert_eq!(kind(last), Some(ErrorKind::ShutDown));
    world.time.outside(|| gate.open());
    world.run(world.scheduler.stopped()).expect("stopped");
}

pub(super) fn a_waiting_submit_is_refused_by_the_shutdown(backend: &dyn Backend) {
    let world = limited(backend, 1, 1);
    let (gate, polled) = (Gate::default(), Counter::default());
    post(&world, held(&gate));
    post(&world, held(&gate));
    let refused = world.run(async {
        let mut submit = world.scheduler.submit(counting(&polled));
        poll_fn(|cx| {
            assert!(
                submit.as_mut().poll(cx).is_pending(),
                "the queue had a free slot"
            );
            Poll::Ready(())
        })
        .await;
        world
            .scheduler
            .request_shutdown(Shutdown::graceful())
            .expect("requested");
        kind(submit.await)
    });
    assert_eq!(refused, Some(ErrorKind::ShutDown));
    world.time.outside(|| gate.open());
    world.run(world.scheduler.stopped()).expect("stopped");
    assert_eq!(polled.get(), 0);
}

/// Cancelling queued jobs, at any position, must not let other jobs exceed the limit.
pub(super) fn the_limit_holds_for_any_cancellation(backend: &dyn Backend) {
    let world = limited(backend, 2, 100);
    let gate = Gate::default();
    let jobs: Vec<_> = (0..40).map(|_| submit(&world, held(&gate))).collect();
    for (number, job) in jobs.iter().enumerate().skip(2) {
        if number % 3 != 0 {
            let answer = world.call(|_| job.cancel(CancelMode::Immediate));
            assert_eq!(answer, CancelStatus::Prevented);
            assert_eq!(counts(&world).0, 2);
        }
    }
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    let metrics = world.scheduler.metrics();
    assert_eq!((metrics.succeeded, metrics.cancelled), (15, 25));
}

fn failing() -> Job {
    Job::new(|_| async { Err::<(), _>("a failure") })
}

fn is_the_failure(outcome: &JobOutcome) -> bool {
    matches!(outcome, JobOutcome::Failed(error) if error.to_string() == "a failure")
}

pub(super) fn an_unobserved_end_is_reported_to_later_waiters(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| called.add());
    let world = World::with(backend, options).started();
    let failed = submit(&world, failing());
    world.settle();
    assert_eq!(calls.get(), 1);
    let late = world.run(async { failed.close(SECOND, CancelMode::Immediate).await });
    assert!(is_the_failure(&late.expect("the job has ended")));
    assert!(is_the_failure(
        &world.run(failed.wait()).expect("the job has ended")
    ));
    assert_eq!(calls.get(), 1);
    let five = world.run(async { world.scheduler.spawn_value(async { 5 }).expect("accepted") });
    world.settle();
    assert_eq!(
        world.run(five.wait()).expect("the job has ended").ok(),
        Some(5)
    );
}

pub(super) fn a_failure_has_the_source_location_of_its_job(backend: &dyn Backend) {
    let (told, tells) = mpsc::channel();
    let options = Options::default().keep_spawn_sites(true);
    let options = options.on_error(move |failure: &JobFailure| {
        let _ = told.send(failure.clone());
    });
    let world = World::with(backend, options).started();
    let line = line!() + 1;
    let job = Job::new(|_| async { Err::<(), _>("a failure") })
        .name("bad")
        .tag("test");
    let job = submit(&world, job);
    world.run(job.wait()).expect("the job ends");
    let failure = tells.try_recv().expect("the handler was called");
    let site = failure
        .spawned_at
        .expect("a job with a handle has a source location");
    assert_eq!((site.file(), site.line()), (file!(), line));
    assert_eq!(
        (failure.job, failure.name.as_deref()),
        (job.id(), Some("bad"))
    );
    assert!(failure.policy.is_some_and(|policy| policy.has_tag("test")));
    assert_eq!(
        (failure.error.to_string().as_str(), failure.attempt),
        ("a failure", 1)
    );
    let line = line!() + 1;
    let spawned = world.call(|scheduler| scheduler.spawn(async { panic!("boom") }));
    world
        .run(spawned.expect("accepted").erase().wait())
        .expect("the job ends");
    let failure = tells.try_recv().expect("the handler was called");
    assert_eq!(failure.spawned_at.map(|site| site.line()), Some(line));
    assert!(tells.try_recv().is_err(), "the handler was called twice");
}
