#![doc = include_str!("../README.md")]

mod clock;
mod home;
mod sleep;

use std::{
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::Instant,
};

/// Everything beside the runtime: a program that has this crate needs no other dependency for it.
pub use scheduler_core;
use scheduler_core::{
    BlockingWork, BoxFuture, Now, Runtime, RuntimeScheduler, SpawnError, implement::Timers,
};
use tokio::runtime::{Handle, RuntimeFlavor};

use self::{
    clock::Clock,
    home::{CATCHES_PANICS, Home, Place},
    sleep::Sleep,
};

/// A scheduler on tokio.
pub type TokioScheduler = RuntimeScheduler<TokioRuntime>;

/// The tokio runtime that jobs run on: a given one, or the one around the start.
///
/// Its clock is that of the runtime: a test that pauses and advances it, or begins with
/// `#[tokio::test(start_paused = true)]`, pauses and advances the scheduler too. The wall clock goes
/// along.
///
/// ```
/// use backend_tokio::{TokioRuntime, TokioScheduler};
///
/// let ambient = TokioScheduler::new(TokioRuntime::ambient());
/// ```
#[derive(Debug)]
pub struct TokioRuntime {
    given: Option<Handle>,
    home: OnceLock<Arc<Home>>,
    clock: Clock,
    /// For those who wait outside of the runtime. Made when it is needed.
    timers: OnceLock<Timers>,
}

impl TokioRuntime {
    /// The runtime of `handle`. It needs its time driver: without, the start answers `NoRuntime`.
    ///
    /// In a program that is built with `panic = "abort"` sleeps go by timers of the backend's own, on one
    /// thread more, and the runtime needs no time driver: to ask tokio for one could end the process.
    #[must_use]
    pub const fn new(handle: Handle) -> Self {
        Self::build(Some(handle))
    }

    /// The runtime inside which the scheduler is started. Outside of one, the start answers
    /// `NoRuntime` and may be tried again (`RT-006`).
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

    /// Where the scheduler is, once it has come up.
    fn place(&self) -> Option<&Place> {
        self.home.get().and_then(|home| home.place())
    }

    /// Where a task can be spawned before that.
    fn candidate(&self) -> Result<Handle, SpawnError> {
        self.given.clone().map_or_else(around, Ok)
    }

    fn home(&self) -> &Arc<Home> {
        self.home.get_or_init(Arc::default)
    }

    /// The runtime whose timers a sleep of the caller needs, if any: the scheduler's, if the caller is
    /// inside. Outside, nobody may be driving it, and it may end.
    fn sleeps_in(&self, home: &Home) -> Option<Handle> {
        if home.is_lost() || !CATCHES_PANICS {
            return None;
        }
        let around = Handle::try_current().ok();
        match home.place() {
            None => around,
            // No other timers go by its clock.
            Some(place) if self.clock.is_apart() => Some(place.handle.clone()),
            Some(place) => around.filter(|around| around.id() == place.handle.id()),
        }
    }
}

impl Default for TokioRuntime {
    /// The [ambient](Self::ambient) one.
    fn default() -> Self {
        Self::ambient()
    }
}

fn around() -> Result<Handle, SpawnError> {
    Handle::try_current().map_err(|_| {
        SpawnError::no_runtime(
            "start the scheduler inside a tokio runtime, or build it with TokioRuntime::new(handle)",
        )
    })
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
        // tokio panics where it has no thread and gets none. It has queued the work by then, and
        // takes it up when it gets one.
        drop(catch_unwind(AssertUnwindSafe(|| {
            handle.spawn_blocking(work)
        })));
        Ok(())
    }

    /// As many as the tokio runtime has workers: one, if it is a current-thread runtime.
    fn parallelism(&self) -> NonZeroUsize {
        let workers = |handle: &Handle| NonZeroUsize::new(handle.metrics().num_workers());
        let known = match self.place() {
            Some(place) => workers(&place.handle),
            None => self.candidate().ok().as_ref().and_then(workers),
        };
        known.unwrap_or(NonZeroUsize::MIN)
    }

    /// tokio's clock, and the wall clock that goes with it.
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
        // tokio refuses, by a panic, to block the thread that runs the tasks; others may wait.
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
