//! A task: a future with its scheduling state.
//!
//! Idle → Queued → Polling → Idle. A wake during a poll changes Polling to Woken. The pool's queue
//! holds a task only in the state Queued, so two threads never poll it at once. Over is final and
//! reachable from every state. The thread that changes Idle or Queued to Over drops the future. If
//! a poll is in progress, the polling thread drops the future after the poll.

use std::{
    fmt,
    sync::{Arc, PoisonError, Weak},
    task::{Context, Poll, Wake, Waker},
};

use scheduler_core::runtime::BoxFuture;

use crate::{
    panic_safe,
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
    /// `None` after the task has ended. Only the polling thread, or the thread that ended the task,
    /// locks it, so the lock is never contended.
    future: Mutex<Option<BoxFuture<'static, ()>>>,
}

/// The result of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    Ended,
    /// Waits for a wake.
    Idle,
    /// Was woken during the poll, so it must be polled again.
    Again,
}

impl Task {
    /// Creates a task in the state Queued. The caller must queue it.
    pub(crate) fn new(id: u64, pool: Weak<Pool>, future: BoxFuture<'static, ()>) -> Self {
        Self {
            id,
            pool,
            state: AtomicU8::new(QUEUED),
            future: Mutex::new(Some(future)),
        }
    }

    /// Polls the future once. Only the thread that took the task out of the queue may call this.
    pub(crate) fn poll(self: &Arc<Self>) -> Polled {
        // Fails if the task was aborted in the queue.
        if !self.change(QUEUED, POLLING) {
            return Polled::Ended;
        }
        let waker = Waker::from(self.clone());
        // Ready is the default, because a task that panics has ended.
        let mut answer = Poll::Ready(());
        if let Some(future) = &mut *self.future.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut cx = Context::from_waker(&waker);
            panic_safe::call(|| answer = future.as_mut().poll(&mut cx));
        }
        if answer.is_pending() {
            if self.change(POLLING, IDLE) {
                return Polled::Idle;
            }
            if self.change(WOKEN, QUEUED) {
                return Polled::Again;
            }
        }
        // The future has ended or panicked, or the task was aborted during the poll.
        self.state.store(OVER, Ordering::SeqCst);
        self.destroy();
        Polled::Ended
    }

    /// Ends the task. The future is dropped now, or after the current poll, and is not polled
    /// again.
    pub(crate) fn abort(&self) {
        // A task that is being polled is destroyed by the polling thread.
        if let IDLE | QUEUED = self.state.swap(OVER, Ordering::SeqCst) {
            self.destroy();
        }
    }

    fn destroy(&self) {
        let mut slot = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let future = slot.take();
        // The destructor of the future is user code, and may wake this task.
        drop(slot);
        panic_safe::destroy(future);
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
        // A change fails if another thread has changed the state since, so the loop looks again.
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
