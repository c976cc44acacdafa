//! Builds the scheduler of `sched run` on the backend that was asked for, and no other.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use backend_smol::{SmolRuntime, SmolScheduler};
use backend_thread::{ThreadRuntime, ThreadScheduler};
use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{Options, Scheduler};
use smol::{Executor, Timer, future};

use crate::threads;

/// Names of the backends, in the order of reports.
pub(crate) const NAMES: [&str; 4] = ["tokio", "async-std", "smol", "thread"];

type Failed = Box<dyn std::error::Error>;

/// Number of threads besides those of the backend: the supervisor, two that write, one each for signals, orders and
/// the watch, and one for a command to run.
const OWN_THREADS: usize = 7;

/// Builds the scheduler. Fails if the system refuses the threads that it needs.
pub(crate) fn build(backend: &str, options: Options) -> Result<Arc<dyn Scheduler>, Failed> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = match backend {
        "tokio" => 1,
        "smol" => 2,
        _ => processors + 4,
    };
    threads::require(OWN_THREADS + threads)?;
    Ok(match backend {
        "async-std" => {
            wait_with_smol();
            Arc::new(AsyncStdScheduler::with_options(
                AsyncStdRuntime::new(),
                options,
            )?)
        }
        "smol" => {
            wait_with_smol();
            Arc::new(SmolScheduler::with_options(smol()?, options)?)
        }
        "thread" => Arc::new(ThreadScheduler::with_options(
            ThreadRuntime::new(),
            options,
        )?),
        _ => Arc::new(TokioScheduler::with_options(tokio()?, options)?),
    })
}

/// Starts the thread that both executors wait with, which otherwise starts at the first sleep.
fn wait_with_smol() {
    smol::block_on(Timer::after(Duration::ZERO));
}

/// Commands are processes, so one thread is enough for their jobs.
fn smol() -> Result<SmolRuntime, Failed> {
    let executor = Arc::new(Executor::new());
    let runtime = SmolRuntime::new(&executor).threads(NonZeroUsize::MIN);
    threads::spawn("sched-smol", move || {
        smol::block_on(executor.run(future::pending::<()>()));
    })?;
    Ok(runtime)
}

/// Commands are processes, so one thread is enough for their jobs.
fn tokio() -> Result<TokioRuntime, Failed> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().build()?;
    let handle = runtime.handle().clone();
    threads::spawn("sched-tokio", move || {
        runtime.block_on(future::pending::<()>());
    })?;
    Ok(TokioRuntime::new(handle))
}
