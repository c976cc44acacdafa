//! async-executor: an executor that its user runs, here on a thread for each core.

use std::{future::pending, num::NonZeroUsize, sync::OnceLock, thread, time::Instant};

use async_executor::Executor;
use async_io::Timer;
use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};

static EXECUTOR: Executor<'static> = Executor::new();

#[derive(Debug)]
pub(crate) struct AsyncExecutor;

impl AsyncExecutor {
    /// Starts the threads with the first call.
    pub(crate) fn new() -> Self {
        static THREADS: OnceLock<()> = OnceLock::new();
        THREADS.get_or_init(|| {
            let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
            for _ in 0..cores {
                thread::spawn(|| block_on(EXECUTOR.run(pending::<()>())));
            }
        });
        Self
    }
}

impl Runtime for AsyncExecutor {
    fn name(&self) -> &str {
        "async-executor"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        EXECUTOR.spawn(task).detach();
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            Timer::at(deadline).await;
        })
    }
}
