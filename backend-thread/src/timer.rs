//! The timers: one thread that wakes whoever sleeps. It starts with the first sleep, and stays as
//! long as the pool has tasks, which will want to sleep again.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use crate::{calm, hire::hire};

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
        let (replaced, is_first, needs_thread) = {
            let mut state = self.lock();
            let replaced = state.sleepers.insert(key, waker.clone());
            let is_first = state.first() == Some(key);
            let needs_thread = !std::mem::replace(&mut state.running, true);
            (replaced, is_first, needs_thread)
        };
        drop(replaced);
        if needs_thread {
            self.start();
        } else if is_first {
            self.changed.notify_one();
        }
    }

    fn start(self: &Arc<Self>) {
        let timers = self.clone();
        if hire("scheduler-timer", move || timers.run()).is_err() {
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
        for waker in sleepers.into_values() {
            calm::call(|| waker.wake());
        }
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering::SeqCst},
            mpsc::{Sender, channel},
        },
        task::Wake,
        time::Duration,
    };

    use super::*;
    use crate::hire::tests::refuse_next;

    /// Counts its wakes, and panics at each.
    #[derive(Default)]
    struct Panics(AtomicUsize);

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
            panic!("as it is told");
        }
    }

    struct Tells(Sender<()>);

    impl Wake for Tells {
        fn wake(self: Arc<Self>) {
            self.0.send(()).expect("somebody waits");
        }
    }

    #[test]
    fn without_a_thread_all_who_sleep_are_woken_to_try_again() {
        let timers = Arc::new(Timers::default());
        let wakes = [(); 2].map(|()| Arc::<Panics>::default());
        let far = Instant::now() + Duration::from_secs(3600);
        let [first, second] = wakes.clone().map(Waker::from);
        let others = timers.clone();
        // It counts on the thread that is on its way.
        refuse_next(move || others.keep((far, 2), &second));
        timers.keep((far, 1), &first);
        assert_eq!(wakes.map(|wakes| wakes.0.load(SeqCst)), [1, 1]);
        assert!(timers.lock().sleepers.is_empty());
        assert!(!timers.lock().running);
        let (told, woken) = channel();
        timers.keep((Instant::now(), 3), &Waker::from(Arc::new(Tells(told))));
        let patience = Duration::from_secs(60);
        woken.recv_timeout(patience).expect("a thread again");
    }
}
