//! The timers: one thread that wakes whoever sleeps. It starts with the first sleep, and stays as
//! long as the pool has tasks, which will want to sleep again.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Instant,
};

use crate::calm;

/// Who is to be woken when; the number tells sleeps of one deadline apart.
type Key = (Instant, u64);

#[derive(Debug, Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    sleepers: BTreeMap<Key, Waker>,
    last: u64,
    /// The thread is there.
    running: bool,
    /// The pool has tasks.
    wanted: bool,
}

impl Timers {
    pub(crate) fn sleep_until(self: &Arc<Self>, deadline: Instant) -> Sleep {
        let mut state = self.lock();
        state.last += 1;
        Sleep {
            key: (deadline, state.last),
            timers: self.clone(),
        }
    }

    /// Whether the thread is to stay when nobody sleeps.
    pub(crate) fn set_wanted(&self, wanted: bool) {
        self.lock().wanted = wanted;
        if !wanted {
            self.changed.notify_one();
        }
    }

    /// Keeps the waker until the deadline.
    fn keep(self: &Arc<Self>, key: Key, waker: &Waker) {
        let (replaced, is_first, hire) = {
            let mut state = self.lock();
            let replaced = state.sleepers.insert(key, waker.clone());
            let is_first = state.first() == Some(key);
            let hire = !std::mem::replace(&mut state.running, true);
            (replaced, is_first, hire)
        };
        drop(replaced);
        if hire {
            self.hire();
        } else if is_first {
            self.changed.notify_one();
        }
    }

    fn hire(self: &Arc<Self>) {
        let timers = self.clone();
        let thread = thread::Builder::new().name("scheduler-timer".into());
        if thread.spawn(move || timers.run()).is_err() {
            self.wake_all();
        }
    }

    /// Without a thread nobody may sleep: all look at the clock again, and try again (`R4`).
    fn wake_all(&self) {
        let sleepers = {
            let mut state = self.lock();
            state.running = false;
            std::mem::take(&mut state.sleepers)
        };
        sleepers.into_values().for_each(Waker::wake);
    }

    /// The life of the thread.
    fn run(&self) {
        let mut state = self.lock();
        loop {
            state = match state.first() {
                Some(key) => self.wait_for(state, key),
                None if state.wanted => wait(&self.changed, state),
                None => break,
            };
        }
        state.running = false;
    }

    /// Sleeps until `key` is due or something has changed; wakes who is due.
    fn wait_for<'a>(&'a self, mut state: MutexGuard<'a, State>, key: Key) -> MutexGuard<'a, State> {
        let left = key.0.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            let waited = self.changed.wait_timeout(state, left);
            return waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let waker = state.sleepers.remove(&key);
        drop(state);
        if let Some(waker) = waker {
            calm::call(|| waker.wake());
        }
        self.lock()
    }

    fn forget(&self, key: Key) {
        let waker = self.lock().sleepers.remove(&key);
        drop(waker);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn first(&self) -> Option<Key> {
        self.sleepers.first_key_value().map(|(key, _)| *key)
    }
}

fn wait<'a>(changed: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    changed.wait(state).unwrap_or_else(PoisonError::into_inner)
}

/// A sleep; dropping it frees its timer (`R5`).
#[derive(Debug)]
pub(crate) struct Sleep {
    key: Key,
    timers: Arc<Timers>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        self.timers.keep(self.key, cx.waker());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timers.forget(self.key);
    }
}
