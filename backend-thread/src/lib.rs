#![doc = include_str!("../README.md")]

mod blocking;
mod builder;
mod panic_safe;
mod pool;
mod primitives;
mod start_threads;
mod task;
mod thread_count;

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

/// The core and its types, so that a program needs no other dependency.
pub use scheduler_core;
use scheduler_core::{
    Runtime, RuntimeScheduler,
    implement::Timers,
    runtime::{BlockingWork, BoxFuture, SpawnError},
};

pub use self::builder::Builder;
use self::{blocking::Blocking, pool::Pool};

/// A scheduler on plain threads.
pub type ThreadScheduler = RuntimeScheduler<ThreadRuntime>;

/// A runtime on plain threads, without an async runtime: workers that poll tasks, threads for
/// blocking work, and one timer thread.
///
/// The first spawned task starts the threads. After the last task has ended, all threads end. A
/// later task starts them again.
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
    /// Creates a runtime with the default settings of [`Builder`].
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder for a runtime with other settings.
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
    /// Drops unfinished tasks and blocking work that has not begun (`R2`), without waiting for
    /// anything.
    fn drop(&mut self) {
        self.pool.close();
        self.blocking.close();
    }
}
