//! As long as somebody waits to close, failures are noted.

use super::Shared;

/// Has failures noted until it is dropped, because a future that waits may be dropped at any time.
pub(crate) struct FailureWatch<'a>(&'a Shared);

impl<'a> FailureWatch<'a> {
    pub(crate) fn begin(shared: &'a Shared) -> Self {
        shared.call(|engine, _| engine.watch_failures());
        Self(shared)
    }
}

impl Drop for FailureWatch<'_> {
    fn drop(&mut self) {
        drop(self.0.call(|engine, _| engine.unwatch_failures()));
    }
}
