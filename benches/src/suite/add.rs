use std::{
    sync::{Barrier, Mutex},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Job, Options, Scheduler};

use super::spawn::started;
use crate::{
    compare::{Comparison, per_op, percentile},
    gauges::thread_time,
    host::TokioMulti,
    plan::Plan,
    pool::Work,
};

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[1_000_000], &[100_000]) {
        for producers in [1, 2, 4] {
            compare(size, producers, plan.rounds(7, 3));
        }
        println!("\nthe slowest of {size} adds, by the processor time of the thread");
        let mut worst: Vec<_> = (0..plan.rounds(7, 3)).map(|_| slowest(size)).collect();
        println!("  median {:.2} ms", percentile(&mut worst, 0.5));
        println!("  most   {:.2} ms", percentile(&mut worst, 1.0));
    }
}

fn compare(size: usize, producers: usize, rounds: usize) {
    let title = format!("adding {size} one-shots, {producers} at a time");
    Comparison::new(title, "ns an add")
        .with("boxed, into a Mutex<Vec>", || inbox(size, producers))
        .with("scheduler", || ours(size, producers))
        .run(rounds);
}

/// Returns the wall time for each of `size` calls of `add`, made by `producers` threads.
fn produced(size: usize, producers: usize, add: impl Fn(u64) + Sync) -> f64 {
    let barrier = Barrier::new(producers);
    let share = size / producers;
    let took = thread::scope(|scope| {
        let produce = || {
            barrier.wait();
            let start = Instant::now();
            (0..share as u64).for_each(&add);
            start.elapsed()
        };
        let threads: Vec<_> = (0..producers).map(|_| scope.spawn(produce)).collect();
        let times = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        times.max().unwrap_or_default()
    });
    per_op(took, share * producers)
}

fn inbox(size: usize, producers: usize) -> f64 {
    let inbox = Mutex::new(Vec::<Work>::new());
    produced(size, producers, |number| {
        let work = Box::new(move || _ = std::hint::black_box([number; 2]));
        inbox.lock().expect("no panic").push(work);
    })
}

fn ours(size: usize, producers: usize) -> f64 {
    let scheduler = started(TokioMulti, Options::default());
    produced(size, producers, |number| {
        scheduler.post(one_shot(number)).expect("it is taken");
    })
}

/// Returns a job with a pseudo-random delay of one to sixty minutes; its closure holds 16 bytes.
fn one_shot(number: u64) -> Job {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 22;
    let due = Duration::from_secs(60) + Duration::from_nanos(spread % 3_540_000_000_000);
    let held = [number; 2];
    Job::future(async move { _ = std::hint::black_box(held) }).after(due)
}

/// Returns the slowest call, in milliseconds.
fn slowest(size: usize) -> f64 {
    let scheduler = started(TokioMulti, Options::default());
    let mut worst = Duration::ZERO;
    let mut before = thread_time();
    for number in 0..size as u64 {
        scheduler.post(one_shot(number)).expect("it is taken");
        let after = thread_time();
        worst = worst.max(after - before);
        before = after;
    }
    worst.as_secs_f64() * 1e3
}
