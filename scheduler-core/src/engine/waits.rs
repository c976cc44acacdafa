//! Jobs that wait for jobs.

use super::{Engine, jobs::JobRecord, ready::Rank, slab::Key};
use crate::{LifecycleError, Result};

impl Engine {
    /// The running job `waiter` begins to wait for `target` (`JB-017`). Answers whether the wait
    /// counts, and is to be [ended](Self::end_wait).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` needs a permit and every job that has one is waiting: none of
    /// them would ever give it back.
    pub(crate) fn begin_wait(&mut self, waiter: Key, target: Key) -> Result<bool> {
        let has_permit = self.jobs.get(waiter).is_some_and(JobRecord::needs_permit);
        let needs_permit = self.jobs.get(target).is_some_and(JobRecord::needs_permit);
        let permits = self.queue.running - self.queue.besides;
        let last_one = self.queue.waiting + usize::from(has_permit) >= permits;
        if self.is_queued(target) && needs_permit && !self.has_permit() && last_one {
            return Err(LifecycleError::WouldDeadlock.into());
        }
        self.queue.waiting += usize::from(has_permit);
        Ok(has_permit)
    }

    pub(crate) fn end_wait(&mut self) {
        self.queue.waiting -= 1;
    }
}

impl JobRecord {
    fn needs_permit(&self) -> bool {
        self.rank() != Rank::Besides
    }
}
