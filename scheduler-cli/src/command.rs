//! Runs a command of a crontab, and labels its output.
//!
//! Each command has its own process group. Ctrl-C in a terminal therefore reaches only the scheduler,
//! and a cancelled command ends with all processes that it has started. A cancellation sends SIGTERM;
//! when the grace has elapsed and the scheduler drops the job, SIGKILL follows.

use std::{
    env, fmt, fs, io, os::unix::process::CommandExt, path::Path, process::ExitStatus, time::Instant,
};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::process::{Pid, Signal, kill_process_group};
use scheduler_core::{JobContext, text::visible, trigger::Zone};
use smol::{
    future,
    io::{AsyncRead, AsyncWriteExt},
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::{
    console::say,
    crontab::{Entry, Environment},
    lines,
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
pub(crate) async fn run(entry: &Entry, job: &JobContext) -> Result<(), Failure> {
    let label = label(entry);
    let nominal = shown(&entry.zone, job.nominal());
    say(format_args!("{label} start for {nominal}"));
    match execute(entry, &label, job).await {
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

async fn execute(entry: &Entry, label: &str, job: &JobContext) -> io::Result<ExitStatus> {
    let mut running = start(entry, label)?;
    let termination = terminate_on_cancel(running.group, label, job);
    let status = future::or(running.finish(entry.input.as_deref()), termination).await?;
    running.say_end(&status.to_string());
    Ok(status)
}

fn start<'a>(entry: &Entry, label: &'a str) -> io::Result<Running<'a>> {
    let shell = shell(&entry.environment);
    let home = entry.environment.get("HOME");
    let mut command = std::process::Command::new(&shell);
    command.arg("-c").arg(&entry.command).process_group(0);
    let settings = entry.environment.settings().iter();
    command.envs(settings.map(|(name, value)| (name, value)));
    if let Some(home) = home {
        command.current_dir(home);
    }
    let input = entry
        .input
        .as_ref()
        .map_or_else(Stdio::null, |_| Stdio::piped());
    let child = Command::from(command)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(&error, &shell, home))?;
    Running::new(child, label)
}

/// Returns the shell of the crontab, or else of the environment, or else `/bin/sh`.
fn shell(environment: &Environment) -> String {
    let outer = || env::var("SHELL").ok().filter(|shell| !shell.is_empty());
    let inner = environment.get("SHELL").map(str::to_owned);
    inner.or_else(outer).unwrap_or_else(|| "/bin/sh".to_owned())
}

/// Returns whether the shell or the folder is missing, which the error of the system does not say.
fn cannot_start(error: &io::Error, shell: &str, home: Option<&str>) -> io::Error {
    let entered = home.map(|home| (home, fs::metadata(Path::new(home).join("."))));
    let text = match entered {
        Some((home, Err(error))) => {
            format!("the directory HOME={home:?} cannot be entered: {error}")
        }
        _ => format!("the shell {shell:?} cannot be run: {error}"),
    };
    io::Error::new(error.kind(), text)
}

/// Sends SIGTERM to the command when its job is cancelled. Never completes.
async fn terminate_on_cancel(group: Pid, label: &str, job: &JobContext) -> io::Result<ExitStatus> {
    job.cancelled().await;
    say(format_args!("{label} receives SIGTERM"));
    kill(group, Signal::TERM);
    future::pending().await
}

/// Marks the group as ended, so that it is not killed.
fn kill(group: Pid, signal: Signal) {
    kill_process_group(group, signal).unwrap_or_default();
}

/// A running command. Dropping it before the end kills its process group.
struct Running<'a> {
    child: Child,
    group: Pid,
    label: &'a str,
    begun: Instant,
    over: bool,
}

impl<'a> Running<'a> {
    fn new(child: Child, label: &'a str) -> io::Result<Self> {
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = id.ok_or_else(|| io::Error::other("the command has no process id"))?;
        Ok(Self {
            child,
            group,
            label,
            begun: Instant::now(),
            over: false,
        })
    }

    /// Writes the input, forwards the output until its pipe is closed, and then waits for the exit.
    /// The exit comes last, because the id of the group can be reused after it.
    async fn finish(&mut self, input: Option<&str>) -> io::Result<ExitStatus> {
        let feeding = feed(self.child.stdin.take(), input);
        let out = forward(self.child.stdout.take(), self.label);
        let err = forward(self.child.stderr.take(), self.label);
        future::zip(feeding, future::zip(out, err)).await;
        let status = self.child.status().await?;
        self.over = true;
        Ok(status)
    }

    fn say_end(&self, how: &str) {
        let (label, taken) = (self.label, self.begun.elapsed().as_secs_f64());
        say(format_args!("{label} end: {how} after {taken:.3} s"));
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.over {
            kill(self.group, Signal::KILL);
            self.say_end("killed");
        }
    }
}

async fn feed(pipe: Option<ChildStdin>, input: Option<&str>) {
    if let (Some(mut pipe), Some(input)) = (pipe, input) {
        // A command need not read its input.
        pipe.write_all(input.as_bytes()).await.unwrap_or_default();
    }
}

async fn forward(pipe: Option<impl AsyncRead + Unpin>, label: &str) {
    if let Some(pipe) = pipe {
        lines::each(pipe, |line| say(format_args!("{label} {line}"))).await;
    }
}
