//! `sched exec`: runs one entry of a crontab now.

use std::{os::unix::process::ExitStatusExt, process::ExitCode, sync::Arc, thread};

use clap::Args;
use rustix::process::Signal;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
};

use crate::{
    console::complain,
    crontab::Entry,
    log::{Format, Log, Timestamps},
    process::{Command, Processes},
    source::{self, Source},
};

/// Runs one entry of a crontab now, as sched run would.
///
/// The command has the shell, the environment, the input, the working directory and the user of its line. Its
/// output is that of sched exec. The first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT sends SIGTERM to the command and all
/// that it has started, the second one SIGKILL. Policies such as retries and timeouts have no effect.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: source::Arguments,
    /// The id of the entry: that of a line #@ id=ID, or LINE:COMMAND or FILE:LINE:COMMAND as in the log.
    id: String,
}

const EXAMPLES: &str = "\
Examples:
  sched exec /etc/jobs.crontab backup
  sched exec examples/demo.crontab 5:echo

Exit code:
  0  the command succeeded
  1  the command could not be started
  2  the crontab cannot be read, or has no such entry
  N  that of the command; 128 and the number of the signal that ended it";

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match entry(arguments) {
        Ok(entry) => execute(entry).unwrap_or_else(|error| {
            complain(format_args!("sched: {error}"));
            ExitCode::FAILURE
        }),
        Err(lines) => {
            lines.iter().for_each(complain);
            ExitCode::from(2)
        }
    }
}

/// Returns the entry with the id.
fn entry(arguments: &Arguments) -> Result<Entry, Vec<String>> {
    let entries = Source::new(&arguments.source).read()?.entries;
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    let found = entries.into_iter().find(|entry| entry.id == arguments.id);
    found.ok_or_else(|| {
        let hint = crate::similar::did_you_mean(&arguments.id, ids.iter().map(|id| &**id));
        vec![format!("sched: unknown entry {:?}{hint}", arguments.id)]
    })
}

fn execute(entry: Entry) -> std::io::Result<ExitCode> {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    let log = Log::start(Format::Raw, Timestamps::Hidden)?;
    let processes = Arc::new(Processes::supervise(&log)?);
    let id = entry.id.clone();
    let command = Arc::new(processes.start(Arc::new(entry), id.into()));
    forward(signals, Arc::clone(&processes), Arc::clone(&command))?;
    let status = smol::block_on(command.ended())?;
    let lost = log.finish();
    let of_signal = || status.signal().map_or(1, |signal| 128 + signal);
    let code = status.code().unwrap_or_else(of_signal);
    let code = u8::try_from(code).unwrap_or(u8::MAX);
    Ok(ExitCode::from(if lost > 0 && code == 0 { 1 } else { code }))
}

/// Starts the thread that sends the signals of this process to the command.
fn forward(
    mut signals: Signals,
    processes: Arc<Processes>,
    command: Arc<Command>,
) -> std::io::Result<thread::JoinHandle<()>> {
    crate::threads::spawn("sched-signals", move || {
        let mut next = Signal::TERM;
        for _ in signals.forever() {
            processes.signal(&command, next);
            next = Signal::KILL;
        }
    })
}
