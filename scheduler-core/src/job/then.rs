//! A future and what becomes of its answer, in no more room than the two take.
//!
//! An `async` block that awaits a future it was given keeps room for it twice; waiting jobs are
//! mostly such futures.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

pin_project! {
    /// `change(future.await)`.
    pub(crate) struct Then<F, C> {
        #[pin]
        future: Option<F>,
        change: Option<C>,
    }
}

impl<F, C> Then<F, C> {
    pub(crate) const fn new(future: F, change: C) -> Self {
        Self {
            future: Some(future),
            change: Some(change),
        }
    }
}

impl<F: Future, C: FnOnce(F::Output) -> T, T> Future for Then<F, C> {
    type Output = T;

    /// Pending for ever once it has answered.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let answer = ready!(future.poll(cx));
        // The future goes before its answer is passed on, as at the end of an `await`.
        this.future.set(None);
        match this.change.take() {
            Some(change) => Poll::Ready(change(answer)),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;

    #[test]
    fn passes_the_answer_on_once_the_future_is_gone() {
        let held = std::sync::Arc::new(());
        let inside = held.clone();
        let future = async move { std::sync::Arc::strong_count(&inside) };
        let then = Then::new(future, |count| (count, std::sync::Arc::strong_count(&held)));
        assert_eq!(block_on(then), (2, 1));
    }

    #[test]
    fn a_future_takes_its_room_once() {
        let held = [0_u8; 64];
        let future = async move { std::hint::black_box(held).len() };
        let alone = size_of_val(&future);
        let then = Then::new(future, |count: usize| count + 1);
        assert!(size_of_val(&then) <= alone + 8);
        assert_eq!(block_on(then), 65);
    }
}
