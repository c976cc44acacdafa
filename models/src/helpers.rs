//! What the sources need beside what is modelled.

pub(crate) mod implement {
    use std::{task::Waker, time::Instant};

    /// The thread that keeps the timers, which has no time here: what it is to wake is forgotten.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Timers;

    impl Timers {
        pub(crate) const fn retain(&self) {}

        pub(crate) const fn release(&self) {}

        #[allow(clippy::needless_pass_by_value, reason = "as in the core")]
        pub(crate) fn wake_at(&self, _: Instant, _: Waker) {}
    }
}

pub(crate) mod base {
    pub(crate) use super::panic;
}

pub(crate) mod panic {
    /// No waker of a model panics, and loom must see its own panics.
    pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
        Ok(call())
    }

    /// Nor does a destructor.
    pub(crate) fn destroy<T>(value: T) {
        drop(value);
    }

    /// No listener of a model panics either.
    pub(crate) struct Contained<T>(T);

    impl<T> Contained<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(value)
        }
    }

    impl<T> std::ops::Deref for Contained<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}
