//! Runs a command of a crontab as a job.
//!
//! Each command has its own process group. Ctrl-C in a terminal therefore reaches only the scheduler,
//! and a cancelled command ends with all processes that it has started. A cancellation sends SIGTERM;
//! when the grace has elapsed and the scheduler drops the job, SIGKILL follows.

use std::{fmt, io, process::ExitStatus, sync::Arc, time::Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::process::Signal;
use scheduler_core::{JobContext, text::visible, trigger::Zone};
use smol::future;

use crate::{
    console::say,
    crontab::Entry,
    process::{Command, Processes},
};

/// Error of a command that could not be started, or that failed.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Runs the command until it exits, or until the job is dropped.
pub(crate) async fn run(
    entry: &Arc<Entry>,
    job: &JobContext,
    processes: &Processes,
) -> Result<(), Failure> {
    let label = label(entry);
    let nominal = shown(&entry.zone, job.nominal());
    say(format_args!("{label} start for {nominal}"));
    match execute(entry, &label, job, processes).await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure(status.to_string())),
        Err(error) => {
            say(format_args!("{label} failed: {error}"));
            Err(Failure(error.to_string()))
        }
    }
}

/// Label of an entry: its line, and the first word of its command.
pub(crate) fn label(entry: &Entry) -> String {
    let word = entry.command.split_whitespace().next().unwrap_or_default();
    let name = word.rsplit('/').next().unwrap_or(word);
    format!("[{}:{}]", entry.line, visible(name))
}

/// Formats an instant to the second.
pub(crate) fn shown(zone: &Zone, at: DateTime<Utc>) -> String {
    zone.to_local(at)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

async fn execute(
    entry: &Arc<Entry>,
    label: &str,
    job: &JobContext,
    processes: &Processes,
) -> io::Result<ExitStatus> {
    let mut running = Running {
        command: processes.start(Arc::clone(entry), label.into()),
        processes,
        label,
        begun: Instant::now(),
        has_ended: false,
    };
    let ended = future::or(running.command.ended(), terminate_on_cancel(&running, job)).await;
    running.has_ended = true;
    let status = ended?;
    running.say_end(&status.to_string());
    Ok(status)
}

/// Sends SIGTERM to the command when its job is cancelled. Never completes.
async fn terminate_on_cancel(running: &Running<'_>, job: &JobContext) -> io::Result<ExitStatus> {
    job.cancelled().await;
    say(format_args!("{} receives SIGTERM", running.label));
    running.processes.signal(&running.command, Signal::TERM);
    future::pending().await
}

/// A running command. Dropping it before the end kills its process group.
struct Running<'a> {
    command: Command,
    processes: &'a Processes,
    label: &'a str,
    begun: Instant,
    has_ended: bool,
}

impl Running<'_> {
    fn say_end(&self, how: &str) {
        let (label, taken) = (self.label, self.begun.elapsed().as_secs_f64());
        say(format_args!("{label} end: {how} after {taken:.3} s"));
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.processes.signal(&self.command, Signal::KILL);
            self.say_end("killed");
        }
    }
}
