//! glommio: io_uring only.

use std::{thread, time::Instant};

use glommio::{LocalExecutorBuilder, spawn_local, timer::sleep};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    let sleep = |deadline: Instant| sleep(deadline.saturating_duration_since(Instant::now()));
    LocalRuntime::start(name, sleep, |mut tasks| {
        let executor = LocalExecutorBuilder::default().make();
        executor.expect("glommio starts").run(async move {
            while let Some(task) = tasks.next().await {
                spawn_local(task).detach();
            }
        });
    })
}

/// Starts an executor, and ends it.
///
/// # Errors
///
/// Why this machine cannot run glommio.
pub(crate) fn probe() -> Result<(), String> {
    let start = || LocalExecutorBuilder::default().make().map(drop);
    let started = thread::spawn(move || start().map_err(|error| error.to_string()));
    started
        .join()
        .unwrap_or_else(|_| Err("it panics at its start".into()))
}
