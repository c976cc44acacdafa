//! Flaws of dropping the last handle, and of calls from outside of the runtime.

use std::{cell::Cell, sync::Arc, task::Poll, thread};

use async_trait::async_trait;
use scheduler_core::{
    JobHandle, JobOutcome, Result, Runtime, Scheduler, Shutdown, State,
    implement::block_on,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::{
    handle::{Grip, gripped},
    twist::{Scene, Twist, twisted},
};

/// A twist that calls the function when the scheduler is dropped.
struct WhenDropped<F: Fn(&Scene) + Send + Sync + 'static>(Scene, F);

impl<F: Fn(&Scene) + Send + Sync + 'static> Twist for WhenDropped<F> {}

impl<F: Fn(&Scene) + Send + Sync + 'static> Drop for WhenDropped<F> {
    fn drop(&mut self) {
        (self.1)(&self.0);
    }
}

fn when_dropped(
    scene: Scene,
    action: impl Fn(&Scene) + Send + Sync + 'static,
) -> Arc<dyn Scheduler> {
    twisted(scene.clone(), WhenDropped(scene, action))
}

/// Mutant 22: dropping the scheduler waits for running jobs.
pub(super) fn blocks_when_dropped(scene: Scene) -> Arc<dyn Scheduler> {
    when_dropped(scene, |on| {
        if on.inner.state() == State::Running && !thread::panicking() {
            drop(block_on(on.inner.shutdown(Shutdown::graceful())));
        }
    })
}

/// Mutant 84: dropping the scheduler inside a task panics.
pub(super) fn panics_when_dropped_inside(scene: Scene) -> Arc<dyn Scheduler> {
    when_dropped(scene, |_| {
        assert!(
            !is_inside(),
            "cannot drop a runtime in a context where blocking is not allowed"
        );
    })
}

/// Mutant 85: dropping the scheduler during unwinding panics again.
pub(super) fn panics_when_unwinding(scene: Scene) -> Arc<dyn Scheduler> {
    when_dropped(scene, |_| assert!(!thread::panicking(), "not now"))
}

/// Mutant 86: dropping a new scheduler keeps its jobs.
pub(super) fn keeps_what_it_held(scene: Scene) -> Arc<dyn Scheduler> {
    when_dropped(scene, |on| {
        if on.inner.state() == State::New {
            std::mem::forget(on.inner.clone());
        }
    })
}

/// Mutant 87: dropping the scheduler joins its threads, even from one of them.
pub(super) fn joins_itself(scene: Scene) -> Arc<dyn Scheduler> {
    when_dropped(scene, |on| {
        if on.inner.metrics().running > 0 && !thread::panicking() {
            block_on(std::future::pending::<()>());
        }
    })
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread is polling a task of a [`Marking`] runtime.
fn is_inside() -> bool {
    INSIDE.get()
}

/// A runtime that marks the threads that poll its tasks.
struct Marking(Arc<dyn Runtime>);

fn marked(mut task: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
    Box::pin(std::future::poll_fn(move |cx| {
        let outer = INSIDE.replace(true);
        let answer: Poll<()> = task.as_mut().poll(cx);
        INSIDE.set(outer);
        answer
    }))
}

impl Runtime for Marking {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.spawn(marked(task))
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.0.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.0.now()
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.0.parallelism()
    }
}

/// Wraps `runtime` for the mutants that must know whether they run inside a task.
pub(super) fn marking(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    Arc::new(Marking(runtime))
}

/// Mutant 24: a job can be awaited only inside its own runtime.
pub(super) struct NeedsItsReactor;

#[async_trait]
impl Grip for NeedsItsReactor {
    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        assert!(is_inside(), "no reactor is running");
        job.wait().await
    }
}

#[async_trait]
impl Twist for NeedsItsReactor {
    fn try_submit(&self, on: &Scene, job: scheduler_core::Job) -> Result<JobHandle> {
        Ok(gripped(on, on.inner.try_submit(job)?, Self))
    }
}

/// Mutant 23: start panics on a thread outside the runtime.
pub(super) fn panics_outside(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    Arc::new(PanicsOutside(marking(runtime)))
}

struct PanicsOutside(Arc<dyn Runtime>);

impl Runtime for PanicsOutside {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        assert!(is_inside(), "must be called from the context of a runtime");
        self.0.spawn(task)
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.0.parallelism()
    }
}
