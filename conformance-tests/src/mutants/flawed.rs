//! A runtime with one flaw, for any method of the contract.

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// The behaviour of a flawed runtime. Each method receives the sound runtime, and by default calls
/// it.
pub(super) trait Flaw: Send + Sync + 'static {
    fn spawn(&self, on: &Arc<dyn Runtime>, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        on.spawn(task)
    }

    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        on.sleep_until(deadline)
    }

    fn spawn_blocking(&self, on: &Arc<dyn Runtime>, work: BlockingWork) -> Result<(), SpawnError> {
        on.spawn_blocking(work)
    }

    fn now(&self, on: &Arc<dyn Runtime>) -> Now {
        on.now()
    }
}

/// Wraps `runtime` with the flaw.
pub(super) fn flawed(runtime: Arc<dyn Runtime>, flaw: impl Flaw) -> Arc<dyn Runtime> {
    Arc::new(Flawed { runtime, flaw })
}

struct Flawed<F> {
    runtime: Arc<dyn Runtime>,
    flaw: F,
}

impl<F: Flaw> Runtime for Flawed<F> {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.flaw.spawn(&self.runtime, task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.flaw.sleep_until(&self.runtime, deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.flaw.spawn_blocking(&self.runtime, work)
    }

    fn parallelism(&self) -> NonZeroUsize {
        self.runtime.parallelism()
    }

    fn check_blocking(&self) -> Result<(), SpawnError> {
        self.runtime.check_blocking()
    }

    fn now(&self) -> Now {
        self.flaw.now(&self.runtime)
    }
}
