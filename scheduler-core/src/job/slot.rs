//! [`ValueSlot`]: stores the value of a job until its waiters take or clone it.

use std::{
    any::{Any, TypeId},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{base::panic::Contained, sync::signal::Signal};

/// The slot for the value of one job, shared by the job and its handles.
///
/// The last of them drops the value, unless an await has taken it. A panic of its destructor is caught
/// (`FT-007`).
pub(crate) struct ValueSlot<T>(Arc<Slot<T>>);

struct Slot<T> {
    state: Mutex<State<T>>,
    /// Notified when a clone of the value is complete.
    cloned: Signal,
}

enum State<T> {
    /// The job has not succeeded, or not yet.
    Empty,
    Owned(Contained<T>),
    /// An `Arc<Contained<T>>`. Any number of waiters clone the value at the same time, without the
    /// lock. The type is erased because `T` need not be `Sync`; only the code that creates this
    /// variant requires it.
    Shared(Box<dyn Any + Send>),
    /// An await of a handle has taken the value.
    Taken,
}

/// Reason why the slot has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// The job stored no value.
    Never,
    /// The value was taken.
    Taken,
}

impl<T: Send + 'static> ValueSlot<T> {
    /// Creates an empty slot. Returns `None` for `()`, because a handle returns that without a slot.
    pub(crate) fn new() -> Option<Self> {
        let is_unit = TypeId::of::<T>() == TypeId::of::<()>();
        (!is_unit).then(|| {
            Self(Arc::new(Slot {
                state: Mutex::new(State::Empty),
                cloned: Signal::new(),
            }))
        })
    }

    /// Stores the value in place of that of an earlier attempt.
    pub(crate) fn fill(self, value: T) {
        let value = State::Owned(Contained::new(value));
        let earlier = mem::replace(&mut *self.lock(), value);
        // Destructors of users' values run without the lock.
        drop(earlier);
    }

    /// Waits until no other thread clones the value, and moves it out.
    pub(super) async fn take(&self) -> Result<T, Absent> {
        self.0.cloned.until(|| self.try_take()).await
    }

    /// Moves the value out. Returns `None` while another thread clones it.
    fn try_take(&self) -> Option<Result<T, Absent>> {
        let mut state = self.lock();
        if let State::Shared(shared) = &mut *state {
            let shared = shared.downcast_mut::<Arc<Contained<T>>>()?;
            Arc::get_mut(shared)?;
        }
        let value = match mem::replace(&mut *state, State::Taken) {
            State::Owned(value) => Ok(value),
            State::Shared(shared) => {
                let shared = shared.downcast::<Arc<Contained<T>>>().ok();
                let value = shared.and_then(|shared| Arc::into_inner(*shared));
                value.ok_or(Absent::Taken)
            }
            State::Taken => Err(Absent::Taken),
            State::Empty => {
                *state = State::Empty;
                Err(Absent::Never)
            }
        };
        drop(state);
        Some(value.map(Contained::into_inner))
    }
}

impl<T: Clone + Send + Sync + 'static> ValueSlot<T> {
    /// Returns a clone of the value.
    pub(super) fn get(&self) -> Result<T, Absent> {
        // Dropped after the share of the value, also when the user's `clone` panics.
        let _notify = NotifyWhenDropped(&self.0.cloned);
        let value = self.share()?;
        Ok(T::clone(&value))
    }

    /// Returns a shared reference to the value, which the caller clones without the lock.
    fn share(&self) -> Result<Arc<Contained<T>>, Absent> {
        let mut state = self.lock();
        let owned = match &*state {
            State::Empty => return Err(Absent::Never),
            State::Taken => return Err(Absent::Taken),
            State::Shared(shared) => {
                return shared.downcast_ref().cloned().ok_or(Absent::Taken);
            }
            State::Owned(_) => mem::replace(&mut *state, State::Taken),
        };
        let State::Owned(value) = owned else {
            return Err(Absent::Taken);
        };
        let value = Arc::new(value);
        *state = State::Shared(Box::new(value.clone()));
        Ok(value)
    }
}

impl<T> ValueSlot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for ValueSlot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Drop guard that wakes the callers of [`take`](ValueSlot::take), which wait for the clones in
/// progress.
struct NotifyWhenDropped<'a>(&'a Signal);

impl Drop for NotifyWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.notify();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        pin::pin,
        sync::mpsc,
        task::{Context, Waker},
        thread,
    };

    use super::*;
    use crate::block_on;

    fn filled<T: Send + 'static>(value: T) -> ValueSlot<T> {
        let slot = ValueSlot::new().expect("not for `()`");
        slot.clone().fill(value);
        slot
    }

    #[test]
    fn a_value_that_is_neither_clone_nor_sync_is_taken_once() {
        let slot = filled(Cell::new(7));
        assert_eq!(block_on(slot.take()).map(Cell::into_inner), Ok(7));
        assert_eq!(block_on(slot.take()).err(), Some(Absent::Taken));
    }

    #[test]
    fn any_number_of_clones_come_before_who_takes_it() {
        let slot = filled(String::from("value"));
        for _ in 0..3 {
            assert_eq!(slot.get().as_deref(), Ok("value"));
        }
        assert_eq!(block_on(slot.take()).as_deref(), Ok("value"));
        assert_eq!(slot.get(), Err(Absent::Taken));
    }

    #[test]
    fn an_empty_slot_is_not_a_taken_one() {
        let slot: ValueSlot<u8> = ValueSlot::new().expect("not for `()`");
        assert_eq!(slot.get(), Err(Absent::Never));
        assert_eq!(block_on(slot.take()), Err(Absent::Never));
        slot.clone().fill(1);
        slot.clone().fill(2);
        assert_eq!(slot.get(), Ok(2), "that of the last attempt");
        assert!(ValueSlot::<()>::new().is_none());
    }

    /// Reports that its clone has begun, and continues when the test allows it.
    #[derive(Debug)]
    struct Slow(mpsc::SyncSender<()>, Arc<Mutex<mpsc::Receiver<()>>>);

    impl Clone for Slow {
        fn clone(&self) -> Self {
            self.0.send(()).expect("the test waits for it");
            let let_go = self.1.lock().expect("no panic").recv();
            let_go.expect("the test releases it");
            Self(self.0.clone(), self.1.clone())
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "one thread clones while another one takes"
    )]
    fn who_takes_a_value_waits_until_it_is_cloned() {
        let ((begins, begun), (let_go, goes)) = (mpsc::sync_channel(1), mpsc::sync_channel(1));
        let slot = filled(Slow(begins, Arc::new(Mutex::new(goes))));
        thread::scope(|scope| {
            let clones = scope.spawn(|| slot.get().is_ok());
            begun.recv().expect("the clone begins");
            let mut take = pin!(slot.take());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(take.as_mut().poll(&mut cx).is_pending());
            let_go.send(()).expect("the clone waits");
            assert!(block_on(take).is_ok());
            assert!(clones.join().expect("no panic"));
        });
    }

    #[test]
    fn a_clone_that_panics_leaves_the_value_to_be_taken() {
        #[derive(Debug)]
        struct Odd;
        impl Clone for Odd {
            fn clone(&self) -> Self {
                panic!("a clone panics");
            }
        }
        let slot = filled(Odd);
        assert!(crate::base::panic::caught(|| slot.get()).is_err());
        assert!(block_on(slot.take()).is_ok());
    }
}
