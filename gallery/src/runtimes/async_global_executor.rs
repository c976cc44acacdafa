//! async-global-executor: its threads start with the first task, and end with the process.

use std::time::Instant;

use async_io::Timer;
use scheduler_core::{
    Runtime,
    runtime::{BoxFuture, SpawnError},
};

#[derive(Debug)]
pub(crate) struct AsyncGlobalExecutor;

impl Runtime for AsyncGlobalExecutor {
    fn name(&self) -> &str {
        "async-global-executor"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        async_global_executor::spawn(task).detach();
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            Timer::at(deadline).await;
        })
    }
}
