//! A runtime with a thread for each task and each sleep.

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};
use std::{
    future::Future,
    task::{Context, Poll},
    thread,
    time::Instant,
};

/// A runtime with a thread for each task, and a sleeping thread for each sleep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads;

impl Runtime for Threads {
    fn name(&self) -> &str {
        "threads"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        thread::spawn(move || block_on(task));
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            deadline,
            armed: false,
        })
    }
}

struct Sleep {
    deadline: Instant,
    armed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.armed, true) {
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(left);
                waker.wake();
            });
        }
        Poll::Pending
    }
}
