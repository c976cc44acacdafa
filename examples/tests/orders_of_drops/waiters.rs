//! Pending calls that record whether they were woken.

use scheduler_core::runtime::BoxFuture;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Instant,
};

use super::PATIENCE;

/// A pending call. Its output describes a wrong result, if the result is wrong.
pub(super) struct Waiter {
    what: &'static str,
    call: BoxFuture<'static, Option<String>>,
    woken: Arc<Woken>,
}

struct Woken {
    is_woken: AtomicBool,
    thread: Thread,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, SeqCst);
        self.thread.unpark();
    }
}

impl Waiter {
    /// Makes the call, which must not return at once.
    pub(super) fn new(
        what: &'static str,
        call: impl Future<Output = Option<String>> + Send + 'static,
    ) -> Self {
        let woken = Arc::new(Woken {
            is_woken: AtomicBool::new(false),
            thread: thread::current(),
        });
        let call: BoxFuture<'static, _> = Box::pin(call);
        let mut waiter = Self { what, call, woken };
        assert!(!waiter.is_answered(), "{what}: returned at once");
        waiter
    }

    fn is_answered(&mut self) -> bool {
        let waker = Waker::from(self.woken.clone());
        match self.call.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(wrong) => {
                assert_eq!(wrong, None, "{}", self.what);
                true
            }
            Poll::Pending => false,
        }
    }
}

/// Checks that every waiter completes. Each is polled again only after its own waker was woken.
pub(super) fn all_are_answered(mut waiters: Vec<Waiter>) {
    let end = Instant::now() + PATIENCE;
    loop {
        waiters.retain_mut(|it| !(it.woken.is_woken.swap(false, SeqCst) && it.is_answered()));
        if waiters.is_empty() {
            return;
        }
        let left = end.saturating_duration_since(Instant::now());
        let names: Vec<_> = waiters.iter().map(|waiter| waiter.what).collect();
        assert!(!left.is_zero(), "still waiting: {names:?}");
        thread::park_timeout(left);
    }
}
