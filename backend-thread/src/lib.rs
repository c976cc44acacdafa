#![doc = include_str!("../README.md")]

mod blocking;
mod builder;
mod calm;
mod crew;
mod hire;
mod pool;
mod primitives;
mod task;

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

/// Everything beside the runtime: a program that has this crate needs no other dependency for it.
pub use scheduler_core;
use scheduler_core::{
    BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError, implement::Timers,
};

pub use self::builder::Builder;
use self::{blocking::Blocking, pool::Pool};

/// A scheduler on plain threads.
pub type ThreadScheduler = RuntimeScheduler<ThreadRuntime>;

/// Threads that poll tasks, threads for work that blocks, and one thread that keeps the timers: no
/// async runtime.
///
/// It starts nothing until the first task is spawned, and when the last task has ended all its
/// threads end too, by themselves. A later task starts them again.
///
/// ```
/// use backend_thread::{ThreadRuntime, ThreadScheduler};
///
/// let scheduler = ThreadScheduler::new(ThreadRuntime::new());
/// ```
#[derive(Debug)]
pub struct ThreadRuntime {
    workers: NonZeroUsize,
    pool: Arc<Pool>,
    timers: Timers,
    blocking: Arc<Blocking>,
}

impl ThreadRuntime {
    /// With the default settings: those of [`Builder`].
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// With other settings.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Default for ThreadRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for ThreadRuntime {
    fn name(&self) -> &str {
        "thread"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.pool.spawn(task).map_err(SpawnError::failed)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(self.timers.sleep_until(deadline))
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.blocking.spawn(work).map_err(SpawnError::failed)
    }

    fn parallelism(&self) -> NonZeroUsize {
        self.workers
    }
}

impl Drop for ThreadRuntime {
    /// Tasks that have not ended and work that has not begun are dropped (`R2`); nothing is waited
    /// for.
    fn drop(&mut self) {
        self.pool.close();
        self.blocking.close();
    }
}
