//! The benchmarks, one file each. To add one, add a file and a line in the table.

mod add;
mod close;
mod cron;
mod due;
mod engine;
mod idle;
mod intervals;
mod lateness;
mod lone;
mod memory;
mod schedules;
mod spawn;
mod timers;

use crate::plan::Plan;

/// One benchmark.
pub struct Benchmark {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Plan),
}

macro_rules! benchmarks {
    ($($name:ident: $about:literal,)*) => {
        /// All benchmarks, in the order in which they run.
        pub const BENCHMARKS: &[Benchmark] = &[
            $(Benchmark { name: stringify!($name), about: $about, run: $name::run },)*
        ];
    };
}

benchmarks! {
    spawn: "a no-op job, from spawn to the end of its wait, in bursts",
    lone: "the same, one job at a time: each waits for the one before",
    due: "jobs that are all due at once, until the last one has run",
    intervals: "schedules every second: processor time a run, and how late they run",
    schedules: "adding and removing far schedules",
    add: "adding one-shots from several threads",
    memory: "memory and allocations of waiting jobs and schedules, and allocations of each run",
    lateness: "how late a lone job runs, against the executor's own sleep",
    close: "ending a scheduler that holds jobs",
    idle: "wake-ups while everything is far away",
    engine: "the engine alone: one thread, virtual time, an executor of a few lines",
    cron: "the next instant of cron expressions, in UTC and in New York",
    timers: "the timer queue alone: take what is due and put it back",
}
