//! embassy, on the standard library. Its tasks are static, so one of them runs all tasks that arrive.

use std::{cell::Cell, rc::Rc, time::Instant};

use embassy_executor::{Executor, raw::TaskStorage};
use embassy_time::{Duration, Timer};
use scheduler_core::runtime::{LocalRuntime, SpawnError};

use crate::local::run_all;

pub(crate) fn start(name: &'static str) -> Result<LocalRuntime, SpawnError> {
    LocalRuntime::start(name, sleep, |tasks| {
        let executor = Box::leak(Box::new(Executor::new()));
        let has_ended = Rc::new(Cell::new(false));
        let ended = has_ended.clone();
        let main = Box::leak(Box::new(TaskStorage::new())).spawn(|| async move {
            run_all(tasks).await;
            ended.set(true);
        });
        let main = main.expect("a new task can be spawned");
        executor.run_until(|spawner| spawner.spawn(main), || has_ended.get());
    })
}

/// In microseconds.
const YEAR: u64 = 365 * 86_400 * 1_000_000;

fn sleep(deadline: Instant) -> Timer {
    let left = deadline.saturating_duration_since(Instant::now());
    // A sleep may end early, and a longer one overflows: ticks are multiplied.
    let micros = u64::try_from(left.as_micros()).map_or(YEAR, |micros| micros.min(YEAR));
    // The next microsecond, so that the sleep does not end before its deadline.
    Timer::after(Duration::from_micros(micros + 1))
}
