//! A task: a future, and whether it is to be polled.
//!
//! Idle → Queued → Polling → Idle, and from Polling to Woken when it is woken meanwhile. A task is
//! in the pool's queue only when it is queued, so no two threads ever poll it. From everywhere it
//! goes to Over, once; whoever leads it there from Idle or Queued destroys the future, from Polling
//! or Woken whoever polls it does so after the poll.

use std::{
    fmt,
    sync::{Arc, PoisonError, Weak},
    task::{Context, Poll, Wake, Waker},
};

use scheduler_core::BoxFuture;

use crate::{
    calm,
    pool::Pool,
    primitives::{AtomicU8, Mutex, Ordering},
};

const IDLE: u8 = 0;
const QUEUED: u8 = 1;
const POLLING: u8 = 2;
const WOKEN: u8 = 3;
const OVER: u8 = 4;

pub(crate) struct Task {
    pub(crate) id: u64,
    pool: Weak<Pool>,
    state: AtomicU8,
    /// Gone when the task is over. Locked by whoever polls it, or has led it to its end: never by
    /// two at a time.
    future: Mutex<Option<BoxFuture<'static, ()>>>,
}

/// What came of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    Ended,
    /// Waits to be woken.
    Idle,
    /// Was woken while it was polled: to be polled again.
    Again,
}

impl Task {
    /// A task that is to be queued.
    pub(crate) fn new(id: u64, pool: Weak<Pool>, future: BoxFuture<'static, ()>) -> Self {
        Self {
            id,
            pool,
            state: AtomicU8::new(QUEUED),
            future: Mutex::new(Some(future)),
        }
    }

    /// Polls it once. Only the thread that took it out of the queue may do so.
    pub(crate) fn poll(self: &Arc<Self>) -> Polled {
        if !self.change(QUEUED, POLLING) {
            return Polled::Ended;
        }
        let waker = Waker::from(self.clone());
        // A task that panics has ended.
        let mut answer = Poll::Ready(());
        if let Some(future) = &mut *self.future.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut cx = Context::from_waker(&waker);
            calm::call(|| answer = future.as_mut().poll(&mut cx));
        }
        if answer.is_pending() {
            if self.change(POLLING, IDLE) {
                return Polled::Idle;
            }
            if self.change(WOKEN, QUEUED) {
                return Polled::Again;
            }
        }
        self.state.store(OVER, Ordering::SeqCst);
        self.destroy();
        Polled::Ended
    }

    /// Ends it: it is not polled any more, and its future is destroyed, at the latest when the poll
    /// is over that is going on.
    pub(crate) fn abort(&self) {
        if let IDLE | QUEUED = self.state.swap(OVER, Ordering::SeqCst) {
            self.destroy();
        }
    }

    fn destroy(&self) {
        let mut slot = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let future = slot.take();
        drop(slot);
        calm::destroy(future);
    }

    fn change(&self, from: u8, to: u8) -> bool {
        let changed = self
            .state
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
        changed.is_ok()
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        loop {
            if self.change(IDLE, QUEUED) {
                if let Some(pool) = self.pool.upgrade() {
                    pool.queue(self);
                }
                return;
            }
            if self.change(POLLING, WOKEN) {
                return;
            }
            if !matches!(self.state.load(Ordering::SeqCst), IDLE | POLLING) {
                return;
            }
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
