//! Cases of RY: timeouts of jobs and of their attempts.

use std::time::Duration;

use scheduler_core::{
    Event, EventKind, Job, JobHandle, JobOutcome, Options, Scheduler, Task,
    job::{CancelReason, JobPolicy, OutcomeKind, Retry},
};

use super::{
    bodies::{assert_succeeds, counting, end_of, held},
    retries::{Log, SECOND, failing, post, started, submit},
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

pub(super) fn an_attempt_past_its_timeout_is_dropped_and_retried(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let dropped = Counter::default();
    let drops = dropped.clone();
    let task = Task::new(move |job| {
        let token = drops.on_drop();
        async move {
            let _token = token;
            if job.attempt() < 3 {
                std::future::pending::<()>().await;
            }
        }
    });
    let policy = JobPolicy::default()
        .attempt_timeout(2 * SECOND)
        .retry(Retry::fixed(9, SECOND));
    let job = submit(&world, task.policy(policy));
    assert_succeeds(&world, &job);
    assert_eq!((dropped.get(), world.time.elapsed()), (3, 6 * SECOND));
    let timed_out = |event: &&Event| matches!(event.kind, EventKind::JobTimedOut { .. });
    assert_eq!(world.events().iter().filter(timed_out).count(), 2);
}

pub(super) fn the_total_timeout_ends_the_job(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let policy = JobPolicy::default()
        .attempt_timeout(2 * SECOND)
        .timeout(7 * SECOND)
        .retry(Retry::fixed(99, SECOND));
    let stuck = Task::new(|_| std::future::pending::<()>()).policy(policy);
    let job = submit(&world, stuck);
    let outcome = world.run(job.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    assert_eq!(world.time.elapsed(), 7 * SECOND);
    // The job does not wait for an attempt that could begin only after its total timeout.
    let log = Log::default();
    let policy = JobPolicy::default()
        .timeout(SECOND)
        .retry(Retry::fixed(9, SECOND));
    let job = submit(&world, failing(&world, &log).policy(policy));
    assert_eq!(end_of(&world, &job), OutcomeKind::Failed);
    assert_eq!(world.time.elapsed(), 7 * SECOND);
}

pub(super) fn a_blocking_job_past_its_timeout_sees_the_reason(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (saw, sees) = std::sync::mpsc::channel();
    let job = Job::blocking(move |job| {
        let slept = job.sleep_blocking(60 * SECOND);
        let _ = saw.send((slept, job.cancel_reason()));
    });
    let job = submit(&world, job.timeout(SECOND));
    let outcome = world.run(job.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    assert_eq!(
        sees.try_recv().ok(),
        Some((false, Some(CancelReason::TimedOut)))
    );
    assert_eq!(world.time.elapsed(), SECOND);
}

pub(super) fn a_job_that_does_not_start_in_time_never_runs(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let (gate, polled) = (Gate::default(), Counter::default());
    post(&world, held(&gate));
    let policy = JobPolicy::default().start_within(SECOND);
    let job = submit(&world, counting(&polled).policy(policy));
    let outcome = world.run(job.wait()).expect("the job ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Expired)),
        "{outcome:?}"
    );
    assert_eq!(world.time.elapsed(), SECOND);
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(polled.get(), 0);
}

pub(super) fn a_delayed_job_expires_when_its_time_passes_in_a_pause(backend: &dyn Backend) {
    for (passed, outcome) in [
        (12, OutcomeKind::Succeeded),
        (13, OutcomeKind::Cancelled),
        (60, OutcomeKind::Cancelled),
    ] {
        let (world, polled) = (World::new(backend).started(), Counter::default());
        let policy = JobPolicy::default().start_within(3 * SECOND);
        let delayed = counting(&polled).policy(policy).after(10 * SECOND);
        let job = submit(&world, delayed);
        world.scheduler.pause().expect("it runs");
        world.advance(passed * SECOND);
        world.scheduler.resume().expect("it is paused");
        assert_eq!(end_of(&world, &job), outcome, "resumed after {passed} s");
        let runs = usize::from(outcome == OutcomeKind::Succeeded);
        assert_eq!(polled.get(), runs, "resumed after {passed} s");
    }
}

/// Spawns `job` while the executor is busy, so that nothing polls it until `busy` has passed.
fn after_busy_time(world: &World, busy: Duration, job: Job) -> JobHandle {
    world.time.hold_spawns();
    let job = submit(world, job);
    world.advance(busy);
    world.time.release_spawns();
    job
}

pub(super) fn the_timeout_of_an_attempt_counts_from_its_first_poll(backend: &dyn Backend) {
    for policy in [
        JobPolicy::default().attempt_timeout(2 * SECOND),
        JobPolicy::default().timeout(2 * SECOND),
    ] {
        let world = World::new(backend).started();
        let sleepy = Job::new(|job| async move { job.sleep(SECOND).await });
        let job = after_busy_time(&world, 5 * SECOND, sleepy.policy(policy.clone()));
        assert_succeeds(&world, &job);
        let stuck = Job::new(|_| std::future::pending::<()>());
        let job = after_busy_time(&world, 5 * SECOND, stuck.policy(policy));
        assert_eq!(end_of(&world, &job), OutcomeKind::TimedOut);
        assert_eq!(world.time.elapsed(), 13 * SECOND);
    }
}

pub(super) fn an_attempt_that_cannot_begin_in_time_never_begins(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let polled = Counter::default();
    let policy = JobPolicy::default().start_within(SECOND);
    let job = after_busy_time(&world, 5 * SECOND, counting(&polled).policy(policy.clone()));
    let outcome = world.run(job.wait()).expect("the job ends");
    let expired = matches!(outcome, JobOutcome::Cancelled(CancelReason::Expired));
    assert!(expired, "{outcome:?}");
    assert_eq!((polled.get(), started(&world.events()).len()), (0, 0));
    let late = after_busy_time(&world, SECOND / 2, counting(&polled).policy(policy));
    assert_succeeds(&world, &late);
}
