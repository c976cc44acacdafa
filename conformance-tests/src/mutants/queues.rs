//! Flaws of named queues.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use scheduler_core::{
    Error, Job, JobHandle, Result,
    job::JobPolicy,
    queue::{DEFAULT, QueueInfo},
};

use super::{
    policies::Asks,
    twist::{Scene, Twist},
};

/// Mutant 760: every job is in the default queue.
pub(super) const ONE_QUEUE: Asks = Asks(|policy| policy.queue = None);
/// Mutant 761: jobs of a named queue need no permit.
pub(super) const NO_PERMITS: Asks = Asks(|policy| policy.unlimited |= policy.queue.is_some());
/// Mutant 762: priorities hold in the default queue only.
pub(super) const NO_ORDER: Asks = Asks(|policy| {
    if policy.queue.is_some() {
        policy.priority = 0;
    }
});

/// Mutant 800: submitted jobs do not count for the limit of their task.
pub(super) const NO_TASK_LIMIT: Asks = Asks(|policy| policy.task_limit = None);
/// Mutant 801: the limit of a task holds in each queue by itself.
pub(super) const LIMITS_EACH_QUEUE: Asks = Asks(|policy| {
    if let (Some(limit), Some(queue)) = (&mut policy.task_limit, &policy.queue) {
        limit.task = format!("{} of {queue}", limit.task).into();
    }
});
/// Mutant 802: jobs of a limited task start in the order of their submission.
pub(super) const NO_ORDER_OF_A_TASK: Asks = Asks(|policy| {
    if policy.task_limit.is_some() {
        policy.priority = 0;
    }
});
/// Mutant 803: two jobs of a task are always allowed.
pub(super) const ONE_TOO_MANY: Asks = Asks(|policy| {
    if let Some(limit) = &mut policy.task_limit {
        limit.jobs = limit.jobs.max(2);
    }
});

/// Mutant 763: a job of an unknown queue is put into the default queue.
pub(super) struct GuessesTheQueue;

#[async_trait]
impl Twist for GuessesTheQueue {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let queue = job.get_policy().and_then(|policy| policy.queue.clone());
        match queue.filter(|queue| on.inner.queue(queue).info().is_err()) {
            Some(_) => {
                let policy = job.get_policy().map(|policy| JobPolicy::clone(policy));
                let mut policy = policy.unwrap_or_default();
                policy.queue = None;
                on.inner.try_submit(job.policy(policy))
            }
            None => on.inner.try_submit(job),
        }
    }
}

/// Mutant 764: `QueueFull` names the default queue, whichever is full.
pub(super) struct BlamesTheDefault;

#[async_trait]
impl Twist for BlamesTheDefault {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.try_submit(job).map_err(|error| match error {
            Error::QueueFull { limit, .. } => Error::QueueFull {
                queue: DEFAULT.into(),
                limit,
            },
            error => error,
        })
    }
}

/// Mutant 765: a submit that waits for a slot of one queue fails while another queue is full.
pub(super) struct WaitsForAllQueues;

#[async_trait]
impl Twist for WaitsForAllQueues {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let full = |queue: &QueueInfo| queue.limit.is_some_and(|limit| queue.queued >= limit);
        match on.inner.queues().into_iter().find(full) {
            Some(QueueInfo {
                name: queue,
                limit: Some(limit),
                ..
            }) => Err(Error::QueueFull { queue, limit }),
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 766: the pause of a queue has no effect.
pub(super) struct KeepsQueuesGoing;

#[async_trait]
impl Twist for KeepsQueuesGoing {
    fn pause_queue(&self, on: &Scene, name: &str, _: &str) -> Result<()> {
        on.inner.queue(name).info().map(drop)
    }
}

/// Mutant 767: the pause of a queue pauses every queue.
pub(super) struct PausesAllQueues;

#[async_trait]
impl Twist for PausesAllQueues {
    fn pause_queue(&self, on: &Scene, name: &str, reason: &str) -> Result<()> {
        on.inner.queue(name).info()?;
        let mut all = on.inner.queues().into_iter();
        all.try_for_each(|queue| on.inner.queue(&queue.name).pause(reason))
    }
}

/// Mutant 768: a paused queue cannot be resumed.
pub(super) struct NeverResumesQueues;

#[async_trait]
impl Twist for NeverResumesQueues {
    fn resume_queue(&self, on: &Scene, name: &str) -> Result<()> {
        on.inner.queue(name).info().map(drop)
    }
}

/// Mutant 769: the list of queues counts running jobs as queued.
pub(super) struct MiscountsQueues;

#[async_trait]
impl Twist for MiscountsQueues {
    fn queues(&self, on: &Scene) -> Vec<QueueInfo> {
        let mut all = on.inner.queues();
        for queue in &mut all {
            queue.queued += std::mem::take(&mut queue.running);
        }
        all
    }
}

/// Mutant 670: all jobs of a rate group are in the queue of the first one, whose pause holds them up.
#[derive(Default)]
pub(super) struct OneQueueForAGroup(Mutex<BTreeMap<Arc<str>, Option<Arc<str>>>>);

#[async_trait]
impl Twist for OneQueueForAGroup {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let Some((policy, limit)) = job
            .get_policy()
            .and_then(|policy| Some((policy, policy.rate_limit.as_ref()?)))
        else {
            return on.inner.try_submit(job);
        };
        let mut policy = JobPolicy::clone(policy);
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = queues.entry(limit.group.clone());
        policy.queue = first.or_insert_with(|| policy.queue.take()).clone();
        drop(queues);
        on.inner.try_submit(job.policy(policy))
    }
}
