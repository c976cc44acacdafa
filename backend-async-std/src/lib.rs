#![doc = include_str!("../README.md")]

use std::{
    env,
    num::NonZeroUsize,
    sync::Once,
    thread,
    time::{Duration, Instant},
};

use async_std::task;
/// The core and its types, so that a program needs no other dependency.
pub use scheduler_core;
use scheduler_core::{
    Runtime, RuntimeScheduler,
    implement::check_threads,
    runtime::{BlockingWork, BoxFuture, SpawnError},
};

/// A scheduler on async-std.
pub type AsyncStdScheduler = RuntimeScheduler<AsyncStdRuntime>;

/// async-std's global executor, which starts its threads itself.
///
/// ```
/// use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
///
/// let scheduler = AsyncStdScheduler::new(AsyncStdRuntime::new());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AsyncStdRuntime(());

impl AsyncStdRuntime {
    /// Returns a handle to async-std's global executor.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl AsyncStdRuntime {
    /// Checks that threads can be started, because async-std aborts the process if its executor or
    /// its timer gets none. After the first use, all users of async-std share these threads.
    fn check_threads(self) -> Result<(), SpawnError> {
        static STARTED: Once = Once::new();
        const TIMER_THREADS: usize = 1;
        if !STARTED.is_completed() {
            check_threads(TIMER_THREADS + self.parallelism().get())?;
            STARTED.call_once(|| drop(task::spawn(task::sleep(Duration::ZERO))));
        }
        Ok(())
    }
}

impl Runtime for AsyncStdRuntime {
    fn name(&self) -> &str {
        "async-std"
    }

    fn spawn(&self, work: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.check_threads()?;
        drop(task::spawn(work));
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        // async-std sleeps only for a duration, so the rest is measured at the first poll.
        Box::pin(async move {
            task::sleep(deadline.saturating_duration_since(Instant::now())).await;
        })
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        drop(task::spawn_blocking(work));
        Ok(())
    }

    /// Returns the number of threads that async-std starts: `ASYNC_STD_THREAD_COUNT`, or one for
    /// each core.
    fn parallelism(&self) -> NonZeroUsize {
        let set = env::var("ASYNC_STD_THREAD_COUNT").ok();
        let set = set.and_then(|threads| threads.parse().ok());
        set.or_else(|| thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN)
    }
}
