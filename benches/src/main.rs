//! The scheduler, measured side by side with raw executors and peers, in one process.

mod bare;
mod compare;
mod gauges;
mod host;
mod latch;
mod peers;
mod plan;
mod pool;
mod suite;

use std::{process::ExitCode, time::Instant};

use clap::Parser;

use crate::{plan::Plan, suite::BENCHMARKS};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() -> ExitCode {
    let plan = Plan::parse();
    if plan.list {
        for benchmark in BENCHMARKS {
            println!("{:<10} {}", benchmark.name, benchmark.about);
        }
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = plan.unknown() {
        eprintln!("unknown benchmark `{unknown}`; --list shows all");
        return ExitCode::from(2);
    }
    if let Some(only) = &plan.only {
        compare::ONLY.get_or_init(|| only.clone());
    }
    if let Some(host) = &plan.host {
        host::WANTED.get_or_init(|| host.clone());
    }
    let start = Instant::now();
    for benchmark in BENCHMARKS.iter().filter(|known| plan.selects(known.name)) {
        println!("\n== {}: {}", benchmark.name, benchmark.about);
        (benchmark.run)(&plan);
    }
    println!("\nafter {:.0} s", start.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
