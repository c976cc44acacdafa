//! may: coroutines with stacks of their own. Each poll of a task is a coroutine.

use std::{num::NonZeroUsize, time::Instant};

use async_task::Runnable;
use scheduler_core::{
    Runtime,
    implement::Timers,
    runtime::{BoxFuture, SpawnError},
};

#[derive(Debug, Default)]
pub(crate) struct May {
    timers: Timers,
}

/// The stack of a coroutine in words: by default it is 4,096, too small for the calls of a job in a debug build.
const STACK: usize = 1 << 16;

/// Queues the next poll of a task.
fn schedule(runnable: Runnable) {
    may::config().set_stack_size(STACK);
    may::go!(move || {
        runnable.run();
    });
}

impl Runtime for May {
    fn name(&self) -> &str {
        "may"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let (runnable, task) = async_task::spawn(task, schedule);
        task.detach();
        runnable.schedule();
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(self.timers.sleep_until(deadline))
    }

    fn parallelism(&self) -> NonZeroUsize {
        NonZeroUsize::new(may::config().get_workers()).unwrap_or(NonZeroUsize::MIN)
    }
}
