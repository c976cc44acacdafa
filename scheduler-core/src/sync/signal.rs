//! [`Signal`]: waits for a change; a change without a waiter costs almost nothing.

use std::{
    future::poll_fn,
    sync::PoisonError,
    task::{Poll, Waker},
};

use crate::{
    base::panic::destroy,
    sync::{
        primitives::{AtomicBool, Mutex, MutexGuard, Ordering, fence},
        wakers::{WakerList, wake},
    },
};

/// Wakes all waiters to check a condition again.
pub(crate) struct Signal {
    /// Whether there is a waiter, for a check without the lock. Written under the lock of the list.
    is_awaited: AtomicBool,
    waiting: Mutex<WakerList>,
}

impl Signal {
    pub(crate) fn new() -> Self {
        Self {
            is_awaited: AtomicBool::new(false),
            waiting: Mutex::new(WakerList::default()),
        }
    }

    /// Wakes all waiters after a change. Runs wakers, so call it without a lock.
    pub(crate) fn notify(&self) {
        // Pairs with the fence of a waiter: either this load sees that it is listed, or the waiter, which checks
        // again after it was listed, sees the change.
        fence(Ordering::SeqCst);
        if self.is_awaited.load(Ordering::Relaxed) {
            let wakers = self.change(WakerList::take);
            wakers.for_each(wake);
        }
    }

    /// Waits until `look` returns a value. It is called at once, and after each change.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let mut waiter = Waiter {
            signal: self,
            ticket: None,
        };
        poll_fn(|cx| {
            if let Some(found) = look() {
                return Poll::Ready(found);
            }
            waiter.wait_with(cx.waker());
            look().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Changes the list. The caller drops the returned wakers after unlocking.
    fn change<T>(&self, change: impl FnOnce(&mut WakerList) -> T) -> T {
        let mut waiting = self.lock();
        let answer = change(&mut waiting);
        let is_awaited = !waiting.is_empty();
        // Relaxed, because the lock orders the stores and the fences order them with the loads of `notify`.
        self.is_awaited.store(is_awaited, Ordering::Relaxed);
        answer
    }

    fn lock(&self) -> MutexGuard<'_, WakerList> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that waits for the next change. Dropping it removes the waker of the task.
struct Waiter<'a> {
    signal: &'a Signal,
    ticket: Option<u64>,
}

impl Waiter<'_> {
    /// Registers `waker` for the next change.
    fn wait_with(&mut self, waker: &Waker) {
        if self.is_listed(waker) {
            return;
        }
        // Cloned before locking, because cloning runs code of the executor.
        let waker = waker.clone();
        let replaced = self.signal.change(|waiting| {
            let known = self.ticket.and_then(|ticket| waiting.get_mut(ticket));
            match known {
                Some(known) => Some(std::mem::replace(known, waker)),
                None => {
                    self.ticket = Some(waiting.add(waker));
                    None
                }
            }
        });
        // The fence pairs with that of `notify`.
        destroy(replaced);
        fence(Ordering::SeqCst);
    }

    fn is_listed(&self, waker: &Waker) -> bool {
        self.ticket.is_some_and(|ticket| {
            let mut waiting = self.signal.lock();
            let known = waiting.get_mut(ticket);
            known.is_some_and(|known| known.will_wake(waker))
        })
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else {
            return;
        };
        // A waiter that is not listed was taken and woken.
        if self.signal.is_awaited.load(Ordering::Relaxed) {
            destroy(self.signal.change(|waiting| waiting.remove(ticket)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::{Arc, Barrier, atomic::AtomicUsize},
        task::{Context, Wake, Waker},
        thread,
    };

    use super::*;
    use crate::block_on;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "two real threads have to meet for the race to be there"
    )]
    fn a_change_that_comes_while_somebody_begins_to_wait_is_not_missed() {
        for _ in 0..2_000 {
            let (signal, changed, start) = (Signal::new(), AtomicBool::new(false), Barrier::new(2));
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    changed.store(true, Ordering::Release);
                    signal.notify();
                });
                start.wait();
                block_on(signal.until(|| changed.load(Ordering::Acquire).then_some(())));
            });
        }
    }

    #[test]
    fn who_stops_waiting_is_not_counted_any_more() {
        let signal = Signal::new();
        {
            let mut wait = std::pin::pin!(signal.until(|| None::<()>));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(wait.as_mut().poll(&mut cx).is_pending());
            assert!(signal.is_awaited.load(Ordering::SeqCst));
        }
        assert!(!signal.is_awaited.load(Ordering::SeqCst));
        assert!(signal.lock().is_empty());
    }

    /// A waker that calls a closure once.
    struct Calls(Mutex<Option<Box<dyn FnOnce() + Send>>>);

    impl Calls {
        fn waker(call: impl FnOnce() + Send + 'static) -> Waker {
            Waker::from(Arc::new(Self(Mutex::new(Some(Box::new(call))))))
        }
    }

    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            let call = self.0.lock().unwrap().take();
            call.into_iter().for_each(|call| call());
        }
    }

    type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Returns a future that waits for `signal` forever, polled once with `waker`.
    fn waits(signal: &Arc<Signal>, waker: &Waker) -> Wait {
        let signal = signal.clone();
        let mut wait: Wait = Box::pin(async move { signal.until(|| None).await });
        assert!(
            wait.as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
        wait
    }

    #[test]
    fn a_waker_may_poll_at_once() {
        let signal = Arc::new(Signal::new());
        let task = Arc::new(Mutex::new(None::<Wait>));
        let polled = task.clone();
        let waker = Calls::waker(move || {
            let mut task = polled.lock().unwrap();
            let wait = task.as_mut().expect("it is there").as_mut();
            assert!(
                wait.poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending()
            );
        });
        *task.lock().unwrap() = Some(waits(&signal, &waker));
        signal.notify();
    }

    #[test]
    fn a_waker_may_own_the_last_of_who_waits() {
        let signal = Arc::new(Signal::new());
        let task = Arc::new(Mutex::new(None::<Wait>));
        let owned = task.clone();
        let waker = Calls::waker(move || drop(owned.lock().unwrap().take()));
        *task.lock().unwrap() = Some(waits(&signal, &waker));
        signal.notify();
        assert!(task.lock().unwrap().is_none());
    }

    /// Notifies a signal when it is dropped.
    struct LastWords(Arc<Signal>);

    impl Wake for LastWords {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for LastWords {
        fn drop(&mut self) {
            self.0.notify();
            panic!("a waker panics at its end");
        }
    }

    #[test]
    fn a_waker_may_end_as_it_likes() {
        let signal = Arc::new(Signal::new());
        let last_words = || Waker::from(Arc::new(LastWords(signal.clone())));
        let mut replaced = waits(&signal, &last_words());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(replaced.as_mut().poll(&mut cx).is_pending());
        let removed = waits(&signal, &last_words());
        drop(removed);
        signal.notify();
    }

    #[test]
    fn a_waker_that_panics_harms_no_other() {
        let signal = Arc::new(Signal::new());
        let woken = Arc::new(AtomicUsize::new(0));
        let counts = |wakes: usize| {
            let woken = woken.clone();
            Calls::waker(move || {
                woken.fetch_add(1, Ordering::SeqCst);
                assert!(wakes > 0, "the waker panics");
            })
        };
        for _ in 0..2 {
            let _waits: Vec<_> = (0..3).map(|n| waits(&signal, &counts(n % 2))).collect();
            signal.notify();
            assert_eq!(
                woken.swap(0, Ordering::SeqCst),
                3,
                "those that came later, too"
            );
        }
    }
}
