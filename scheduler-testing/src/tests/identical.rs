//! The trace depends on the program only, not on the executor.

use scheduler_core::Runtime;

use super::{
    super::VirtualRuntime,
    runtimes::{Pool, Threads},
    workload::Workload,
};

const SEEDS: u64 = 200;

#[derive(Debug, PartialEq, Eq)]
struct Run {
    trace: Vec<String>,
    polls: u64,
    fires: u64,
    foreign: u64,
}

fn summary(time: &VirtualRuntime, workload: &Workload) -> Run {
    Run {
        trace: workload.trace(),
        polls: time.polls(),
        fires: time.timer_fires(),
        foreign: time.foreign_wakes(),
    }
}

/// Runs the program while a client waits for its end.
fn run(inner: impl Runtime, seed: u64) -> Run {
    let time = VirtualRuntime::new(inner);
    let workload = Workload::new(&time);
    time.run(async {
        workload.start(seed);
        workload.ended().await;
    });
    time.settle();
    summary(&time, &workload)
}

/// Runs the program while the test advances the clock by `step`.
fn drive(inner: impl Runtime, seed: u64, step: impl Fn(&VirtualRuntime)) -> Run {
    let time = VirtualRuntime::new(inner);
    let workload = Workload::new(&time);
    time.outside(|| workload.start(seed));
    time.settle();
    while !workload.is_over() {
        step(&time);
    }
    summary(&time, &workload)
}

#[test]
fn the_trace_is_the_same_on_every_executor() {
    for seed in 0..SEEDS {
        let reference = run(Pool::new(4), seed);
        assert!(
            reference.trace.len() > 40 && reference.foreign == 0,
            "{reference:?}"
        );
        assert_eq!(
            reference,
            run(Pool::lifo(), seed),
            "seed {seed}, one thread, LIFO"
        );
        assert_eq!(
            reference,
            run(Threads, seed),
            "seed {seed}, a thread for each task"
        );
    }
}

#[test]
fn the_trace_is_the_same_however_the_clock_is_moved() {
    for seed in 0..50 {
        let reference = drive(Pool::new(4), seed, |time| time.advance(super::ms(1)));
        let single = drive(Pool::lifo(), seed, |time| {
            time.advance_to_next_timer();
        });
        let leap = drive(Threads, seed, |time| time.advance(super::ms(10_000)));
        assert_eq!(reference, single, "seed {seed}");
        assert_eq!(reference.trace, leap.trace, "seed {seed}");
        assert_eq!(
            reference.trace,
            run(Pool::new(4), seed).trace,
            "seed {seed}"
        );
    }
}
