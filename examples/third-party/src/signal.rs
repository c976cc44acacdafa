//! Tasks that wait for a condition.

use std::{
    future::poll_fn,
    sync::{Mutex, PoisonError},
    task::{Poll, Waker},
};

/// Wakes all waiters whenever a condition may have changed.
#[derive(Default)]
pub(crate) struct Signal(Mutex<Vec<Waker>>);

impl Signal {
    /// Wakes all waiters. Do not call it with a lock held: wakers are foreign code.
    pub(crate) fn notify(&self) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until `look` returns a value.
    pub(crate) async fn until<T>(&self, look: impl Fn() -> Option<T>) -> T {
        poll_fn(|cx| {
            // Register before looking, so that a change in between wakes this task.
            let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            wakers.push(cx.waker().clone());
            drop(wakers);
            look().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
