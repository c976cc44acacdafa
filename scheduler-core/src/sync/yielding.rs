//! Yielding to the other tasks of an executor.

use std::{future::poll_fn, mem::replace, task::Poll};

/// Yields once: the executor polls its other tasks before it polls this one again.
///
/// ```
/// use scheduler_core::implement::{block_on, yield_now};
///
/// block_on(yield_now());
/// ```
///
/// # Cancel safety
///
/// Dropping the future has no effect.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
