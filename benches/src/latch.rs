//! A latch that jobs count down and the benchmark waits for.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use futures_util::task::AtomicWaker;

/// A latch that opens after a number of hits.
#[derive(Debug)]
pub struct Latch {
    left: AtomicUsize,
    waiter: AtomicWaker,
}

impl Latch {
    pub fn new(hits: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(hits),
            waiter: AtomicWaker::new(),
        })
    }

    pub fn hit(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.wake();
        }
    }

    pub fn is_open(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// Waits until the latch is open. Only one task may wait at a time.
    pub async fn opened(&self) {
        poll_fn(|cx| {
            self.waiter.register(cx.waker());
            if self.is_open() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
