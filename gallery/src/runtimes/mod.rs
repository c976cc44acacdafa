//! The runtimes, each in a file.

mod async_executor;
mod async_global_executor;
mod compio;
mod embassy;
mod futures_pool;
mod glommio;
mod may;
mod monoio;
mod nio;
mod rayon;
mod tokio_local_set;

use std::sync::Arc;

use conformance_tests::{Backend, backend};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

use self::{
    async_executor::AsyncExecutor, async_global_executor::AsyncGlobalExecutor,
    futures_pool::FuturesPool, may::May, rayon::Rayon,
};
use crate::local::Local;

/// Returns every runtime of the gallery as a backend, in the order of their names.
pub(crate) fn all() -> Vec<Arc<dyn Backend>> {
    vec![
        Arc::new(backend(AsyncExecutor::new)),
        Arc::new(backend(|| AsyncGlobalExecutor)),
        local("compio", compio::start),
        local("embassy", embassy::start),
        Arc::new(backend(|| {
            FuturesPool::new().expect("the system has threads")
        })),
        local("glommio", glommio::start),
        Arc::new(backend(May::default)),
        local("monoio", monoio::start),
        local("nio", nio::start),
        Arc::new(backend(Rayon::default)),
        local("tokio-local-set", tokio_local_set::start),
    ]
}

/// Returns why this machine cannot run a runtime.
pub(crate) fn obstacle(name: &str) -> Option<String> {
    (name == "glommio").then(glommio::probe)?.err()
}

fn local(
    name: &'static str,
    start: fn(&'static str) -> Result<LocalRuntime, SpawnError>,
) -> Arc<dyn Backend> {
    Arc::new(Local { name, start })
}
