//! `sched`: runs a crontab, previews times, proves backends.

mod backends;
mod command;
mod conformance;
mod console;
mod crontab;
mod lines;
mod next;
mod orders;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// One scheduling API, every executor.
#[derive(Debug, Parser)]
#[command(name = "sched", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the conformance suite on the backends: exit code 0 if they are conformant, 1 if a rule
    /// is broken, 2 if nothing was selected, 3 if only a part was run.
    Conformance(conformance::Arguments),
    /// Prints when an expression is next due: `sched next "0 9 * * MON-FRI" --tz Europe/Berlin`.
    Next(next::Arguments),
    /// Runs the commands of a crontab: `sched run examples/demo.crontab --for 10s`.
    Run(run::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Next(arguments) => next::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
    }
}
