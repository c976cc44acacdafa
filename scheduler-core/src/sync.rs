//! Waiting for a future on a plain thread.

use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Runs `future` to its end on the calling thread, which sleeps in between.
///
/// Any future of this crate can be awaited this way: none of them needs a runtime around it.
///
/// ```
/// assert_eq!(scheduler_core::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parker = parker();
    let waker = Waker::from(Arc::new(Unpark(parker.clone())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => parker.park(),
        }
    }
}

/// How a thread sleeps. Virtual time supplies its own way, because it has to know who sleeps.
pub(crate) trait Park: Send + Sync {
    /// Sleeps until [`unpark`](Self::unpark), at once if that was called since the last sleep. May
    /// return early.
    fn park(&self);

    /// Ends the sleep.
    fn unpark(&self);
}

/// Makes `block_on` on this thread sleep by `parker` until the guard is dropped.
pub(crate) fn use_parker(parker: Arc<dyn Park>) -> ParkerGuard {
    ParkerGuard {
        outer: PARKER.replace(Some(parker)),
    }
}

pub(crate) struct ParkerGuard {
    outer: Option<Arc<dyn Park>>,
}

impl Drop for ParkerGuard {
    fn drop(&mut self) {
        PARKER.set(self.outer.take());
    }
}

thread_local! {
    static PARKER: RefCell<Option<Arc<dyn Park>>> = const { RefCell::new(None) };
}

fn parker() -> Arc<dyn Park> {
    PARKER
        .with_borrow(Clone::clone)
        .unwrap_or_else(|| Arc::new(ThreadPark(thread::current())))
}

struct ThreadPark(Thread);

impl Park for ThreadPark {
    fn park(&self) {
        thread::park();
    }

    fn unpark(&self) {
        self.0.unpark();
    }
}

struct Unpark(Arc<dyn Park>);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
