//! Counts the instructions and allocations of the hot paths, and compares them with the recorded
//! counts.
//!
//! Times vary with the load of the machine; counts do not. Each path runs in its own process under
//! valgrind's callgrind. It counts the instructions between the entry of [`measure::gate_measured`]
//! and its return. The program counts allocations itself.

#[path = "../../src/bare.rs"]
mod bare;
mod compare;
mod counts;
mod measure;
mod paths;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// Counts instructions and allocations of the hot paths, and compares them with counts.toml.
#[derive(Debug, Parser)]
struct Arguments {
    /// Records the counts of this run in place of comparing them.
    #[arg(long)]
    update: bool,
    /// Only the paths whose names contain this.
    #[arg(long, value_name = "PART", default_value = "")]
    only: String,
    /// Runs one path and prints its allocations; what the comparison runs under callgrind.
    #[arg(long, value_name = "PATH", hide = true)]
    path: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.path {
        Some(name) => measure::run_here(name),
        None if arguments.update => compare::update(&arguments.only),
        None => compare::compare(&arguments.only),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("gate: {problem}");
            ExitCode::from(2)
        }
    }
}
