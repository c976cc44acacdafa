//! `sched`: runs crontabs, previews times, and tests backends for conformance.

#[cfg(feature = "suite")]
mod backends;
mod check;
mod client;
mod command;
#[cfg(feature = "suite")]
mod conformance;
mod console;
mod control;
mod convert;
mod crontab;
mod duration;
mod exec;
#[cfg(feature = "generate")]
mod generate;
mod http;
mod installed;
mod log;
mod next;
mod notify;
mod ping;
mod process;
mod report;
mod run;
mod runs;
mod scheduler;
mod session;
mod signals;
mod similar;
mod source;
mod state;
mod tally;
mod threads;
mod watch;
mod zone;

use std::{env, process::ExitCode};

use clap::{Parser, Subcommand};

/// Runs crontabs, previews times, and tests scheduler backends for conformance.
#[derive(Debug, Parser)]
#[command(name = "sched", version, term_width = 80, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    #[cfg(feature = "suite")]
    Conformance(conformance::Arguments),
    Convert(convert::Arguments),
    Exec(exec::Arguments),
    #[cfg(feature = "generate")]
    Generate(generate::Arguments),
    Health(client::Health),
    History(client::History),
    Next(next::Arguments),
    /// Pauses an entry of a running sched.
    Pause(client::Order),
    /// Resumes a paused entry of a running sched.
    Resume(client::Order),
    Run(run::Arguments),
    /// Runs an entry of a running sched now, by its overlap policy.
    RunNow(client::Order),
    Status(client::Status),
    Why(client::Why),
}

#[cfg(feature = "suite")]
const EXAMPLES: &str = "\
Examples:
  sched run examples/demo.crontab --for 10s
  sched check examples/demo.crontab
  sched next \"0 9 * * MON-FRI\" --tz Europe/Berlin
  sched conformance --backend tokio

`sched COMMAND --help` says all about a command: formats, exit codes, examples.";

#[cfg(not(feature = "suite"))]
const EXAMPLES: &str = "\
Examples:
  sched run examples/demo.crontab --for 10s
  sched check examples/demo.crontab
  sched next \"0 9 * * MON-FRI\" --tz Europe/Berlin

`sched COMMAND --help` says all about a command: formats, exit codes, examples.";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().collect();
    if let Some(code) = process::become_shell(&arguments) {
        return code;
    }
    match Arguments::parse_from(arguments).command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Exec(arguments) => exec::run(&arguments),
        #[cfg(feature = "suite")]
        Command::Conformance(arguments) => conformance::run(&arguments),
        #[cfg(feature = "generate")]
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Health(arguments) => client::health(arguments),
        Command::History(arguments) => client::history(arguments),
        Command::Next(arguments) => next::run(&arguments),
        Command::Pause(arguments) => client::pause(arguments),
        Command::Resume(arguments) => client::resume(arguments),
        Command::RunNow(arguments) => client::run_now(arguments),
        Command::Status(arguments) => client::status(arguments),
        Command::Why(arguments) => client::why(arguments),
        Command::Run(arguments) => run::run(&arguments),
    }
}
