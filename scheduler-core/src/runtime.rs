//! What a backend supplies: a few primitives over one executor.
//!
//! Everything else (queues, limits, lifecycle, errors, events) is decided by the core, once, for
//! every backend. Nothing here may answer "not supported".

use std::{future::Future, num::NonZeroUsize, pin::Pin, sync::Arc, thread, time::Instant};

use crate::Now;

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work that blocks its thread.
pub type BlockingWork = Box<dyn FnOnce() + Send + 'static>;

/// The primitives of one executor.
///
/// # Behavior
///
/// | rule | text |
/// |---|---|
/// | R1 | [`spawn`](Self::spawn) MUST NOT poll the task inline; it returns without having run user code. |
/// | R2 | A spawned task MUST be polled to its end or dropped; it is never leaked. |
/// | R3 | Tasks that wait MUST NOT hold up each other: a pending task gives way. |
/// | R4 | A sleep MAY end early or be polled spuriously; it MUST NOT be lost. |
/// | R5 | Dropping a sleep MUST free its timer. |
/// | R6 | An idle runtime MUST NOT spin: no wake-up without a cause. |
/// | R7 | As many runnable tasks as [`parallelism`](Self::parallelism) says MUST each have a thread: one that blocks holds up no other. |
///
/// The conformance suite tests each of them.
pub trait Runtime: Send + Sync + 'static {
    /// A short name for reports: `"tokio"`.
    fn name(&self) -> &str;

    /// Starts `task` on the executor; any thread may call it.
    ///
    /// # Errors
    ///
    /// [`SpawnError::NoRuntime`] if there is no executor to run it, [`SpawnError::Failed`] if the
    /// executor refused. The task has been dropped then. A panic counts as a refusal.
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;

    /// A future that ends at `deadline`, or soon after.
    ///
    /// It may be created, polled and dropped by any task of this runtime.
    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()>;

    /// Runs `work`, which may block for any time, beside the executor. By default on a thread of
    /// its own.
    ///
    /// # Errors
    ///
    /// [`SpawnError`] if no thread could be had. The work has been dropped then.
    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        spawn_thread("scheduler-blocking", work)
    }

    /// Returns how many tasks this runtime can poll at a time: its threads, not its tasks. By
    /// default as many as the machine has cores.
    ///
    /// Jobs that are due together are handed over to so many tasks. With a number that is too small
    /// a job that blocks holds up others for which there is a thread; one that is too large costs a
    /// few more tasks. A running scheduler asks for it once, when it starts.
    fn parallelism(&self) -> NonZeroUsize {
        thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    /// Checks whether the calling thread may block until tasks of this runtime have run. By default
    /// any may.
    ///
    /// Virtual time asks before it waits ([`VirtualRuntime`](crate::testing::VirtualRuntime)).
    ///
    /// # Errors
    ///
    /// [`SpawnError::NoRuntime`] if the tasks wait for this very thread; with what to do instead.
    fn check_blocking(&self) -> Result<(), SpawnError> {
        Ok(())
    }

    /// Reads the clocks. By default those of the operating system.
    ///
    /// [`sleep_until`](Self::sleep_until) and the monotonic clock belong together. If sleeps end early
    /// by that clock, again and again, the scheduler waits on a thread instead, and says so
    /// ([`EventKind::SleepsEndEarly`](crate::EventKind::SleepsEndEarly)).
    fn now(&self) -> Now {
        Now::system()
    }
}

/// Why a runtime could not take a task.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// There is no executor: the caller is outside of a runtime, or it has ended.
    #[error("no runtime to run on: {hint}")]
    NoRuntime {
        /// What the caller can do about it.
        hint: String,
    },
    /// The executor refused.
    #[error("the runtime started no task: {}", chain(&**source))]
    Failed {
        /// What the executor or the operating system returned. Its text, with its sources, is part of
        /// this error's: it is no [`source`](std::error::Error::source) as well.
        r#source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

/// An error with its sources, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl SpawnError {
    /// There is no executor, and what to do about it.
    pub fn no_runtime(hint: impl Into<String>) -> Self {
        Self::NoRuntime { hint: hint.into() }
    }

    /// The executor or the operating system refused with `source`.
    pub fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed {
            source: Arc::new(source),
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the default of Runtime::spawn_blocking, for runtimes without a pool of their own"
)]
fn spawn_thread(name: &str, work: BlockingWork) -> Result<(), SpawnError> {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map(drop)
        .map_err(SpawnError::failed)
}

macro_rules! forward_runtime {
    ($($pointer:ident),*) => {$(
        impl<R: Runtime + ?Sized> Runtime for $pointer<R> {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
                (**self).spawn(task)
            }

            fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
                (**self).sleep_until(deadline)
            }

            fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
                (**self).spawn_blocking(work)
            }

            fn parallelism(&self) -> NonZeroUsize {
                (**self).parallelism()
            }

            fn check_blocking(&self) -> Result<(), SpawnError> {
                (**self).check_blocking()
            }

            fn now(&self) -> Now {
                (**self).now()
            }
        }
    )*};
}

forward_runtime!(Arc, Box);
