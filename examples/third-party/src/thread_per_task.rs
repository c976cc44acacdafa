//! A runtime in a page: every task is a thread, and so is every sleep.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Instant,
};

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};

/// A runtime in which every task is a thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadPerTask;

impl Runtime for ThreadPerTask {
    fn name(&self) -> &str {
        "thread-per-task"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let thread = thread::Builder::new().spawn(move || block_on(task));
        thread.map(drop).map_err(SpawnError::failed)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            deadline,
            alarm: None,
        })
    }
}

/// A sleep. Its first poll starts a thread, which waits until the deadline or until the sleep is
/// dropped.
struct Sleep {
    deadline: Instant,
    alarm: Option<Arc<Alarm>>,
}

#[derive(Default)]
struct Alarm {
    /// The waker of the sleeping task; `None` after the sleep was dropped.
    waker: Mutex<Option<Waker>>,
    dropped: Condvar,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline {
            return Poll::Ready(());
        }
        let deadline = self.deadline;
        let known = self.alarm.is_some();
        let alarm = self.alarm.get_or_insert_default().clone();
        // The last task that polled is woken.
        let earlier = alarm.set(Some(cx.waker().clone()));
        drop(earlier);
        if !known
            && thread::Builder::new()
                .spawn(move || alarm.ring_at(deadline))
                .is_err()
        {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(alarm) = self.alarm.take() {
            drop(alarm.set(None));
            alarm.dropped.notify_one();
        }
    }
}

impl Alarm {
    fn set(&self, waker: Option<Waker>) -> Option<Waker> {
        let mut known = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *known, waker)
    }

    fn ring_at(&self, deadline: Instant) {
        let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        while waker.is_some() && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self.dropped.wait_timeout(waker, left);
            waker = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let waker = waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}
