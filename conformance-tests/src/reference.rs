//! The reference runtime, which other runtimes are compared with. It starts one thread for each
//! task. That is cheap enough, because it is used only in virtual time, where one task runs at
//! once.

use std::{future::poll_fn, task::Poll, thread, time::Instant};

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};

use crate::Harness;

/// A runtime that starts one thread for each task, and one for each poll of a sleep.
pub(crate) struct Reference;

/// Returns a reference runtime for one scenario.
pub(crate) fn reference() -> Harness {
    Harness {
        runtime: std::sync::Arc::new(Reference),
        guard: Box::new(()),
    }
}

impl Runtime for Reference {
    fn name(&self) -> &str {
        "reference"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let thread = thread::Builder::new().spawn(move || block_on(task));
        thread.map(drop).map_err(SpawnError::failed)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(poll_fn(move |context| {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            let sleep = move || {
                thread::sleep(left);
                waker.wake();
            };
            // Without a thread the sleep ends early, which the rules of a runtime allow.
            thread::Builder::new()
                .spawn(sleep)
                .map_or(Poll::Ready(()), |_| Poll::Pending)
        }))
    }
}
