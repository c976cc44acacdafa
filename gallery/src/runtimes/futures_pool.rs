//! The thread pool of futures. It has no timers, so the core's serve it.

use std::{io, num::NonZeroUsize, time::Instant};

use futures_executor::ThreadPool;
use scheduler_core::{
    Runtime,
    implement::Timers,
    runtime::{BoxFuture, SpawnError},
};

/// Fixed, so that the verdict does not depend on the machine.
const THREADS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

#[derive(Debug)]
pub(crate) struct FuturesPool {
    pool: ThreadPool,
    timers: Timers,
}

impl FuturesPool {
    pub(crate) fn new() -> io::Result<Self> {
        let pool = ThreadPool::builder().pool_size(THREADS.get()).create()?;
        let timers = Timers::new();
        Ok(Self { pool, timers })
    }
}

impl Runtime for FuturesPool {
    fn name(&self) -> &str {
        "futures-pool"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.pool.spawn_ok(task);
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(self.timers.sleep_until(deadline))
    }

    fn parallelism(&self) -> NonZeroUsize {
        THREADS
    }
}
