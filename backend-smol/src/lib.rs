#![doc = include_str!("../README.md")]

use std::{
    env, fmt,
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Once, Weak},
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use async_io::Timer;
/// The core and its types, so that a program needs no other dependency.
pub use scheduler_core;
use scheduler_core::{
    Runtime, RuntimeScheduler,
    implement::check_threads,
    runtime::{BlockingWork, BoxFuture, SpawnError},
};
use smol::Executor;

/// A scheduler on smol.
pub type SmolScheduler = RuntimeScheduler<SmolRuntime>;

/// The smol executor for the jobs: the global one, or a given one.
///
/// ```
/// use backend_smol::{SmolRuntime, SmolScheduler};
///
/// let scheduler = SmolScheduler::new(SmolRuntime::global());
/// ```
#[derive(Clone, Default)]
pub struct SmolRuntime {
    place: Place,
    threads: Option<NonZeroUsize>,
}

#[derive(Clone, Default)]
enum Place {
    #[default]
    Global,
    Given(Weak<Executor<'static>>),
    Static(&'static Executor<'static>),
}

impl SmolRuntime {
    /// Uses smol's global executor, which starts its threads itself.
    #[must_use]
    pub const fn global() -> Self {
        Self {
            place: Place::Global,
            threads: None,
        }
    }

    /// Uses a given executor, which the caller must run. It is not kept alive: when it is dropped,
    /// the scheduler shuts down and every waiter gets a result (`RT-011`).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use backend_smol::{SmolRuntime, SmolScheduler};
    ///
    /// let executor = Arc::new(smol::Executor::new());
    /// let scheduler = SmolScheduler::new(SmolRuntime::new(&executor));
    /// ```
    #[must_use]
    pub fn new(executor: &Arc<Executor<'static>>) -> Self {
        Self {
            place: Place::Given(Arc::downgrade(executor)),
            threads: None,
        }
    }

    /// Uses an executor with a static lifetime, which the caller must run.
    #[must_use]
    pub const fn from_static(executor: &'static Executor<'static>) -> Self {
        Self {
            place: Place::Static(executor),
            threads: None,
        }
    }

    /// Sets the number of threads that run the executor.
    ///
    /// This is also the number of jobs with the same due time that start in parallel. The default
    /// is the number of cores, or `SMOL_THREADS` for the global executor.
    ///
    /// ```
    /// use std::{num::NonZeroUsize, sync::Arc};
    /// use backend_smol::SmolRuntime;
    /// use scheduler_core::Runtime;
    ///
    /// let executor = Arc::new(smol::Executor::new());
    /// let four = NonZeroUsize::new(4).expect("not zero");
    /// assert_eq!(SmolRuntime::new(&executor).threads(four).parallelism(), four);
    /// ```
    #[must_use]
    pub const fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }
}

impl Runtime for SmolRuntime {
    fn name(&self) -> &str {
        "smol"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.check_threads()?;
        match &self.place {
            Place::Global => smol::spawn(task).detach(),
            Place::Static(executor) => executor.spawn(task).detach(),
            Place::Given(executor) => {
                let executor = executor.upgrade();
                let executor = executor.ok_or_else(|| SpawnError::no_runtime(GONE))?;
                executor.spawn(task).detach();
            }
        }
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            Timer::at(deadline).await;
        })
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        blocking::unblock(work).detach();
        Ok(())
    }

    fn parallelism(&self) -> NonZeroUsize {
        let default = || match &self.place {
            Place::Global => global_threads(),
            Place::Given(_) | Place::Static(_) => {
                thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
            }
        };
        self.threads.unwrap_or_else(default)
    }
}

impl fmt::Debug for SmolRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.place {
            Place::Global => "global",
            Place::Given(_) => "given",
            Place::Static(_) => "static",
        };
        f.debug_tuple("SmolRuntime").field(&place).finish()
    }
}

impl SmolRuntime {
    /// Checks that threads can be started, because smol panics if its timer or its global executor
    /// gets none. After the first use, all users of smol share these threads.
    fn check_threads(&self) -> Result<(), SpawnError> {
        static TIMERS: Once = Once::new();
        static EXECUTOR: Once = Once::new();
        const TIMER_THREADS: usize = 1;
        let is_global = matches!(self.place, Place::Global);
        if TIMERS.is_completed() && (!is_global || EXECUTOR.is_completed()) {
            return Ok(());
        }
        let executor = if is_global { global_threads().get() } else { 0 };
        check_threads(TIMER_THREADS + executor)?;
        TIMERS.call_once(start_timers);
        if is_global {
            EXECUTOR.call_once(|| smol::spawn(async {}).detach());
        }
        Ok(())
    }
}

/// Starts the thread for all timers, by polling a timer.
fn start_timers() {
    let mut timer = Timer::after(Duration::ZERO);
    let mut nobody = Context::from_waker(Waker::noop());
    let _is_due = Pin::new(&mut timer).poll(&mut nobody);
}

/// Returns the number of threads that smol starts for its global executor.
fn global_threads() -> NonZeroUsize {
    let set = env::var("SMOL_THREADS").ok();
    let set = set.and_then(|threads| threads.parse().ok());
    set.unwrap_or(NonZeroUsize::MIN)
}

const GONE: &str = "the smol executor has been dropped, keep it until the scheduler has shut down";
