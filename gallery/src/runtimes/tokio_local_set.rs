//! tokio's `LocalSet`, on a runtime of one thread.

use scheduler_core::runtime::{LocalRuntime, SpawnError};
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::sleep_until,
};

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    let sleep = |deadline: std::time::Instant| sleep_until(deadline.into());
    LocalRuntime::start(name, sleep, |mut tasks| {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("tokio starts");
        LocalSet::new().block_on(&runtime, async move {
            while let Some(task) = tasks.next().await {
                spawn_local(task);
            }
        });
    })
}
