//! Flaws of how jobs run and end, and of how their ends are reported.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobHandle, JobId, JobOutcome, Options, Result, Scheduler,
    failure::JobFailure,
    implement::Work,
    job::{CancelMode, CancelReason, CancelStatus, JobStatus, OutcomeKind, Start},
};

use super::{
    handle::{Grip, gripped, never_ending},
    starts::Flag,
    twist::{Scene, Twist},
};

/// Calls `then` with the scheduler whenever a job has panicked.
fn when_a_job_panics(scene: &Scene, then: fn(&dyn Scheduler)) {
    let inner = Arc::downgrade(&scene.inner);
    let listener = move |event: &Event| {
        let EventKind::JobFinished { outcome, .. } = &event.kind else {
            return;
        };
        if outcome.kind() == OutcomeKind::Panicked
            && let Some(inner) = inner.upgrade()
        {
            then(&*inner);
        }
    };
    scene
        .inner
        .add_listener(EventFilter::jobs(), Arc::new(listener));
}

/// Mutant 26: a panicking job ends the only worker.
pub(super) fn panics_stop_the_worker(scene: Scene) -> Arc<dyn Scheduler> {
    when_a_job_panics(&scene, |inner| inner.pause().unwrap_or_default());
    scene.inner
}

/// Mutant 27: a panicking job keeps its permit.
pub(super) fn panics_keep_the_permit(scene: Scene) -> Arc<dyn Scheduler> {
    when_a_job_panics(&scene, |inner| {
        drop(inner.post(Job::future(std::future::pending::<()>())));
    });
    scene.inner
}

/// Mutant 28: the error handler is called twice.
pub(super) fn handles_twice(options: Options) -> Options {
    match options.settings().error_handler {
        Some(handler) => options.on_error(move |failure: &JobFailure| {
            handler.on_error(failure);
            handler.on_error(failure);
        }),
        None => options,
    }
}

/// Mutant 70: the error handler is never called.
pub(super) fn handles_nothing(options: Options) -> Options {
    options.on_error(|_: &JobFailure| {})
}

/// Mutant 138: a failure has no source location.
pub(super) fn forgets_the_spawn_site(options: Options) -> Options {
    match options.settings().error_handler {
        Some(handler) => options.on_error(move |failure: &JobFailure| {
            let mut failure = failure.clone();
            failure.spawned_at = None;
            handler.on_error(&failure);
        }),
        None => options,
    }
}

/// Mutant 35: a panic of the error handler is passed to that handler.
pub(super) fn handles_itself(options: Options) -> Options {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    match options.settings().error_handler {
        Some(handler) => options.on_error(move |failure: &JobFailure| {
            let call = || handler.on_error(failure);
            if catch_unwind(AssertUnwindSafe(call)).is_err() {
                handler.on_error(failure);
            }
        }),
        None => options,
    }
}

/// A twist that wraps every job handle in a grip.
pub(super) struct Handles<G>(pub(super) fn() -> G);

#[async_trait]
impl<G: Grip> Twist for Handles<G> {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let handle = on.inner.try_submit(job)?;
        Ok(gripped(on, handle, (self.0)()))
    }
}

/// Mutant 29: a second wait returns a default value.
#[derive(Default)]
pub(super) struct ForgetsTheOutcome(Flag);

#[async_trait]
impl Grip for ForgetsTheOutcome {
    fn outcome(&self, _: &JobHandle) -> Option<JobOutcome> {
        self.0.is_set().then_some(JobOutcome::Succeeded(()))
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        let outcome = job.wait().await;
        self.0.set();
        outcome
    }
}

/// Mutant 30: dropping the handle ends the job.
#[derive(Default)]
pub(super) struct AbortsWhenDropped;

#[async_trait]
impl Twist for AbortsWhenDropped {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let handle = on.inner.try_submit(job)?;
        Ok(gripped(on, handle.clone(), Aborts(handle)))
    }
}

struct Aborts(JobHandle);

impl Grip for Aborts {}

impl Drop for Aborts {
    fn drop(&mut self) {
        self.0.cancel(CancelMode::Immediate);
    }
}

/// Mutant 31: a job that was cancelled before its start runs.
pub(super) struct PreventsNothing;

impl Grip for PreventsNothing {
    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        match job.status() {
            JobStatus::Delayed | JobStatus::Queued => CancelStatus::Prevented,
            _ => job.cancel(mode),
        }
    }
}

/// Mutant 71: a running job does not receive the cancellation request.
pub(super) struct HidesTheCancellation;

