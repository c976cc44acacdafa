//! Interleavings of two callers without a second thread: at each step of the runtime, another
//! caller can make a call.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use scheduler_core::{
    Options, Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use crate::{Backend, World};

/// A call that is made at one step of the scheduler under test; clones share it.
#[derive(Clone, Default)]
pub(super) struct Overtaking(Arc<Mutex<Option<Overtaker>>>);

struct Overtaker {
    /// The steps to let pass before the call.
    later: usize,
    call: Box<dyn FnOnce() + Send>,
}

impl Overtaking {
    /// Makes `call` after `later` further steps.
    pub(super) fn make_after(&self, later: usize, call: impl FnOnce() + Send + 'static) {
        let call = Box::new(call);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Overtaker { later, call });
    }

    /// Takes a step. Returns whether the call was made at this step.
    pub(super) fn step(&self) -> bool {
        let due = self.due();
        let is_due = due.is_some();
        if let Some(call) = due {
            call();
        }
        is_due
    }

    fn due(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let mut overtaker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *overtaker {
            Some(Overtaker { later, .. }) if *later > 0 => {
                *later -= 1;
                None
            }
            due => due.take().map(|due| due.call),
        }
    }

    /// Drops the call if it was not made. Returns whether it was made.
    pub(super) fn is_over(&self) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        left.is_none()
    }
}

/// Creates a world whose scheduler another caller can overtake after each reading of the clock, and
/// before and after each spawn and each poll of a task.
pub(super) fn stepping(backend: &dyn Backend, options: Options) -> (World, Overtaking) {
    let overtaking = Overtaking::default();
    let steps = overtaking.clone();
    let world = World::over_with(backend, options, |runtime| {
        Arc::new(Stepping {
            runtime: Arc::new(runtime),
            steps,
        })
    });
    (world, overtaking)
}

struct Stepping {
    runtime: Arc<dyn Runtime>,
    steps: Overtaking,
}

impl Runtime for Stepping {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let steps = self.steps.clone();
        self.steps.step();
        let spawned = self.runtime.spawn(Box::pin(SteppingTask { task, steps }));
        self.steps.step();
        spawned
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        let steps = self.steps.clone();
        self.steps.step();
        let spawned = self.runtime.spawn_blocking(Box::new(move || {
            steps.step();
            work();
            steps.step();
        }));
        self.steps.step();
        spawned
    }

    fn now(&self) -> Now {
        let now = self.runtime.now();
        self.steps.step();
        now
    }
}

struct SteppingTask {
    task: BoxFuture<'static, ()>,
    steps: Overtaking,
}

impl Future for SteppingTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.steps.step();
        let polled = self.task.as_mut().poll(cx);
        self.steps.step();
        polled
    }
}
