//! Catches panics of user code at every boundary.
//!
//! Destructors are user code too. They run in unexpected places: with the last handle, inside an
//! executor that aborts the process when a destructor panics, or while another panic unwinds. Every
//! user value is therefore wrapped in [`Contained`] as soon as it is accepted.

use std::{
    any::Any,
    fmt,
    ops::{Deref, DerefMut},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Calls user code, and converts a panic into its message.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(message)
}

/// Returns the message of a panic, and drops the payload, whose destructor may panic too (`JB-003`).
fn message(payload: Box<dyn Any + Send>) -> String {
    let text = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "no message".to_owned(),
    };
    destroy(payload);
    text
}

/// Drops a user value, and catches a panic of its destructor.
pub(crate) fn destroy<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // The payload of that panic may have a panicking destructor too; it is caught here.
        std::mem::forget(payload);
    }
}

/// A user value. A panic of its destructor is caught, wherever it is dropped.
///
/// Wrap values one by one: two destructors that panic during one drop abort the process.
#[derive(Clone)]
pub(crate) struct Contained<T>(
    /// `None` only during `into_inner`.
    Option<T>,
);

impl<T> Contained<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Unwraps the value. The caller becomes responsible for panics of its destructor.
    pub(crate) fn into_inner(mut self) -> T {
        let Some(value) = self.0.take() else {
            unreachable!("it is emptied where it is consumed, and nowhere else");
        };
        value
    }
}

impl<T> Deref for Contained<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Some(value) = &self.0 else {
            unreachable!("it is emptied where it is consumed, and nowhere else");
        };
        value
    }
}

impl<T> DerefMut for Contained<T> {
    fn deref_mut(&mut self) -> &mut T {
        let Some(value) = &mut self.0 else {
            unreachable!("it is emptied where it is consumed, and nowhere else");
        };
        value
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            destroy(value);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Contained<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::panic_any,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use super::*;

    /// A value that counts its drops, panics when it is dropped, and can contain another such
    /// value.
    struct Bomb(Arc<AtomicUsize>, usize);

    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
            if let Some(depth) = self.1.checked_sub(1) {
                panic_any(Self(self.0.clone(), depth));
            }
        }
    }

    #[test]
    fn many_panicking_destructors_are_contained_one_by_one_even_while_a_panic_unwinds() {
        let ends = Arc::new(AtomicUsize::new(0));
        let bombs = || -> Vec<_> {
            (0..3)
                .map(|_| Contained::new(Bomb(ends.clone(), 2)))
                .collect()
        };
        drop(bombs());
        assert_eq!(ends.load(Ordering::SeqCst), 3);
        let message = caught(|| {
            let _bombs = bombs();
            panic!("the first");
        });
        assert_eq!(message, Err("the first".to_owned()));
        assert_eq!(ends.load(Ordering::SeqCst), 6);
    }

    #[test]
    fn a_payload_that_panics_at_its_end_has_no_message_and_does_no_harm() {
        let ends = Arc::new(AtomicUsize::new(0));
        let bomb = Bomb(ends.clone(), 1);
        let answer = caught(|| panic_any(bomb));
        assert_eq!(answer, Err("no message".to_owned()));
        assert_eq!(ends.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_value_that_is_used_up_ends_where_it_is_used() {
        let ends = Arc::new(AtomicUsize::new(0));
        let mut value = Contained::new(Bomb(ends.clone(), 0));
        value.1 = 0;
        let taken = value.into_inner();
        assert_eq!(ends.load(Ordering::SeqCst), 0);
        drop(taken);
        assert_eq!(ends.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn it_takes_no_more_room_than_a_pointer() {
        assert_eq!(
            size_of::<Option<Contained<Box<dyn Any>>>>(),
            size_of::<Option<Box<dyn Any>>>() + size_of::<usize>()
        );
        assert_eq!(
            size_of::<Contained<Box<dyn Any>>>(),
            size_of::<Box<dyn Any>>()
        );
    }
}
