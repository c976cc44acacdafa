//! Runs a command of a crontab as a job.
//!
//! Each command has its own process group. Ctrl-C in a terminal therefore reaches only the scheduler,
//! and a cancelled command ends with all processes that it has started. A cancellation sends SIGTERM;
//! when the grace has elapsed and the scheduler drops the job, SIGKILL follows.

use std::{
    fmt, io,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    sync::Arc,
    time::{Instant, SystemTime},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rustix::process::Signal;
use scheduler_core::{JobContext, trigger::Zone};
use smol::future;

use crate::{
    crontab::Entry,
    log::{End, Log, Record},
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

/// The processes of commands, and the log of their runs.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) processes: Processes,
    pub(crate) log: Log,
}

/// Runs the command until it exits, or until the job is dropped.
pub(crate) async fn run(
    entry: &Arc<Entry>,
    job: &JobContext,
    runner: &Runner,
) -> Result<(), Failure> {
    let mut attempt = Attempt::start(entry, job, runner);
    let ended = future::or(attempt.command.ended(), attempt.terminate_on_cancel(job)).await;
    attempt.has_ended = true;
    match ended {
        Ok(status) => {
            if !(entry.is_quiet && status.success()) {
                attempt.log_end(Some(status));
            }
            match status.success() {
                true => Ok(()),
                false => Err(Failure(status.to_string())),
            }
        }
        Err(error) => {
            runner.log.write(&Record::Failed {
                entry: &attempt.id,
                nominal: &attempt.nominal,
                attempt: attempt.number,
                error: error.to_string(),
            });
            Err(Failure(error.to_string()))
        }
    }
}

/// Formats an instant to the second.
pub(crate) fn shown(zone: &Zone, at: DateTime<Utc>) -> String {
    zone.to_local(at)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// A running command. Dropping it before the end kills its process group.
struct Attempt<'a> {
    command: Command,
    runner: &'a Runner,
    id: String,
    nominal: String,
    number: u32,
    late: TimeDelta,
    begun: Instant,
    has_ended: bool,
}

impl<'a> Attempt<'a> {
    fn start(entry: &Arc<Entry>, job: &JobContext, runner: &'a Runner) -> Self {
        let (id, nominal) = (entry.id.clone(), shown(&entry.zone, job.nominal()));
        if !entry.is_quiet {
            runner.log.write(&Record::Start {
                entry: &id,
                nominal: &nominal,
            });
        }
        Self {
            command: runner.processes.start(Arc::clone(entry), (&*id).into()),
            runner,
            id,
            nominal,
            number: job.attempt(),
            late: DateTime::<Utc>::from(SystemTime::now()) - job.nominal(),
            begun: Instant::now(),
            has_ended: false,
        }
    }

    /// Sends SIGTERM to the command when its job is cancelled. Never completes.
    async fn terminate_on_cancel(&self, job: &JobContext) -> io::Result<ExitStatus> {
        job.cancelled().await;
        self.runner
            .log
            .write(&Record::Terminate { entry: &self.id });
        self.runner.processes.signal(&self.command, Signal::TERM);
        future::pending().await
    }

    /// Writes how the command ended; without a status, it was killed.
    fn log_end(&self, status: Option<ExitStatus>) {
        let words = status.map(|status| status.to_string());
        let killed = Signal::KILL.as_raw();
        self.runner.log.write(&Record::End(End {
            entry: &self.id,
            nominal: &self.nominal,
            attempt: self.number,
            late_seconds: self.late.as_seconds_f64(),
            seconds: self.begun.elapsed().as_secs_f64(),
            status: words.unwrap_or_else(|| "killed".to_owned()),
            exit_code: status.and_then(|status| status.code()),
            signal: status.map_or(Some(killed), |status| status.signal()),
        }));
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.runner.processes.signal(&self.command, Signal::KILL);
            self.log_end(None);
        }
    }
}
