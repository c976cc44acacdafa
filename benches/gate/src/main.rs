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
mod growth;
mod inputs;
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
    /// Runs only the paths whose names contain this.
    #[arg(long, value_name = "PART", default_value = "")]
    only: String,
    /// Counts each input at three sizes, and checks how its cost grows.
    #[arg(long, conflicts_with = "update")]
    growth: bool,
    /// Runs one path and prints its allocations. The comparison runs this under callgrind.
    #[arg(long, value_name = "PATH", hide = true)]
    path: Option<String>,
    /// Runs one input of this size.
    #[arg(long, value_name = "ELEMENTS", hide = true)]
    size: Option<usize>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.path, arguments.size) {
        (Some(name), Some(size)) => growth::run_here(name, size),
        (Some(name), None) => measure::run_here(name),
        _ if arguments.growth => growth::check(&arguments.only),
        _ if arguments.update => compare::update(&arguments.only),
        _ => compare::compare(&arguments.only),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("gate: {problem}");
            ExitCode::from(2)
        }
    }
}
