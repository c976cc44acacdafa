//! [`LocalRuntime`]: a runtime whose tasks stay on one thread.

mod live;
mod run;
mod tasks;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    future::Future,
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, ThreadId},
    time::Instant,
};

pub use self::tasks::{LocalTask, LocalTasks};
use self::{
    run::LocalRun,
    tasks::{Arrival, Arrivals},
};
use super::runtime::{BoxFuture, Runtime, SpawnError};

/// A runtime whose tasks stay on one thread.
///
/// It connects an executor that runs one thread for each core, or futures that are not `Send`, with the scheduler.
/// [`start`](Self::start) starts the thread. Tasks arrive there through [`LocalTasks`], and the executor of that thread
/// spawns them. A sleep is made, polled and dropped there too.
///
/// Clones share the thread. It ends when the last one has been dropped, or after [`end`](Self::end).
///
/// [`Job::local`](crate::Job::local) and [`Task::local`](crate::Task::local) run futures that are not `Send` on that
/// thread, for a scheduler on any runtime.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use scheduler_core::{Blocking, Job, RuntimeScheduler, Shutdown, runtime::LocalRuntime};
///
/// let sleep_until = |deadline| async move {
///     smol::Timer::at(deadline).await;
/// };
/// let runtime = LocalRuntime::start("local", sleep_until, |mut tasks| {
///     let executor = smol::LocalExecutor::new();
///     smol::block_on(executor.run(async {
///         while let Some(task) = tasks.next().await {
///             executor.spawn(task).detach();
///         }
///     }));
/// })?;
///
/// let scheduler = Blocking::new(RuntimeScheduler::new(runtime.clone()));
/// scheduler.start()?;
/// let job = Job::local(&runtime, |_| async {
///     let count = Rc::new(Cell::new(1));
///     smol::future::yield_now().await;
///     count.set(count.get() + 1);
/// });
/// scheduler.submit(job)?.join_blocking()?;
/// scheduler.shutdown(Shutdown::graceful())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LocalRuntime {
    owner: Arc<Owner>,
}

type SleepUntil = Arc<dyn Fn(Instant) -> LocalTask + Send + Sync>;

/// Ends the thread when the last clone of the runtime is dropped. Tasks and sleeps do not own it.
struct Owner {
    name: String,
    arrivals: Arc<Arrivals>,
    sleep_until: SleepUntil,
    thread: ThreadId,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.arrivals.close();
    }
}

impl LocalRuntime {
    /// Starts a thread that calls `run`, which starts the executor and spawns every task of [`LocalTasks`] on it. The
    /// runtime ends when `run` returns or panics.
    ///
    /// `sleep_until` is called on that thread, and returns a sleep of the executor.
    ///
    /// # Errors
    ///
    /// [`SpawnError::Failed`] if the system refused the thread.
    pub fn start<S, F>(
        name: impl Into<String>,
        sleep_until: S,
        run: impl FnOnce(LocalTasks) + Send + 'static,
    ) -> Result<Self, SpawnError>
    where
        S: Fn(Instant) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + 'static,
    {
        let name = name.into();
        let arrivals = Arc::new(Arrivals::new());
        let arriving = arrivals.clone();
        let thread = start_thread(&name, move || run(LocalTasks::new(arriving)))?;
        Ok(Self {
            owner: Arc::new(Owner {
                name,
                arrivals,
                sleep_until: Arc::new(move |deadline| Box::pin(sleep_until(deadline))),
                thread,
            }),
        })
    }

    /// Ends the runtime: [`LocalTasks::next`] returns `None`, and tasks are refused from now on. The thread drops
    /// its tasks with `LocalTasks`. Does not wait for that.
    pub fn end(&self) {
        self.owner.arrivals.close();
    }

    /// Returns a future that calls `make` on the thread of the runtime, and runs what it returns there.
    pub(crate) fn run<T, F>(&self, make: impl FnOnce() -> F + Send + 'static) -> LocalRun<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        LocalRun::new(self.owner.arrivals.clone(), make)
    }
}

impl Runtime for LocalRuntime {
    fn name(&self) -> &str {
        &self.owner.name
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.owner.arrivals.push(Arrival::Task(task))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let sleep_until = self.owner.sleep_until.clone();
        let slept = self.run(move || sleep_until(deadline));
        Box::pin(async move {
            // A sleep may end early: an ended runtime has no other.
            slept.await.unwrap_or_default();
        })
    }

    fn parallelism(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    fn check_blocking(&self) -> Result<(), SpawnError> {
        if thread::current().id() == self.owner.thread {
            return Err(SpawnError::no_runtime(
                "this thread runs the tasks; wait on another thread",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRuntime")
            .field("name", &self.owner.name)
            .finish_non_exhaustive()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is a runtime, and has one thread"
)]
fn start_thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<ThreadId, SpawnError> {
    let thread = thread::Builder::new().name(name.into()).spawn(run);
    let thread = thread.map_err(SpawnError::failed)?;
    Ok(thread.thread().id())
}
