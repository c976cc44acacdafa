//! Stand-ins for the parts of the sources that are not modelled.

pub(crate) mod implement {
    use std::{task::Waker, time::Instant};

    /// A stand-in for the timer thread. loom has no time, so requested wakes are forgotten.
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
    /// Calls without catching a panic: no waker of a model panics, and loom must see its own
    /// panics.
    pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
        Ok(call())
    }

    /// Drops a value; no destructor of a model panics.
    pub(crate) fn destroy<T>(value: T) {
        drop(value);
    }

    /// A listener; no listener of a model panics.
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
