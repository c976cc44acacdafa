//! Running a case in a process of its own: this program again, told to run that one case.
//!
//! A test of the standard harness is run again by its path; any other program is run again with the
//! same arguments, and comes to the same call. Which case it is about stands in the environment.

use std::{
    env,
    ffi::OsString,
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio, exit},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use crate::{Backend, CASES, Case, Status, draw::Draw, limits, runner::run_here};

/// Which case of which backend this process is for.
const VARIABLE: &str = "CONFORMANCE_ISOLATED";

/// What the line starts with by which such a process answers.
const ANSWER: &str = "conformance-answer: ";

/// How many of the last lines of a crashed process are kept.
const LAST_LINES: usize = 6;

/// How this program is run again.
#[derive(Clone, Copy)]
pub(crate) enum Again<'a> {
    /// As it was called.
    Same,
    /// As the test of that path, of the standard harness.
    Test(&'a str),
}

impl Again<'_> {
    fn arguments(self) -> Vec<OsString> {
        match self {
            Self::Same => env::args_os().skip(1).collect(),
            Self::Test(path) => [path, "--exact", "--nocapture", "--test-threads=1"]
                .map(OsString::from)
                .into(),
        }
    }
}

/// Whether this process was started for one case.
pub(crate) fn is_isolated() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// If this process was started for a case of that backend: runs it, answers, and ends the process.
pub(crate) fn serve_any(backend: &Arc<dyn Backend>) {
    for case in CASES {
        serve(*case, backend);
    }
}

/// If this process was started for that case: runs it, answers, and ends the process.
pub(crate) fn serve(case: Case, backend: &Arc<dyn Backend>) {
    if env::var(VARIABLE).is_ok_and(|wanted| wanted == label(case, &**backend)) {
        let status = run_here(case, backend, Draw::default());
        let message = serde_json::json!([status.word(), status.message()]);
        println!("\n{ANSWER}{message}");
        drop(io::stdout().flush());
        exit(i32::from(status.is_failure()));
    }
}

fn label(case: Case, backend: &dyn Backend) -> String {
    format!("{}@{}", case.name, backend.name())
}

/// Runs the case in a process of its own.
pub(crate) fn run(case: Case, backend: &dyn Backend, again: Again<'_>, draw: Draw) -> Status {
    if is_isolated() {
        return Status::Fail("a process for one case came to another one".into());
    }
    match start(case, backend, again, draw) {
        Ok(child) => follow(child).unwrap_or_else(|error| {
            Status::Fail(format!("the process of the case was lost: {error}"))
        }),
        Err(error) => Status::Fail(format!("no process could be had for the case: {error}")),
    }
}

fn start(case: Case, backend: &dyn Backend, again: Again<'_>, draw: Draw) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(again.arguments())
        .env(VARIABLE, label(case, backend))
        .envs(limits::variables())
        .envs(draw.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Its own watchdog comes first; if even that does not bite, the process is killed.
fn follow(mut child: Child) -> io::Result<Status> {
    let (said, complaints) = (read(child.stdout.take()), read(child.stderr.take()));
    let limit = limits::watchdog() + Duration::from_secs(30);
    let Ok(said) = said.recv_timeout(limit) else {
        child.kill()?;
        child.wait()?;
        return Ok(Status::Hang);
    };
    let end = child.wait()?;
    let mut lines = said.lines().rev();
    let answer = lines.find_map(|line| line.strip_prefix(ANSWER));
    let status = answer.and_then(parse);
    Ok(status.unwrap_or_else(|| {
        let complaints = complaints.recv_timeout(limit).unwrap_or_default();
        Status::Crash(describe(end, &complaints))
    }))
}

/// How many of the last bytes of a pipe are kept. An answer is much shorter.
const LAST_BYTES: usize = 1024 * 1024;

/// The end of what comes out of a pipe, when it is closed.
fn read(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (done, all) = mpsc::channel();
    thread::spawn(move || {
        let bytes = pipe.map(end_of).unwrap_or_default();
        drop(done.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    all
}

/// Whatever a backend prints, and however much.
fn end_of(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let most = LAST_BYTES.try_into().unwrap_or(u64::MAX);
        let read = pipe.by_ref().take(most).read_to_end(&mut bytes);
        bytes.drain(..bytes.len().saturating_sub(LAST_BYTES));
        if !read.is_ok_and(|count| count > 0) {
            return bytes;
        }
    }
}

fn parse(answer: &str) -> Option<Status> {
    let (word, message): (String, Option<String>) = serde_json::from_str(answer).ok()?;
    Status::named(&word, &message.unwrap_or_default())
}

fn describe(end: ExitStatus, complaints: &str) -> String {
    let lines: Vec<&str> = complaints.lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    format!("the process ended by itself ({end})\n{}", last.join("\n"))
}
