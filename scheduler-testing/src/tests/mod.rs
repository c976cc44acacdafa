#![allow(
    clippy::disallowed_methods,
    reason = "the executors under virtual time start threads, and some tests wait in real time"
)]

mod advance;
mod clients;
mod faults;
mod identical;
mod runtimes;
mod watchdog;
mod workload;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use scheduler_core::Runtime;

use super::VirtualRuntime;
use runtimes::Pool;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn virtual_pool() -> VirtualRuntime {
    VirtualRuntime::new(Pool::new(2))
}

/// A log of events with their times.
#[derive(Clone)]
struct Log {
    time: VirtualRuntime,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn new(time: &VirtualRuntime) -> Self {
        Self {
            time: time.clone(),
            lines: Arc::default(),
        }
    }

    fn add(&self, what: &str) {
        let line = format!("{} {what}", self.time.elapsed().as_millis());
        self.lines.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

/// Spawns a task that logs `name` after each of the `naps`.
fn spawn_napper(log: &Log, name: &'static str, naps: &[u64]) {
    let (log, naps) = (log.clone(), naps.to_vec());
    let time = log.time.clone();
    time.clone()
        .spawn(Box::pin(async move {
            for nap in naps {
                time.sleep(ms(nap)).await;
                log.add(name);
            }
        }))
        .unwrap();
}
