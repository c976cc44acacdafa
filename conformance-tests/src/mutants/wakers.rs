//! Flaws of how wakers are kept and called.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Wake, Waker},
};

use async_trait::async_trait;
use scheduler_core::{Job, JobHandle, Result, Runtime, runtime::BoxFuture};

use super::{
    runtimes::spawning,
    twist::{Scene, Twist},
    waiting::wait_holding,
};

/// The wakers of all present and past `wait_idle` calls. Clones share one list.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Vec<Waker>>>);

impl Line {
    fn join(&self, waker: &Waker) {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.push(waker.clone());
    }

    fn wake(&self) {
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wakers = line.clone();
        drop(line);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Waits until the scheduler is idle, and keeps in `line` the waker that `own` makes of the caller's.
async fn wait_in(line: &Line, on: &Scene, own: impl Fn(&Waker) -> Waker) -> Result<()> {
    let mut wait = pin!(on.inner.wait_idle());
    let waits = poll_fn(|cx| {
        line.join(cx.waker());
        wait.as_mut()
            .poll(&mut Context::from_waker(&own(cx.waker())))
    });
    waits.await
}

/// Mutant 543: a waker that panics stops the wakes of the waiters behind it.
#[derive(Default)]
pub(super) struct WakesInARow(Line);

struct InARow(Line);

impl Wake for InARow {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

#[async_trait]
impl Twist for WakesInARow {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        let all = |_: &Waker| Waker::from(Arc::new(InARow(self.0.clone())));
        wait_in(&self.0, on, all).await
    }
}

/// Mutant 544: waiters of wait_idle are woken at every submission.
#[derive(Default)]
pub(super) struct WakesAtEachJob(Line);

#[async_trait]
impl Twist for WakesAtEachJob {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        wait_in(&self.0, on, Waker::clone).await
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        self.0.wake();
        on.inner.try_submit(job)
    }
}

/// Mutant 549: a lock is held while wakers run, and wait_idle takes it.
#[derive(Default)]
pub(super) struct WaitsForItsOwnLock(Arc<Mutex<()>>);

#[async_trait]
impl Twist for WaitsForItsOwnLock {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        wait_holding(&self.0, on, || drop(self.0.lock())).await
    }
}

/// Mutant 545: the wakers of past wait_idle calls are kept.
#[derive(Default)]
pub(super) struct KeepsWakers(Line);

#[async_trait]
impl Twist for KeepsWakers {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        wait_in(&self.0, on, Waker::clone).await
    }
}

/// Mutant 546: the last waker of each task is kept after the task has ended.
pub(super) fn keeps_wakers_of_tasks(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let kept: Arc<Mutex<Vec<Waker>>> = Arc::default();
    spawning(runtime, move |runtime, mut task: BoxFuture<'static, ()>| {
        let kept = kept.clone();
        runtime.spawn(Box::pin(poll_fn(move |cx| {
            let polled = task.as_mut().poll(cx);
            if polled.is_ready() {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(cx.waker().clone());
            }
            polled
        })))
    })
}
