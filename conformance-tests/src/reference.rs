//! The runtime that others are compared with. It is used in virtual time only, in which one thing
//! happens at a time: every task may be a thread.

use std::{future::poll_fn, task::Poll, thread, time::Instant};

use scheduler_core::{BoxFuture, Runtime, SpawnError, block_on};

use crate::Harness;

/// Every task is a thread, and so is every poll of a sleep.
struct Reference;

/// One for one scenario.
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
            // A sleep may end early.
            thread::Builder::new()
                .spawn(sleep)
                .map_or(Poll::Ready(()), |_| Poll::Pending)
        }))
    }
}
