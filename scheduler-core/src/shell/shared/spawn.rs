//! Passes tasks to the runtime, which is third-party code and may panic.

use super::Shared;
use crate::{BlockingWork, BoxFuture, SpawnError, base::panic::caught};

/// The runtime panicked instead of taking the work, or refusing it.
#[derive(Debug, thiserror::Error)]
#[error("the runtime panicked: {0}")]
struct Panicked(String);

impl Shared {
    /// Spawns a task. A panic of the runtime counts as a refusal, so that further tasks of the same call are still
    /// spawned.
    pub(crate) fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        contained(|| self.runtime.spawn(task))
    }

    /// Runs work beside the executor, as [`spawn`](Self::spawn) starts a task.
    pub(crate) fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        contained(|| self.runtime.spawn_blocking(work))
    }
}

fn contained(call: impl FnOnce() -> Result<(), SpawnError>) -> Result<(), SpawnError> {
    caught(call).unwrap_or_else(|message| Err(SpawnError::failed(Panicked(message))))
}
