//! The tokio runtime that a scheduler uses: the given one, or the one that the first spawn is inside.

use std::{
    future::Future,
    panic::catch_unwind,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use scheduler_core::runtime::{BoxFuture, SpawnError};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::sleep_until,
};

/// The runtime of the scheduler: the one that polls the first task.
///
/// A runtime in which only a sleep was polled does not count. Neither does one that dropped the
/// first task without a poll.
#[derive(Debug, Default)]
pub(crate) struct UsedRuntime {
    found: OnceLock<Place>,
    /// Whether the runtime is shutting down, or has shut down.
    is_lost: AtomicBool,
}

/// A runtime with its properties.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) handle: Handle,
    /// Whether a test may pause its clock. tokio allows that on current-thread runtimes only.
    pub(crate) can_pause: bool,
}

impl Place {
    fn new(handle: Handle) -> Self {
        let can_pause = handle.runtime_flavor() == RuntimeFlavor::CurrentThread;
        Self { handle, can_pause }
    }
}

impl UsedRuntime {
    pub(crate) fn place(&self) -> Option<&Place> {
        self.found.get()
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    pub(crate) fn lose(&self) {
        self.is_lost.store(true, Ordering::Release);
    }

    /// Spawns a task in `handle`. Its runtime becomes the home when it polls the task.
    pub(crate) fn move_to(
        self: &Arc<Self>,
        handle: &Handle,
        task: BoxFuture<'static, ()>,
    ) -> Result<(), SpawnError> {
        check_time_driver(handle)?;
        let mover = Mover {
            task,
            home: self.clone(),
            progress: Progress::Spawned,
        };
        drop(handle.spawn(mover));
        Ok(())
    }
}

struct Mover {
    task: BoxFuture<'static, ()>,
    home: Arc<UsedRuntime>,
    progress: Progress,
}

/// The progress of a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Spawned,
    Polled,
    Ended,
}

impl Future for Mover {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.progress == Progress::Spawned {
            self.progress = Progress::Polled;
            self.home.is_lost.store(false, Ordering::Release);
            drop(self.home.found.set(Place::new(Handle::current())));
        }
        let polled = self.task.as_mut().poll(cx);
        if polled.is_ready() {
            self.progress = Progress::Ended;
        }
        polled
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        if self.progress == Progress::Polled {
            self.home.lose();
        }
    }
}

/// Whether a panic of tokio's timers can be caught. With `panic = "abort"` they are not used:
/// sleeps use the backend's own timers, which need no time driver.
pub(crate) const CATCHES_PANICS: bool = cfg!(panic = "unwind");

/// Returns the runtime that the caller is inside. On a bare thread there is none (`RT-006`).
pub(crate) fn around() -> Result<Handle, SpawnError> {
    Handle::try_current().map_err(|_| {
        SpawnError::no_runtime(
            "start the scheduler inside a tokio runtime, or build it with TokioRuntime::new(handle)",
        )
    })
}

/// Returns an error if the runtime has no time driver. The only way to find out is to create a
/// timer, which panics without one.
fn check_time_driver(handle: &Handle) -> Result<(), SpawnError> {
    if !CATCHES_PANICS {
        return Ok(());
    }
    let _inside = handle.enter();
    match catch_unwind(|| drop(sleep_until(Instant::now().into()))) {
        Ok(()) => Ok(()),
        Err(_) => Err(SpawnError::no_runtime(
            "the tokio runtime has no time driver, build it with enable_time() or enable_all()",
        )),
    }
}