impl Grip for HidesTheCancellation {
    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        match job.status() {
            JobStatus::Running => CancelStatus::Requested,
            _ => job.cancel(mode),
        }
    }
}

/// Mutant 72: cancelling a finished job returns a success.
pub(super) struct CancelsFinishedJobs;

impl Grip for CancelsFinishedJobs {
    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        match job.cancel(mode) {
            CancelStatus::TooLate => CancelStatus::Requested,
            status => status,
        }
    }
}

/// Mutant 73: waiters of a job that the shutdown cancelled are not woken.
pub(super) struct ForgetsTheUnstarted;

#[async_trait]
impl Grip for ForgetsTheUnstarted {
    fn outcome(&self, _: &JobHandle) -> Option<JobOutcome> {
        None
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        match job.wait().await? {
            JobOutcome::Cancelled(CancelReason::Shutdown) => std::future::pending().await,
            outcome => Ok(outcome),
        }
    }
}

/// Mutant 107: waiters of a lost job are not woken.
pub(super) struct ForgetsTheLost;

#[async_trait]
impl Grip for ForgetsTheLost {
    fn outcome(&self, _: &JobHandle) -> Option<JobOutcome> {
        None
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        match job.wait().await? {
            outcome if outcome.kind() == OutcomeKind::Lost => std::future::pending().await,
            outcome => Ok(outcome),
        }
    }
}

/// Mutant 74: delayed jobs are leaked.
pub(super) struct LeaksTheDelayed;

#[async_trait]
impl Twist for LeaksTheDelayed {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match job.get_start() {
            Start::After(_) => {
                std::mem::forget(job);
                Ok(never_ending())
            }
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 55: of jobs due at one instant the last starts first.
#[derive(Default)]
pub(super) struct LastComesFirst(AtomicU64);

#[async_trait]
impl Twist for LastComesFirst {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let earlier = Duration::from_nanos(self.0.fetch_add(1, SeqCst));
        match job.get_start() {
            Start::After(delay) => on
                .inner
                .try_submit(job.after(delay.saturating_sub(earlier))),
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 221: jobs due at one instant start in arbitrary order, as from a hash table.
#[derive(Default)]
pub(super) struct AnyComesFirst(AtomicU64);

#[async_trait]
impl Twist for AnyComesFirst {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        // A fixed hash, so that each run of the suite meets the same order.
        let hash = self
            .0
            .fetch_add(1, SeqCst)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            >> 32;
        match job.get_start() {
            Start::After(delay) => {
                let earlier = delay.saturating_sub(Duration::from_nanos(hash % 1_000_000));
                on.inner.try_submit(job.after(earlier))
            }
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 75: one job of a thousand is lost.
#[derive(Default)]
pub(super) struct LosesOneOfAThousand(AtomicU64);

#[async_trait]
impl Twist for LosesOneOfAThousand {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match self.0.fetch_add(1, SeqCst) % 1_000 {
            999 => Ok(never_ending()),
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 44: a job that is due earlier waits for a later one.
#[derive(Default)]
pub(super) struct DoesNotRearm(AtomicU64);

#[async_trait]
impl Twist for DoesNotRearm {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let Start::After(delay) = job.get_start() else {
            return on.inner.try_submit(job);
        };
        let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        let latest = self.0.fetch_max(nanos, SeqCst).max(nanos);
        on.inner.try_submit(job.after(Duration::from_nanos(latest)))
    }
}

/// Mutant 76: Scheduler::cancel finds no job.
pub(super) struct FindsNoJob;

#[async_trait]
impl Twist for FindsNoJob {
    fn cancel(&self, _: &Scene, _: JobId, _: CancelMode) -> CancelStatus {
        CancelStatus::TooLate
    }
}

/// Mutant 610: cancelling an unknown job returns TooLate.
pub(super) struct KnowsEveryJob;

#[async_trait]
impl Twist for KnowsEveryJob {
    fn cancel(&self, on: &Scene, job: JobId, mode: CancelMode) -> CancelStatus {
        match on.inner.cancel(job, mode) {
            CancelStatus::Unknown => CancelStatus::TooLate,
            other => other,
        }
    }
}

/// Mutant 460: an error of a job is dropped, and the job succeeds.
pub(super) struct DropsErrors;

#[async_trait]
impl Twist for DropsErrors {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        if job.get_policy().is_some() || job.get_start() != Start::Now {
            return on.inner.try_submit(job);
        }
        on.inner.try_submit(Job::new(|context| async move {
            match job.into_work(context) {
                Work::Async(body) => drop(body.await),
                Work::Blocking(body) => drop(body()),
            }
        }))
    }
}
