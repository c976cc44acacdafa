//! Tasks that wait until something is so.

use std::{
    future::poll_fn,
    sync::{Mutex, PoisonError},
    task::{Poll, Waker},
};

/// Wakes everybody whenever something may have changed.
#[derive(Default)]
pub(crate) struct Signal(Mutex<Vec<Waker>>);

impl Signal {
    /// Something may have changed. Not to be called with a lock held.
    pub(crate) fn notify(&self) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until `look` sees something.
    pub(crate) async fn until<T>(&self, look: impl Fn() -> Option<T>) -> T {
        poll_fn(|cx| {
            // First in the list, then a look: a change in between wakes.
            let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            wakers.push(cx.waker().clone());
            drop(wakers);
            look().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
