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
/// Everything beside the runtime: a program that has this crate needs no other dependency for it.
pub use scheduler_core;
use scheduler_core::{
    BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError, implement::check_threads,
};
use smol::Executor;

/// A scheduler on smol.
pub type SmolScheduler = RuntimeScheduler<SmolRuntime>;

/// The smol executor that jobs run on: the global one, or a given one.
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
    /// smol's global executor, whose threads start by themselves.
    #[must_use]
    pub const fn global() -> Self {
        Self {
            place: Place::Global,
            threads: None,
        }
    }

    /// A given executor, which somebody has to run. It is not kept alive: when it is dropped, its
    /// scheduler ends, and everybody who waits gets an answer (`RT-011`).
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

    /// An executor that lives as long as the program, and which somebody has to run.
    #[must_use]
    pub const fn from_static(executor: &'static Executor<'static>) -> Self {
        Self {
            place: Place::Static(executor),
            threads: None,
        }
    }

    /// The same, knowing how many threads run the executor.
    ///
    /// As many jobs that are due together run beside each other. By default as many as the machine has
    /// cores, for the global executor as `SMOL_THREADS` says.
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
    /// smol panics where it gets no thread: for its timers, and for the global executor. Both are there
    /// from their first use on, for all who use smol.
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

/// The first poll of a timer starts the thread of all timers.
fn start_timers() {
    let mut timer = Timer::after(Duration::ZERO);
    let mut nobody = Context::from_waker(Waker::noop());
    let _is_due = Pin::new(&mut timer).poll(&mut nobody);
}

/// How many threads smol starts for its global executor.
fn global_threads() -> NonZeroUsize {
    let set = env::var("SMOL_THREADS").ok();
    let set = set.and_then(|threads| threads.parse().ok());
    set.unwrap_or(NonZeroUsize::MIN)
}

const GONE: &str = "the smol executor has been dropped, keep it until the scheduler has shut down";
