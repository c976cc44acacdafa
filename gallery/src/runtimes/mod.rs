//! The runtimes, each in a file.

mod async_executor;
mod async_global_executor;
mod futures_pool;
mod may;
mod rayon;

use std::sync::Arc;

use conformance_tests::{Backend, backend};

use self::{
    async_executor::AsyncExecutor, async_global_executor::AsyncGlobalExecutor,
    futures_pool::FuturesPool, may::May, rayon::Rayon,
};

/// Returns every runtime of the gallery as a backend.
pub(crate) fn all() -> Vec<Arc<dyn Backend>> {
    vec![
        Arc::new(backend(AsyncExecutor::new)),
        Arc::new(backend(|| AsyncGlobalExecutor)),
        Arc::new(backend(|| {
            FuturesPool::new().expect("the system has threads")
        })),
        Arc::new(backend(May::default)),
        Arc::new(backend(Rayon::default)),
    ]
}
