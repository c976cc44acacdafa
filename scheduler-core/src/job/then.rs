//! [`Then`]: a future that maps the output of another one, without extra memory.
//!
//! An `async` block that awaits a future it owns reserves memory for that future twice. Most
//! waiting jobs are such futures.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{IntoJobResult, JobError, result::without_value};

pin_project! {
    /// A future that completes with `change(future.await)`.
    #[project = Project]
    #[project_replace = Taken]
    pub(crate) enum Then<F, C> {
        Waiting {
            #[pin]
            future: F,
            change: C,
        },
        Over,
    }
}

impl<F, C> Then<F, C> {
    pub(crate) const fn new(future: F, change: C) -> Self {
        Self::Waiting { future, change }
    }
}

impl<F: Future, C: FnOnce(F::Output) -> T, T> Future for Then<F, C> {
    type Output = T;

    /// Returns `Pending` forever after it has completed.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Project::Waiting { future, .. } = self.as_mut().project() else {
            return Poll::Pending;
        };
        let answer = ready!(future.poll(cx));
        // The future goes before its answer is passed on, as at the end of an `await`.
        match self.project_replace(Self::Over) {
            Taken::Waiting { change, .. } => Poll::Ready(change(answer)),
            Taken::Over => Poll::Pending,
        }
    }
}

pin_project! {
    /// A job's future with its output converted to the job's result. Jobs wait in great numbers, so
    /// it adds no byte to the future. It must not be polled after it has completed.
    pub(crate) struct Answering<F> {
        #[pin]
        future: F,
    }
}

impl<F> Answering<F> {
    pub(crate) const fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future<Output: IntoJobResult>> Future for Answering<F> {
    type Output = Result<(), JobError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project().future.poll(cx);
        answer.map(without_value)
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
