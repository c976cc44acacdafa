//! Running one command of a crontab, with its output labelled.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{JobContext, block_on};

use crate::crontab::Entry;

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A command that could not be run, or did not end well.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Runs the command to its end, or until the job is told to end.
pub(crate) fn run(entry: &Entry, job: &JobContext) -> Result<(), Failure> {
    let label = label(entry);
    println!("{label} start for {}", job.nominal().to_rfc3339());
    let begun = Instant::now();
    let status = execute(entry, &label, job).map_err(|error| Failure(error.to_string()));
    let taken = begun.elapsed().as_secs_f64();
    match status {
        Ok(status) if status.success() => {
            println!("{label} end after {taken:.3} s");
            Ok(())
        }
        Ok(status) => failed(&label, format!("{status} after {taken:.3} s")),
        Err(failure) => failed(&label, failure.0),
    }
}

fn failed(label: &str, how: String) -> Result<(), Failure> {
    println!("{label} failed: {how}");
    Err(Failure(how))
}

/// The line of the entry and the first word of its command.
pub(crate) fn label(entry: &Entry) -> String {
    let word = entry.command.split_whitespace().next().unwrap_or_default();
    let name = word.rsplit('/').next().unwrap_or(word);
    format!("[{}:{name}]", entry.line)
}

fn execute(entry: &Entry, label: &str, job: &JobContext) -> std::io::Result<ExitStatus> {
    let shell = entry
        .environment
        .iter()
        .rev()
        .find(|(name, _)| name == "SHELL");
    let mut child = Command::new(shell.map_or("/bin/sh", |(_, shell)| shell))
        .arg("-c")
        .arg(&entry.command)
        .envs(entry.environment.iter().map(|(name, value)| (name, value)))
        .stdin(if entry.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        if let (Some(input), Some(mut pipe)) = (&entry.input, child.stdin.take()) {
            // A command need not read its input.
            scope.spawn(move || drop(pipe.write_all(input.as_bytes())));
        }
        scope.spawn(|| forward(out, label));
        scope.spawn(|| forward(err, label));
        wait(&mut child, job)
    })
}

fn forward(pipe: Option<impl Read>, label: &str) {
    let Some(pipe) = pipe else {
        return;
    };
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        println!("{label} {}", String::from_utf8_lossy(&line));
    }
}

/// Waits for the end; kills the command if the job is told to end.
fn wait(child: &mut Child, job: &JobContext) -> std::io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if job.is_cancelled() {
            child.kill()?;
            return child.wait();
        }
        block_on(job.sleep(LOOK));
    }
}
