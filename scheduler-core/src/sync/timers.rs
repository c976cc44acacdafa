//! [`Timers`]: sleeps for runtimes without timers.

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use crate::base::panic::{caught, destroy};

/// How long a polling thread keeps time in one go, if the system refuses a timer thread. It is long
/// enough to be cheap, and short enough to delay other tasks little.
const STINT: Duration = Duration::from_millis(10);

/// Sleeps on the monotonic clock of the system, with one thread for all of them.
///
/// The thread starts with the first sleep and ends after the last one, unless it is
/// [retained](Self::retain). Clones share it.
///
/// If the system refuses the thread, no sleep is lost and nothing spins: one of the threads that poll a
/// sleep keeps time for all, for 10 ms in one go, and tries to start the thread again.
///
/// ```
/// use std::time::{Duration, Instant};
/// use scheduler_core::implement::{Timers, block_on};
///
/// let end = Instant::now() + Duration::from_millis(5);
/// block_on(Timers::new().sleep_until(end));
/// assert!(Instant::now() >= end);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Timers {
    shared: Arc<Shared>,
}

/// Wakers by deadline. The number distinguishes entries with the same deadline.
type Key = (Instant, u64);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<Key, Entry>,
    last: u64,
    /// Whether a thread keeps time.
    is_kept: bool,
    /// The sleep that was woken to keep time next. If it ends first, another one must be woken.
    heir: Option<Key>,
    /// Whether the thread stays when no sleep is left.
    is_retained: bool,
}

#[derive(Debug)]
struct Entry {
    waker: Waker,
    /// Whether the woken task polls its sleep again.
    sleeps: bool,
}

impl Timers {
    /// Creates timers. No thread starts before the first sleep.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a future that completes at `deadline`, or soon after. Dropping it frees its timer.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep {
            key: self.shared.lock().new_key(deadline),
            shared: self.shared.clone(),
        }
    }

    /// Wakes `waker` once, at `deadline` or soon after.
    ///
    /// Without a timer thread it is woken only while a sleep is polled. Use it for retries, not for
    /// deadlines that must be kept.
    pub fn wake_at(&self, deadline: Instant, waker: Waker) {
        let entry = Entry {
            waker,
            sleeps: false,
        };
        let key = self.shared.lock().new_key(deadline);
        if self.shared.insert(key, entry) && self.shared.start().is_err() {
            self.shared.leave();
        }
    }

    /// Keeps the thread, once it has been started, until [`release`](Self::release) is called.
    pub fn retain(&self) {
        self.shared.lock().is_retained = true;
    }

    /// Lets the thread end when no sleep is left.
    pub fn release(&self) {
        self.shared.lock().is_retained = false;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    /// Sets a timer. Returns true if no thread keeps time; the caller is then recorded as the
    /// thread that does, and must keep time.
    fn insert(&self, key: Key, entry: Entry) -> bool {
        let (replaced, is_first, is_kept) = {
            let mut state = self.lock();
            let replaced = state.entries.insert(key, entry);
            let is_first = state.first() == Some(key);
            let is_kept = std::mem::replace(&mut state.is_kept, true);
            (replaced, is_first, is_kept)
        };
        // The destructor of a waker is user code: its panic must not keep others from being woken.
        destroy(replaced);
        // The thread sleeps towards a later deadline.
        if is_kept && is_first {
            self.changed.notify_one();
        }
        !is_kept
    }

    fn start(self: &Arc<Self>) -> io::Result<()> {
        let shared = self.clone();
        hire(move || shared.run())
    }

    /// Main loop of the thread.
    fn run(&self) {
        let mut state = self.lock();
        loop {
            state = match state.first() {
                Some(key) => self.wait_for(state, key.0),
                None if state.is_retained => self.wait(state),
                None => break,
            };
        }
        // Under the same lock as the last look, so that the next `insert` starts a thread.
        state.is_kept = false;
    }

    /// Keeps time in place of the thread, until the sleep of `key` has ended or for one [`STINT`].
    fn stand_in(&self, key: Key) {
        let mut state = self.lock();
        let end = now() + STINT;
        while state.entries.contains_key(&key) && now() < end {
            let next = state.first().map_or(end, |first| first.0.min(end));
            state = self.wait_for(state, next);
        }
        drop(state);
        self.leave();
    }

    /// Stops keeping time, and wakes the next sleep to keep time or to start the thread.
    fn leave(&self) {
        let mut state = self.lock();
        state.is_kept = false;
        let heir = state.take_heir();
        drop(state);
        wake(heir);
    }

    /// Waits until `deadline` or a change, and wakes the sleeps that are due.
    #[allow(
        clippy::disallowed_methods,
        reason = "this is a runtime's sleep: it has to wait for the time of the system"
    )]
    fn wait_for<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> MutexGuard<'a, State> {
        let left = deadline.saturating_duration_since(now());
        if !left.is_zero() {
            let waited = self.changed.wait_timeout(state, left);
            return waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let due = state.take_due();
        // Wakers run without the lock, because they may add or drop a sleep.
        drop(state);
        wake(due);
        self.lock()
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, key: Key) {
        let (gone, heir) = {
            let mut state = self.lock();
            let gone = state.entries.remove(&key);
            // The sleep that was to keep time ends before it does so: another one must.
            let is_missed = state.heir == Some(key) && !state.is_kept;
            (gone, is_missed.then(|| state.take_heir()).flatten())
        };
        destroy(gone);
        wake(heir);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new_key(&mut self, deadline: Instant) -> Key {
        self.last += 1;
        (deadline, self.last)
    }

    fn first(&self) -> Option<Key> {
        self.entries.first_key_value().map(|(key, _)| *key)
    }

    fn take_due(&mut self) -> Option<Waker> {
        let first = self.entries.first_entry()?;
        (first.key().0 <= now()).then(|| first.remove().waker)
    }

    /// Removes the waker of the first sleep, to be woken so that it keeps time.
    fn take_heir(&mut self) -> Option<Waker> {
        let sleeps = |(key, entry): (&Key, &Entry)| entry.sleeps.then_some(*key);
        self.heir = self.entries.iter().find_map(sleeps);
        let entry = self.entries.remove(&self.heir?)?;
        Some(entry.waker)
    }
}

/// Runs a waker. A panic is caught, because the waker's executor may already have ended.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        drop(caught(|| waker.wake()));
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a runtime measures its own sleeps; its callers check their own clock again"
)]
fn now() -> Instant {
    Instant::now()
}

#[allow(
    clippy::disallowed_methods,
    reason = "the thread of a runtime that has no other to keep time"
)]
fn hire(life: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(test)]
    tests::refused()?;
    let thread = std::thread::Builder::new().name("scheduler-timer".into());
    thread.spawn(life).map(drop)
}

/// A sleep of [`Timers`]. Dropping it frees its timer.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    key: Key,
    shared: Arc<Shared>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = &self.shared;
        if now() >= self.key.0 {
            shared.forget(self.key);
            return Poll::Ready(());
        }
        let entry = Entry {
            waker: cx.waker().clone(),
            sleeps: true,
        };
        if shared.insert(self.key, entry) && shared.start().is_err() {
            shared.stand_in(self.key);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.shared.forget(self.key);
    }
}

#[cfg(test)]
mod tests;
