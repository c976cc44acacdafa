#![doc = include_str!("../README.md")]

use std::{fmt, sync::Arc, time::Instant};

use async_io::Timer;
use scheduler_core::{BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError};
use smol::Executor;

/// A scheduler on smol.
pub type SmolScheduler = RuntimeScheduler<SmolRuntime>;

/// The smol executor that jobs run on: the global one, or a given one.
///
/// ```
/// use backend_smol::{SmolRuntime, SmolScheduler};
///
/// let scheduler = SmolScheduler::new(SmolRuntime::global());
/// ```
#[derive(Clone, Default)]
pub struct SmolRuntime {
    executor: Option<Arc<Executor<'static>>>,
}

impl SmolRuntime {
    /// smol's global executor, whose threads start by themselves.
    #[must_use]
    pub const fn global() -> Self {
        Self { executor: None }
    }

    /// A given executor, which somebody has to run.
    #[must_use]
    pub const fn new(executor: Arc<Executor<'static>>) -> Self {
        Self {
            executor: Some(executor),
        }
    }
}

impl Runtime for SmolRuntime {
    fn name(&self) -> &str {
        "smol"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        match &self.executor {
            Some(executor) => executor.spawn(task).detach(),
            None => smol::spawn(task).detach(),
        }
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            Timer::at(deadline).await;
        })
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        blocking::unblock(work).detach();
        Ok(())
    }
}

impl fmt::Debug for SmolRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmolRuntime")
            .field("global", &self.executor.is_none())
            .finish()
    }
}
