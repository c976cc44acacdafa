//! rayon: a pool for work that computes. async-task makes a piece of work of each poll of a task.

use std::{num::NonZeroUsize, time::Instant};

use async_task::Runnable;
use scheduler_core::{
    Runtime,
    implement::Timers,
    runtime::{BoxFuture, SpawnError},
};

#[derive(Debug, Default)]
pub(crate) struct Rayon {
    timers: Timers,
}

/// Queues the next poll of a task. In order: by default a worker takes its latest work first, so that a task
/// that wakes itself starves all others.
fn schedule(runnable: Runnable) {
    rayon::spawn_fifo(move || {
        runnable.run();
    });
}

impl Runtime for Rayon {
    fn name(&self) -> &str {
        "rayon"
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
        NonZeroUsize::new(rayon::current_num_threads()).unwrap_or(NonZeroUsize::MIN)
    }
}
