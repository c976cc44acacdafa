//! What the sources need beside what is modelled.

pub(crate) mod blocking {
    /// Threads for work that blocks.
    #[derive(Debug, Default)]
    pub(crate) struct Blocking;

    impl Blocking {
        pub(crate) const fn set_wanted(&self, _wanted: bool) {}
    }
}

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
}
