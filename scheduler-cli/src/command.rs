//! Running one command of a crontab, with its output labelled.
//!
//! A command is a process group of its own, so that Ctrl-C in a terminal reaches the scheduler
//! alone, and so that a command which is told to end ends with everything it has started. It is told
//! by SIGTERM; when the scheduler drops the job, which is when its grace is over, by SIGKILL.

use std::{
    fmt, fs, io, os::unix::process::CommandExt, path::Path, process::ExitStatus, time::Instant,
};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::process::{Pid, Signal, kill_process_group};
use scheduler_core::{JobContext, text::visible, trigger::Zone};
use smol::{
    future,
    io::{AsyncRead, AsyncWriteExt},
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::{console::say, crontab::Entry, lines};

/// A command that could not be run, or did not end well.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Runs the command to its end, or until the job is dropped.
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

/// The line of the entry and the first word of its command.
pub(crate) fn label(entry: &Entry) -> String {
    let word = entry.command.split_whitespace().next().unwrap_or_default();
    let name = word.rsplit('/').next().unwrap_or(word);
    format!("[{}:{}]", entry.line, visible(name))
}

/// An instant, to the second.
pub(crate) fn shown(zone: &Zone, at: DateTime<Utc>) -> String {
    zone.to_local(at)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

async fn execute(entry: &Entry, label: &str, job: &JobContext) -> io::Result<ExitStatus> {
    let mut running = start(entry, label)?;
    let telling = tell_to_end(running.group, label, job);
    let status = future::or(running.finish(entry.input.as_deref()), telling).await?;
    running.say_end(&status.to_string());
    Ok(status)
}

fn start<'a>(entry: &Entry, label: &'a str) -> io::Result<Running<'a>> {
    let shell = entry.setting("SHELL").unwrap_or("/bin/sh");
    let mut command = std::process::Command::new(shell);
    command.arg("-c").arg(&entry.command).process_group(0);
    command.envs(entry.environment.iter().map(|(name, value)| (name, value)));
    if let Some(home) = entry.setting("HOME") {
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
        .map_err(|error| cannot_start(&error, shell, entry.setting("HOME")))?;
    Running::new(child, label)
}

/// Says which of the two that it needs stands in the way of a command: the system does not.
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

/// Tells the command to end when its job is told so. Never ends by itself.
async fn tell_to_end(group: Pid, label: &str, job: &JobContext) -> io::Result<ExitStatus> {
    job.cancelled().await;
    say(format_args!("{label} is told to end"));
    kill(group, Signal::TERM);
    future::pending().await
}

/// A group that has ended by itself need not be killed.
fn kill(group: Pid, signal: Signal) {
    kill_process_group(group, signal).unwrap_or_default();
}

/// A command that runs; it is killed with all it has started if this is dropped before its end.
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
        let group = id.ok_or_else(|| io::Error::other("the system gave no process id"))?;
        Ok(Self {
            child,
            group,
            label,
            begun: Instant::now(),
            over: false,
        })
    }

    /// Feeds it, forwards its output until nobody can write any more, then waits for its end. In
    /// this order, because the group's number is not free for others before the last step.
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
