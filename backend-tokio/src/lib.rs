#![doc = include_str!("../README.md")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
    time::Instant,
};

use scheduler_core::{BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError};
use tokio::runtime::Handle;

/// A scheduler on tokio.
pub type TokioScheduler = RuntimeScheduler<TokioRuntime>;

/// The tokio runtime that jobs run on: a given one, or the one around the start.
///
/// ```
/// use backend_tokio::{TokioRuntime, TokioScheduler};
///
/// let ambient = TokioScheduler::new(TokioRuntime::ambient());
/// ```
#[derive(Debug, Default)]
pub struct TokioRuntime {
    handle: OnceLock<Handle>,
}

impl TokioRuntime {
    /// The runtime of `handle`. It needs its time driver: build it with `enable_time`.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        Self {
            handle: OnceLock::from(handle),
        }
    }

    /// The runtime inside which the scheduler is started. Outside of one, the start answers
    /// `NoRuntime` and may be tried again (`RT-006`).
    #[must_use]
    pub fn ambient() -> Self {
        Self::default()
    }

    /// The handle; found by the first call inside a runtime, and kept.
    fn handle(&self) -> Result<&Handle, SpawnError> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let ambient = Handle::try_current().map_err(|_| {
            SpawnError::no_runtime(
                "start the scheduler inside a tokio runtime, or build it with TokioRuntime::new(handle)",
            )
        })?;
        Ok(self.handle.get_or_init(|| ambient))
    }
}

impl Runtime for TokioRuntime {
    fn name(&self) -> &str {
        "tokio"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        drop(self.handle()?.spawn(task));
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        match self.handle() {
            Ok(handle) => sleep_on(handle, deadline),
            // Nothing runs without a runtime, so nobody can be waiting here.
            Err(_) => Box::pin(std::future::pending()),
        }
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        drop(self.handle()?.spawn_blocking(work));
        Ok(())
    }
}

/// tokio panics where a runtime was built without its time driver, which no call can ask beforehand.
/// The task that sleeps there cannot go on: it is told so by the same panic, from its own poll.
fn sleep_on(handle: &Handle, deadline: Instant) -> BoxFuture<'static, ()> {
    let _inside = handle.enter();
    match catch_unwind(AssertUnwindSafe(|| {
        tokio::time::sleep_until(deadline.into())
    })) {
        Ok(sleep) => Box::pin(sleep),
        Err(payload) => Box::pin(async { std::panic::resume_unwind(payload) }),
    }
}

#[cfg(test)]
mod tests {
    use scheduler_core::{Blocking, ErrorKind, Scheduler, Shutdown, State};

    use super::*;

    #[test]
    fn outside_of_a_runtime_the_start_says_so_and_can_be_tried_again() {
        let scheduler = Blocking::new(TokioScheduler::new(TokioRuntime::ambient()));
        assert_eq!(
            scheduler.start().map_err(|error| error.kind()),
            Err(ErrorKind::NoRuntime)
        );
        assert_eq!(scheduler.state(), State::New);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.expect("a tokio runtime");
        runtime.block_on(async {
            Scheduler::start(&*scheduler)
                .await
                .expect("inside it starts");
            let end = Scheduler::shutdown(&*scheduler, Shutdown::graceful()).await;
            assert!(end.is_ok());
        });
    }
}
