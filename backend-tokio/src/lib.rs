#![doc = include_str!("../README.md")]

use std::{
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
    time::Instant,
};

use scheduler_core::{BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError};
use tokio::{runtime::Handle, time::sleep_until};

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
    given: Option<Handle>,
    /// The handle, once it is known to have all that is needed.
    usable: OnceLock<Handle>,
}

impl TokioRuntime {
    /// The runtime of `handle`. It needs its time driver: without, the start answers `NoRuntime`.
    #[must_use]
    pub const fn new(handle: Handle) -> Self {
        Self {
            given: Some(handle),
            usable: OnceLock::new(),
        }
    }

    /// The runtime inside which the scheduler is started. Outside of one, the start answers
    /// `NoRuntime` and may be tried again (`RT-006`).
    #[must_use]
    pub const fn ambient() -> Self {
        Self {
            given: None,
            usable: OnceLock::new(),
        }
    }

    /// The handle; the first one found usable is kept.
    fn handle(&self) -> Result<&Handle, SpawnError> {
        if let Some(handle) = self.usable.get() {
            return Ok(handle);
        }
        let handle = self.given.clone().map_or_else(ambient, Ok)?;
        check_time_driver(&handle)?;
        Ok(self.usable.get_or_init(|| handle))
    }
}

fn ambient() -> Result<Handle, SpawnError> {
    Handle::try_current().map_err(|_| {
        SpawnError::no_runtime(
            "start the scheduler inside a tokio runtime, or build it with TokioRuntime::new(handle)",
        )
    })
}

/// Whether the runtime has a time driver can be found out only by making a timer, which panics
/// where there is none.
fn check_time_driver(handle: &Handle) -> Result<(), SpawnError> {
    let _inside = handle.enter();
    match catch_unwind(|| drop(sleep_until(Instant::now().into()))) {
        Ok(()) => Ok(()),
        Err(_) => Err(SpawnError::no_runtime(
            "the tokio runtime has no time driver, build it with enable_time() or enable_all()",
        )),
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
        let Ok(handle) = self.handle() else {
            // No task can be spawned there either, so nobody is waiting here.
            return Box::pin(std::future::pending());
        };
        let _inside = handle.enter();
        Box::pin(sleep_until(deadline.into()))
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        let handle = self.handle()?;
        // tokio panics where it has no thread and gets none. It has queued the work by then, and
        // takes it up when it gets one.
        drop(catch_unwind(AssertUnwindSafe(|| {
            handle.spawn_blocking(work)
        })));
        Ok(())
    }

    /// As many as the tokio runtime has workers: one, if it is a current-thread runtime.
    fn parallelism(&self) -> NonZeroUsize {
        let workers = self.handle().map(|handle| handle.metrics().num_workers());
        workers
            .ok()
            .and_then(NonZeroUsize::new)
            .unwrap_or(NonZeroUsize::MIN)
    }
}
