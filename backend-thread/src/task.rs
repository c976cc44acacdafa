//! A task: a future, and whether it is to be polled.
//!
//! Idle → Queued → Polling → Idle, and from Polling to Woken when it is woken meanwhile. A task is
//! in the pool's queue only when it is queued, so no two threads ever poll it.

use std::{
    fmt,
    sync::{Arc, PoisonError, TryLockError, Weak},
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

pub(crate) struct Task {
    pub(crate) id: u64,
    pool: Weak<Pool>,
    state: AtomicU8,
    /// Gone when the task has ended.
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
        self.state.store(POLLING, Ordering::SeqCst);
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        let mut slot = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(future) = slot.as_mut() else {
            return Polled::Ended;
        };
        // A task that panics has ended.
        let mut answer = Poll::Ready(());
        calm::call(|| answer = future.as_mut().poll(&mut cx));
        if answer.is_ready() {
            let future = slot.take();
            drop(slot);
            calm::destroy(future);
            return Polled::Ended;
        }
        drop(slot);
        self.after_pending()
    }

    fn after_pending(&self) -> Polled {
        let idle = self
            .state
            .compare_exchange(POLLING, IDLE, Ordering::SeqCst, Ordering::SeqCst);
        if idle.is_ok() {
            return Polled::Idle;
        }
        self.state.store(QUEUED, Ordering::SeqCst);
        Polled::Again
    }

    /// Destroys the future of a task that will not be polled any more.
    pub(crate) fn abort(&self) {
        let future = self
            .future
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        calm::destroy(future);
    }
}

impl Task {
    /// As [`abort`](Self::abort), unless the task is being polled: its worker does it then.
    pub(crate) fn try_abort(&self) {
        let taken = match self.future.try_lock() {
            Ok(mut slot) => slot.take(),
            Err(TryLockError::Poisoned(slot)) => slot.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        };
        calm::destroy(taken);
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        loop {
            let state = self.state.load(Ordering::SeqCst);
            let next = match state {
                IDLE => QUEUED,
                POLLING => WOKEN,
                _ => return,
            };
            let changed =
                self.state
                    .compare_exchange(state, next, Ordering::SeqCst, Ordering::SeqCst);
            if changed.is_ok() {
                if next == QUEUED
                    && let Some(pool) = self.pool.upgrade()
                {
                    pool.queue(self);
                }
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
