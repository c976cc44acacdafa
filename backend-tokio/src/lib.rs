#![doc = include_str!("../README.md")]

mod clock;
mod sleep;
mod used_runtime;

use std::{
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::Instant,
};

/// The core and its types, so that a program needs no other dependency.
pub use scheduler_core;
use scheduler_core::{
    Runtime, RuntimeScheduler,
    implement::Timers,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};
use tokio::runtime::{Handle, RuntimeFlavor};

use self::{
    clock::Clock,
    sleep::Sleep,
    used_runtime::{CATCHES_PANICS, Place, UsedRuntime, around},
};

/// A scheduler on tokio.
pub type TokioScheduler = RuntimeScheduler<TokioRuntime>;

/// The tokio runtime for the jobs: a given one, or the ambient one at the start.
///
/// The scheduler uses the clock of the runtime. A test that pauses and advances it, or uses
/// `#[tokio::test(start_paused = true)]`, pauses and advances the scheduler and its wall clock too.
///
/// ```
/// use backend_tokio::{TokioRuntime, TokioScheduler};
///
/// let ambient = TokioScheduler::new(TokioRuntime::ambient());
/// ```
#[derive(Debug)]
pub struct TokioRuntime {
    given: Option<Handle>,
    home: OnceLock<Arc<UsedRuntime>>,
    clock: Clock,
    /// Timers for callers outside the runtime, created on first use.
    timers: OnceLock<Timers>,
}

impl TokioRuntime {
    /// Uses the runtime of `handle`. The runtime needs a time driver; without one, the start fails
    /// with `NoRuntime`.
    ///
    /// With `panic = "abort"`, sleeps use the backend's own timers on one more thread, and the
    /// runtime needs no time driver. Using a missing tokio time driver would abort the process.
    #[must_use]
    pub const fn new(handle: Handle) -> Self {
        Self::build(Some(handle))
    }

    /// Uses the runtime in which the scheduler is started. Outside a runtime, the start fails with
    /// `NoRuntime` and may be retried (`RT-006`).
    #[must_use]
    pub const fn ambient() -> Self {
        Self::build(None)
    }

    const fn build(given: Option<Handle>) -> Self {
        Self {
            given,
            home: OnceLock::new(),
            clock: Clock::new(),
            timers: OnceLock::new(),
        }
    }

    /// Returns the runtime of the scheduler, once it has started.
    fn place(&self) -> Option<&Place> {
        self.home.get().and_then(|home| home.place())
    }

    /// Returns a runtime in which the first task can be spawned.
    fn candidate(&self) -> Result<Handle, SpawnError> {
        self.given.clone().map_or_else(around, Ok)
    }

    fn home(&self) -> &Arc<UsedRuntime> {
        self.home.get_or_init(Arc::default)
    }

    /// Returns the runtime whose timers the caller's sleep should use, if any: the scheduler's, if
    /// the caller is inside it. Outside, that runtime may not be driven, or may end.
    fn sleeps_in(&self, home: &UsedRuntime) -> Option<Handle> {
        if home.is_lost() || !CATCHES_PANICS {
            return None;
        }
        let around = Handle::try_current().ok();
        match home.place() {
            None => around,
            // Only this runtime's timers follow its paused clock.
            Some(place) if self.clock.is_apart() => Some(place.handle.clone()),
            Some(place) => around.filter(|around| around.id() == place.handle.id()),
        }
    }
}

impl Default for TokioRuntime {
    /// Returns the [ambient](Self::ambient) runtime.
    fn default() -> Self {
        Self::ambient()
    }
}

impl Runtime for TokioRuntime {
    fn name(&self) -> &str {
        "tokio"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        match self.place() {
            Some(place) => {
                drop(place.handle.spawn(task));
                Ok(())
            }
            None => {
                let candidate = self.candidate()?;
                self.home().move_to(&candidate, task)
            }
        }
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let (home, timers) = (self.home(), self.timers.get_or_init(Timers::new));
        Box::pin(match self.sleeps_in(home) {
            Some(handle) => Sleep::inside(&handle, home, deadline, timers),
            None => Sleep::outside(deadline, timers),
        })
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        let handle = match self.place() {
            Some(place) => &place.handle,
            None => &self.candidate()?,
        };
        // tokio panics if it has no thread and cannot start one. By then the work is queued, and
        // the next thread takes it.
        drop(catch_unwind(AssertUnwindSafe(|| {
            handle.spawn_blocking(work)
        })));
        Ok(())
    }

    /// Returns the number of workers of the tokio runtime: one for a current-thread runtime.
    fn parallelism(&self) -> NonZeroUsize {
        let workers = |handle: &Handle| NonZeroUsize::new(handle.metrics().num_workers());
        let known = match self.place() {
            Some(place) => workers(&place.handle),
            None => self.candidate().ok().as_ref().and_then(workers),
        };
        known.unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns tokio's monotonic time, with the wall time that follows it.
    fn now(&self) -> Now {
        match self.place() {
            Some(place) if !place.can_pause => Now::system(),
            Some(place) => self.clock.now(Some(&place.handle)),
            None => self.clock.now(self.given.as_ref()),
        }
    }

    fn check_blocking(&self) -> Result<(), SpawnError> {
        let Ok(around) = Handle::try_current() else {
            return Ok(());
        };
        let home = self.place().map(|place| &place.handle);
        let home = home.or(self.given.as_ref()).unwrap_or(&around);
        if around.id() != home.id() || around.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return Ok(());
        }
        // tokio panics if a thread that runs its tasks blocks. Other threads may block.
        let blocks = catch_unwind(AssertUnwindSafe(|| around.block_on(async {})));
        blocks.map_err(|_| {
            SpawnError::no_runtime(
                "this thread runs the tasks of a current-thread tokio runtime, and they wait for it: \
                 use #[tokio::test(flavor = \"multi_thread\")], call it inside of \
                 tokio::task::spawn_blocking, or test on tokio's paused clock without virtual time",
            )
        })
    }
}
