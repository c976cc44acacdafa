//! [`Runtime`]: the primitives that a backend supplies over one executor.
//!
//! The core decides everything else (queues, limits, lifecycle, errors, events) once, for every
//! backend. No primitive may return "not supported".

use std::{future::Future, num::NonZeroUsize, pin::Pin, sync::Arc, thread, time::Instant};

pub use super::local::{LocalRuntime, LocalTask, LocalTasks};
pub use crate::base::clock::Now;

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
/// | R2 | A spawned task MUST be polled to its end or dropped; it is never leaked. A refused one has been dropped. |
/// | R3 | A pending task MUST NOT keep its thread: other tasks run meanwhile. |
/// | R4 | A sleep MAY end early or be polled spuriously; it MUST NOT be lost. |
/// | R5 | Dropping a sleep MUST free its timer. |
/// | R6 | An idle runtime MUST NOT spin: no wake-up without a cause. |
/// | R7 | As many runnable tasks as [`parallelism`](Self::parallelism) says MUST each have a thread: one that blocks holds up no other. |
/// | R8 | The monotonic time of [`now`](Self::now) MUST NOT go back, on any thread, and MUST keep the pace of the system's clock. |
/// | R9 | The wall time of [`now`](Self::now) MUST be the system's, and MUST advance. |
/// | R10 | Most sleeps MUST NOT end before their deadline by the time of [`now`](Self::now), however far the deadline is. |
/// | R11 | A sleep MUST end soon after its deadline, as the system's own sleeps do. |
/// | R12 | Blocking work MUST run beside the tasks, dozens of pieces at once; none is lost. |
/// | R14 | A runtime MUST NOT hold a lock of its own while it polls or drops a task, or calls a waker. |
///
/// The conformance suite tests each of them, in real time. A runtime with simulated time, which is for tests, need not
/// keep R8, R9 and R11.
///
/// The last owner drops the runtime, on whichever thread that is: a clone of the scheduler, a handle, or a task that the
/// executor drops. Its destructor must therefore not wait for its own tasks.
pub trait Runtime: Send + Sync + 'static {
    /// Returns a short name for reports: `"tokio"`.
    fn name(&self) -> &str;

    /// Starts `task` on the executor; any thread may call it.
    ///
    /// # Errors
    ///
    /// [`SpawnError::NoRuntime`] if there is no executor to run it, [`SpawnError::Failed`] if the
    /// executor refused. In both cases the task has been dropped. A panic counts as a refusal.
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;

    /// Returns a future that completes at `deadline`, or soon after.
    ///
    /// Any task of this runtime may create, poll and drop it.
    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()>;

    /// Runs `work`, which may block for any time, outside the executor. The default implementation
    /// creates a thread for each call.
    ///
    /// # Errors
    ///
    /// [`SpawnError`] if the system refused a thread. In that case the work has been dropped.
    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        spawn_thread("scheduler-blocking", work)
    }

    /// Returns how many tasks this runtime can poll at the same time: the number of its threads. The
    /// default is the number of cores.
    ///
    /// The scheduler distributes jobs that are due together over this number of tasks, and reads it
    /// once, at the start. If the number is too small, a job that blocks delays others although a
    /// thread is free. If it is too large, a few tasks are spawned in excess.
    fn parallelism(&self) -> NonZeroUsize {
        thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    /// Checks whether the calling thread may block until tasks of this runtime have run. The default
    /// implementation allows it for any thread.
    ///
    /// Virtual time (`VirtualRuntime` of the crate `scheduler-testing`) checks this before it waits.
    ///
    /// # Errors
    ///
    /// [`SpawnError::NoRuntime`] if this thread would have to poll those tasks itself. Its hint names
    /// the remedy.
    fn check_blocking(&self) -> Result<(), SpawnError> {
        Ok(())
    }

    /// Reads both clocks. The default implementation reads those of the operating system.
    ///
    /// [`sleep_until`](Self::sleep_until) must follow the monotonic clock returned here. If sleeps
    /// repeatedly end early by that clock, the scheduler waits on a thread instead, and publishes
    /// [`EventKind::SleepsEndEarly`](crate::EventKind::SleepsEndEarly).
    fn now(&self) -> Now {
        Now::system()
    }
}

/// Reason why a runtime refused a task.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// There is no executor: the caller is outside of a runtime, or the runtime has ended.
    #[error("no runtime: {hint}")]
    NoRuntime {
        /// The remedy for the caller.
        hint: String,
    },
    /// The executor or the operating system refused the task.
    #[error("the runtime did not start the task: {}", chain(&**source))]
    Failed {
        /// The error of the executor or the operating system. The message of this error contains its
        /// text and those of its sources, so [`source`](std::error::Error::source) returns `None`.
        r#source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

/// Formats an error and its sources on one line.
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
    /// Creates a [`NoRuntime`](Self::NoRuntime) error. `hint` names the remedy for the caller.
    ///
    /// ```
    /// use scheduler_core::runtime::SpawnError;
    ///
    /// let error = SpawnError::no_runtime("start it inside of the executor");
    /// assert_eq!(error.to_string(), "no runtime: start it inside of the executor");
    /// ```
    pub fn no_runtime(hint: impl Into<String>) -> Self {
        Self::NoRuntime { hint: hint.into() }
    }

    /// Creates a [`Failed`](Self::Failed) error from the refusal of the executor or the system.
    ///
    /// ```
    /// use scheduler_core::runtime::SpawnError;
    ///
    /// let error = SpawnError::failed(std::io::Error::other("too many threads"));
    /// assert_eq!(error.to_string(), "the runtime did not start the task: too many threads");
    /// ```
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
