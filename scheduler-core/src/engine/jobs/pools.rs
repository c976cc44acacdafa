//! [`Pool`]: what gives permits, a queue or the limit of a task.

use super::{JobRecord, Jobs, Rank};
use crate::{
    Task,
    engine::{Key, QueueNumber},
};

/// A set of permits of which each job with a claim to it holds one while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pool {
    Queue(QueueNumber),
    /// The limit of a task.
    Task(Key),
}

impl JobRecord {
    /// Returns the pools of which the job needs a permit to run.
    pub(super) fn pools(&self) -> impl Iterator<Item = Pool> + use<> {
        let queue = (self.rank() != Rank::Besides).then_some(Pool::Queue(self.queue));
        let task = self.task_seat().map(|seat| Pool::Task(seat.task()));
        queue.into_iter().chain(task)
    }
}

impl Jobs {
    /// Returns the pools of which the jobs of a task need a permit.
    pub(super) fn pools_of_task(&self, task: &Task) -> impl Iterator<Item = Pool> + use<> {
        let policy = task.policy.as_deref();
        let is_limited = policy.is_none_or(|policy| !policy.unlimited);
        let queue = self.queues.find(policy).ok().filter(|_| is_limited);
        let limit = policy.and_then(|policy| policy.task_limit.as_ref());
        let task = limit.and_then(|limit| self.task_limits.find(limit));
        queue
            .map(Pool::Queue)
            .into_iter()
            .chain(task.map(Pool::Task))
    }

    /// Returns the number of free permits of a pool.
    pub(super) fn free_permits(&self, pool: Pool) -> usize {
        match pool {
            Pool::Queue(number) => self.queues.get(number).free_permits(),
            Pool::Task(task) => self.task_limits.free(task),
        }
    }

    /// Returns the number of jobs that hold a permit of a pool.
    pub(super) fn held_permits(&self, pool: Pool) -> usize {
        match pool {
            Pool::Queue(number) => self.queues.get(number).permits().held(),
            Pool::Task(task) => self.task_limits.running(task),
        }
    }
}
