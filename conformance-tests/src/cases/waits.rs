//! Cases of AJ: waiting for a spawned job, and closing it, with and without a timeout.

use std::time::Duration;

use scheduler_core::{
    ErrorKind, Job, JobOutcome, Shutdown,
    job::{CancelMode, CancelReason, JobStatus, OutcomeKind},
};

use super::{
    bodies::{assert_succeeds, counting, end_of, held},
    spawned::{limited, submit},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn a_wait_that_times_out_leaves_the_job_unchanged(backend: &dyn Backend) {
    let world = limited(backend, 1, 9);
    let gate = Gate::default();
    let running = submit(&world, held(&gate));
    let polled = Counter::default();
    let queued = submit(&world, counting(&polled));
    for (job, status) in [(&running, JobStatus::Running), (&queued, JobStatus::Queued)] {
        let answer = world.run(job.wait_timeout(SECOND));
        assert_eq!(kind(answer), Some(ErrorKind::Timeout));
        assert_eq!(job.status(), status);
    }
    assert_eq!(polled.get(), 0);
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &running);
    assert_succeeds(&world, &queued);
}

pub(super) fn a_wait_can_cancel_at_its_timeout(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let stuck = submit(&world, Job::new(|_| std::future::pending::<()>()));
    let answer = world.run(stuck.wait_or_cancel(SECOND, CancelMode::Immediate));
    assert_eq!(kind(answer), Some(ErrorKind::Timeout));
    let outcome = world.run(stuck.wait()).expect("the job ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Requested)),
        "{outcome:?}"
    );
    let quick = submit(
        &world,
        Job::new(|job| async move { job.sleep(SECOND / 2).await }),
    );
    let answer = world.run(quick.wait_or_cancel(SECOND, CancelMode::Immediate));
    assert_eq!(
        answer.expect("the job ends in time").kind(),
        OutcomeKind::Succeeded
    );
}

pub(super) fn closing_a_job_waits_for_its_end_or_times_out(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let polite = submit(
        &world,
        Job::new(|job| async move {
            job.cancelled().await;
            job.sleep(SECOND).await;
        }),
    );
    world.settle();
    let mode = CancelMode::Graceful(60 * SECOND);
    let hasty = world.run(polite.close(SECOND / 2, mode));
    assert_eq!(kind(hasty), Some(ErrorKind::Timeout));
    assert_eq!(polite.status(), JobStatus::Cancelling);
    let outcome = world
        .run(polite.close(2 * SECOND, mode))
        .expect("the job ends in time");
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
    let again = world
        .run(polite.close(Duration::ZERO, mode))
        .expect("the job has ended");
    assert_eq!(again.kind(), OutcomeKind::Cancelled);
}

pub(super) fn a_dropped_waiter_does_not_affect_its_job(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let job = submit(&world, held(&gate));
    world.run(async {
        assert!(poll_once(job.wait()).is_none());
        assert!(poll_once(job.close(SECOND, CancelMode::Graceful(60 * SECOND))).is_none());
    });
    world.advance(10 * SECOND);
    assert_eq!(job.status(), JobStatus::Cancelling);
    world.time.outside(|| gate.open());
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
    let undisturbed = submit(&world, held(&gate));
    world.run(async { drop(poll_once(undisturbed.wait())) });
    assert_succeeds(&world, &undisturbed);
}

/// A job timeout, a timed wait and a timed close each return their own result.
pub(super) fn timeouts_of_jobs_and_waits_are_distinct(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let own =
        Job::new(|_| async { Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut)) });
    let own = submit(&world, own);
    let outcome = world
        .run(own.wait_timeout(SECOND))
        .expect("the job ends in time");
    assert_eq!(outcome.kind(), OutcomeKind::Failed);
    let limited = submit(
        &world,
        Job::new(|_| std::future::pending::<()>()).timeout(SECOND),
    );
    let outcome = world
        .run(limited.wait_timeout(2 * SECOND))
        .expect("the job ends in time");
    assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    let waited = submit(&world, Job::new(|_| std::future::pending::<()>()));
    assert_eq!(
        kind(world.run(waited.wait_timeout(SECOND))),
        Some(ErrorKind::Timeout)
    );
    let how = Shutdown::drain_within(SECOND).cancel_grace(Duration::ZERO);
    world.shut_down(how).expect("the shutdown abandons no job");
    assert_eq!(
        waited.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Cancelled)
    );
}
