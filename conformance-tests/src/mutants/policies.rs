//! Flaws of job policies, of job handles, and of concurrent shutdowns.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use async_trait::async_trait;
use scheduler_core::{
    EventFilter, Job, JobHandle, JobOutcome, Metrics, Result, ScheduleId, Shutdown, ShutdownReport,
    event::EventStream,
    job::{CancelMode, CancelStatus, JobPolicy},
    schedule::{Decision, SkipReason, Verdict},
    shutdown::Waiting,
};

use super::{
    handle::Grip,
    twist::{Scene, Twist},
};

/// A twist that changes the policy of each submitted job.
pub(super) struct Asks(pub(super) fn(&mut JobPolicy));

#[async_trait]
impl Twist for Asks {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let Some(policy) = job.get_policy() else {
            return on.inner.try_submit(job);
        };
        let mut policy = JobPolicy::clone(policy);
        (self.0)(&mut policy);
        on.inner.try_submit(job.policy(policy))
    }
}

/// Mutant 120: failed attempts are not retried.
pub(super) const NO_RETRY: Asks = Asks(|policy| policy.retry = None);
/// Mutant 121: panics are retried like failures.
pub(super) const RETRIES_PANICS: Asks = Asks(|policy| {
    policy.retry = policy.retry.take().map(|retry| retry.on_panic(true));
});
/// Mutant 122: the jitter differs in each execution.
pub(super) const RANDOM_JITTER: Asks = Asks(|policy| {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let seed = CALLS.fetch_add(1, Relaxed);
    policy.retry = policy.retry.take().map(|retry| retry.seed(seed));
});
/// Mutant 123: attempts have no timeout.
pub(super) const NO_ATTEMPT_TIMEOUT: Asks = Asks(|policy| policy.attempt_timeout = None);
/// Mutant 124: jobs have no total timeout.
pub(super) const NO_TIMEOUT: Asks = Asks(|policy| policy.timeout = None);
/// Mutant 125: jobs never expire before their start.
pub(super) const NEVER_EXPIRES: Asks = Asks(|policy| policy.start_within = None);
/// Mutant 126: priorities are ignored.
pub(super) const NO_PRIORITY: Asks = Asks(|policy| policy.priority = 0);
/// Mutant 127: rate limits are ignored.
pub(super) const NO_RATE: Asks = Asks(|policy| policy.rate_limit = None);
/// Mutant 128: an unlimited job takes a permit.
pub(super) const NEEDS_PERMITS: Asks = Asks(|policy| policy.unlimited = false);
/// Mutant 129: tags and metadata are dropped.
pub(super) const NO_LABELS: Asks = Asks(|policy| {
    policy.tags.clear();
    policy.metadata.clear();
});
/// Mutant 130: contradictory policies are removed, and the job accepted.
pub(super) const TAKES_ANYTHING: Asks = Asks(|policy| *policy = JobPolicy::default());

/// Mutant 131: event filters are ignored.
pub(super) struct IgnoresFilters;

#[async_trait]
impl Twist for IgnoresFilters {
    fn subscribe(&self, on: &Scene, _: EventFilter) -> EventStream {
        on.inner.subscribe(EventFilter::all())
    }
}

/// A twist that changes the settings of each shutdown.
pub(super) struct Ends(pub(super) fn(Shutdown) -> Shutdown);

#[async_trait]
impl Twist for Ends {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        on.inner.shutdown((self.0)(how)).await
    }

    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        on.inner.request_shutdown((self.0)(how))
    }
}

/// Mutant 132: a joining shutdown shortens the first one.
pub(super) const ALWAYS_HURRIES: Ends = Ends(Shutdown::hurry);
/// Mutant 133: hurry has no effect.
pub(super) const NEVER_HURRIES: Ends = Ends(|mut how| {
    how.hurry = false;
    how
});
/// Mutant 134: every shutdown is immediate.
pub(super) const ALWAYS_AT_ONCE: Ends = Ends(|_| Shutdown::immediate());

/// Mutant 405: a graceful shutdown cancels waiting jobs.
pub(super) const NEVER_DRAINS: Ends = Ends(|how| how.waiting(Waiting::Cancel));

/// Mutant 500: instants that a shutdown prevented have no record.
pub(super) struct EndsUnrecorded;

#[async_trait]
impl Twist for EndsUnrecorded {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        let mut history = on.inner.schedule(id).history()?;
        history.retain(|known| known.verdict != Verdict::Skipped(SkipReason::Shutdown));
        Ok(history)
    }
}

/// Mutant 135: a cancellation is acknowledged and not carried out.
pub(super) struct OnlyPromises;

#[async_trait]
impl Grip for OnlyPromises {
    fn cancel(&self, _: &JobHandle, _: CancelMode) -> CancelStatus {
        CancelStatus::Requested
    }
}

/// Mutant 136: a job ends with its waiter.
pub(super) struct EndsWithItsWaiter;

#[async_trait]
impl Grip for EndsWithItsWaiter {
    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        let guard = CancelsWhenDropped(job.clone());
        guard.0.wait().await
    }
}

struct CancelsWhenDropped(JobHandle);

impl Drop for CancelsWhenDropped {
    fn drop(&mut self) {
        self.0.cancel(CancelMode::Immediate);
    }
}

/// Mutant 671: a job that is cancelled while its retry is decided stays counted.
pub(super) struct CountsCancelledRetries;

#[async_trait]
impl Twist for CountsCancelledRetries {
    fn metrics(&self, on: &Scene) -> Metrics {
        let mut metrics = on.inner.metrics();
        metrics.retrying += usize::from(metrics.cancelled > 0 && metrics.retried == 0);
        metrics
    }
}
