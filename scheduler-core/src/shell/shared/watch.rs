//! [`Watching`]: drop guard that records job failures while it exists.

use std::sync::Arc;

use super::Shared;

/// Guard that records failures of jobs until it is dropped.
pub(crate) struct Watching(Arc<Shared>);

impl Watching {
    pub(crate) fn begin(shared: Arc<Shared>) -> Self {
        shared.call(|engine, _| engine.watch_failures());
        Self(shared)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.0.call(|engine, _| engine.unwatch_failures()));
    }
}
