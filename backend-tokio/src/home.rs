//! Which tokio runtime a scheduler is on.

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

use scheduler_core::{BoxFuture, SpawnError};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::sleep_until,
};

/// The runtime that polled the first task, once it has: that of the scheduler from then on.
///
/// A runtime in which somebody slept, or that dropped that task before it was polled, is none.
#[derive(Debug, Default)]
pub(crate) struct Home {
    found: OnceLock<Place>,
    /// The runtime ends, or has ended.
    is_lost: AtomicBool,
}

/// A runtime.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) handle: Handle,
    /// A test may pause its clock. tokio allows that on current-thread runtimes only.
    pub(crate) can_pause: bool,
}

impl Place {
    fn new(handle: Handle) -> Self {
        let can_pause = handle.runtime_flavor() == RuntimeFlavor::CurrentThread;
        Self { handle, can_pause }
    }
}

impl Home {
    pub(crate) fn place(&self) -> Option<&Place> {
        self.found.get()
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    pub(crate) fn lose(&self) {
        self.is_lost.store(true, Ordering::Release);
    }

    /// Spawns a task in `handle`, whose runtime becomes the home when it polls the task.
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
    home: Arc<Home>,
    progress: Progress,
}

/// How far a task has come.
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

/// Whether a panic of tokio's timers can be caught. Where it ends the process they are not used: sleeps
/// go by timers of our own, and no time driver is needed.
pub(crate) const CATCHES_PANICS: bool = cfg!(panic = "unwind");

/// Whether the runtime has a time driver can be found out only by making a timer, which panics
/// where there is none.
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
