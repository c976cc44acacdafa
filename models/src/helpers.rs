//! What the sources need beside what is modelled.

pub(crate) mod timer {
    /// The thread that keeps the timers.
    #[derive(Debug, Default)]
    pub(crate) struct Timers;

    impl Timers {
        pub(crate) const fn set_wanted(&self, _wanted: bool) {}
    }
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
