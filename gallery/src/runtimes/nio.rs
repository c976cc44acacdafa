//! nio: here with one thread. Its wakers abort on another thread, so one task runs all.

use nio::{RuntimeBuilder, Sleep};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

use crate::local::run_all;

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    let sleep = |deadline| async move {
        Sleep::at(deadline).await;
    };
    LocalRuntime::start(name, sleep, |tasks| {
        let runtime = RuntimeBuilder::new().worker_threads(1).build();
        runtime.expect("nio starts").block_on(run_all(tasks));
    })
}
