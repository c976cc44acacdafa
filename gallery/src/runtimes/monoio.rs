//! monoio: io_uring, or epoll where the kernel has none. It panics if a sleep is longer than its timer wheel.

use std::time::{Duration, Instant};

use monoio::{FusionDriver, RuntimeBuilder, time::sleep_until};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

const YEAR: Duration = Duration::from_secs(365 * 86_400);

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    // A sleep may end early.
    let sleep = |deadline: Instant| sleep_until(deadline.min(Instant::now() + YEAR).into());
    LocalRuntime::start(name, sleep, |mut tasks| {
        let runtime = RuntimeBuilder::<FusionDriver>::new().enable_timer().build();
        runtime.expect("monoio starts").block_on(async move {
            while let Some(task) = tasks.next().await {
                monoio::spawn(task);
            }
        });
    })
}
