#![doc = include_str!("../README.md")]

mod pool;
mod task;
mod timer;

use std::{num::NonZeroUsize, sync::Arc, thread, time::Instant};

use scheduler_core::{BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError};

use self::{pool::Pool, timer::Timers};

/// A scheduler on plain threads.
pub type ThreadScheduler = RuntimeScheduler<ThreadRuntime>;

/// A pool of threads that poll tasks, and one thread that keeps their timers: no async runtime.
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
    pool: Arc<Pool>,
    timers: Arc<Timers>,
}

impl ThreadRuntime {
    /// As many workers as the machine has cores, at least two.
    #[must_use]
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(2, NonZeroUsize::get);
        Self::build(cores.max(2))
    }

    /// This many workers.
    #[must_use]
    pub fn with_workers(workers: NonZeroUsize) -> Self {
        Self::build(workers.get())
    }

    fn build(workers: usize) -> Self {
        let timers = Arc::new(Timers::default());
        Self {
            pool: Arc::new(Pool::new(workers, timers.clone())),
            timers,
        }
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
        let thread = thread::Builder::new().name("scheduler-blocking".into());
        thread.spawn(work).map(drop).map_err(SpawnError::failed)
    }
}

impl Drop for ThreadRuntime {
    /// Tasks that have not ended are dropped (`R2`); nothing is waited for.
    fn drop(&mut self) {
        self.pool.close();
    }
}
