//! compio: io_uring, or polling where the kernel has none.

use compio::{
    runtime::{Runtime, spawn},
    time::sleep_until,
};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    LocalRuntime::start(name, sleep_until, |mut tasks| {
        let runtime = Runtime::new().expect("compio starts");
        runtime.block_on(async move {
            while let Some(task) = tasks.next().await {
                spawn(task).detach();
            }
        });
    })
}
