//! Jobs that wait for jobs.

use super::{Engine, slab::Key};
use crate::{LifecycleError, Result};

impl Engine {
    /// A running job begins to wait for `target` (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` needs a permit and every job that has one is waiting: none of
    /// them would ever give it back.
    pub(crate) fn begin_wait(&mut self, target: Key) -> Result<()> {
        let exhausted = self
            .options
            .max_concurrent_jobs
            .is_some_and(|limit| self.queue.running >= limit);
        let last_one = self.queue.waiting + 1 >= self.queue.running;
        if self.is_queued(target) && exhausted && last_one {
            return Err(LifecycleError::WouldDeadlock.into());
        }
        self.queue.waiting += 1;
        Ok(())
    }

    pub(crate) fn end_wait(&mut self) {
        self.queue.waiting -= 1;
    }
}
