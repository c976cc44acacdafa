//! A scheduler that is never started, for tests that need no runtime.

use std::{future::pending, time::Instant};

use scheduler_core::{
    Options, Runtime, RuntimeScheduler,
    runtime::{BoxFuture, SpawnError},
};

/// A runtime that runs nothing.
pub(crate) struct Never;

impl Runtime for Never {
    fn name(&self) -> &str {
        "never"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        drop(task);
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}

pub(crate) fn scheduler() -> RuntimeScheduler<Never> {
    RuntimeScheduler::with_options(Never, Options::default()).unwrap()
}
