//! `sched run` under load: nothing is lost, doubled, left over or leaked.
//!
//! A short form runs with all tests. `SCHED_LOAD_SECONDS=600 cargo test -p scheduler-cli --test cli load:: -- --nocapture
//! --test-threads 1` is the long form, which prints what it measured.

mod facts;
mod runs;
mod size;
mod storm;

use std::{env, time::Duration};

use self::facts::Facts;
use crate::program::{Crontab, Running};

/// Returns how long each load lasts.
fn lasts() -> Duration {
    let seconds = env::var("SCHED_LOAD_SECONDS").ok();
    let seconds = seconds.map(|text| text.parse().expect("a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(4))
}

/// Starts `sched` with a log that programs can read.
fn start(crontab: &Crontab, arguments: &[&str]) -> Running {
    let mut running = Running::start(&mut crontab.run(&[&["--log", "json"], arguments].concat()));
    running.until(" entries of ");
    running
}
