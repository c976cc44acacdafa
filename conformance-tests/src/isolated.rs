//! Running a case in its own process: the parent starts the current executable again for this case.
//!
//! A test of the standard harness is started by its path. Any other program is started with the
//! same arguments, and must reach the same call. A file, the *ticket*, names the case; its path is
//! passed in an environment variable.

use std::{
    collections::hash_map::RandomState,
    env,
    ffi::OsString,
    fs::{self, File},
    hash::BuildHasher,
    io::{self, Read, Write},
    path::PathBuf,
    process::{self, Child, Command, ExitStatus, Stdio, exit},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::{Backend, CASES, Case, Status, draw::Draw, limits, panics, runner::run_here};

/// The environment variable with the path of the ticket, which the parent process wrote.
const VARIABLE: &str = "CONFORMANCE_ISOLATED";

/// The exit status of a process for one case. It differs from success, because only the printed
/// verdict counts.
const ENDED: i32 = 86;

/// Prefix of the line on which the child process prints its verdict.
const ANSWER: &str = "conformance-answer: ";

/// The number of lines kept from the standard error of a crashed process.
const LAST_LINES: usize = 6;

/// How to start this program again.
#[derive(Clone, Copy)]
pub(crate) enum Again<'a> {
    /// Start the program with the same arguments.
    Same,
    /// Start the program as the test with this path, in the standard harness.
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

/// Returns whether this process was started for one case.
pub(crate) fn is_isolated() -> bool {
    wanted().is_some()
}

/// Returns the label of the case and backend for which this process was started. The environment
/// variable alone is no proof: the ticket must exist and name the parent process.
fn wanted() -> Option<&'static str> {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let ticket = fs::read_to_string(env::var_os(VARIABLE)?).ok()?;
        let (parent, label) = ticket.split_once(' ')?;
        (parent == parent_id()?).then(|| label.to_owned())
    };
    WANTED.get_or_init(read).as_deref()
}

#[cfg(unix)]
fn parent_id() -> Option<String> {
    Some(std::os::unix::process::parent_id().to_string())
}

/// Other systems do not expose the parent process, so the id on the ticket is trusted.
#[cfg(not(unix))]
fn parent_id() -> Option<String> {
    let ticket = fs::read_to_string(env::var_os(VARIABLE)?).ok()?;
    Some(ticket.split_once(' ')?.0.to_owned())
}

/// A file that proves to a child process that it was started for one case. Dropping it removes the
/// file.
struct Ticket(PathBuf);

impl Ticket {
    fn write(label: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let nonce = RandomState::new().hash_one(number);
        let name = format!("conformance-{}-{number}-{nonce:x}", process::id());
        let path = env::temp_dir().join(name);
        let mut file = File::create_new(&path)?;
        let ticket = Self(path);
        write!(file, "{} {label}", process::id())?;
        Ok(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap_or_default();
    }
}

/// If this process was started for a case of `backend`, runs the case, prints the verdict and
/// exits.
pub(crate) fn serve_any(backend: &Arc<dyn Backend>) {
    for case in CASES {
        serve(*case, backend);
    }
}

/// If this process was started for `case` on `backend`, runs the case, prints the verdict and
/// exits.
pub(crate) fn serve(case: Case, backend: &Arc<dyn Backend>) {
    if wanted().is_some_and(|wanted| wanted == label(case, &**backend)) {
        panics::record();
        let status = panics::told(run_here(case, backend, Draw::default()), case.name);
        let message = serde_json::json!([status.word(), status.message()]);
        println!("\n{ANSWER}{message}");
        drop(io::stdout().flush());
        exit(ENDED);
    }
}

pub(crate) fn label(case: Case, backend: &dyn Backend) -> String {
    format!("{}@{}", case.name, backend.name())
}

/// Runs the case in its own process.
pub(crate) fn run(case: Case, backend: &dyn Backend, again: Again<'_>, draw: Draw) -> Status {
    if is_isolated() {
        return Status::Fail("the process for one case reached another case".into());
    }
    let started = Ticket::write(&label(case, backend)).and_then(|ticket| {
        let child = start(&ticket, again, draw)?;
        Ok((ticket, child))
    });
    match started {
        Ok((_ticket, child)) => follow(child).unwrap_or_else(|error| {
            Status::Fail(format!("the process of the case was lost: {error}"))
        }),
        Err(error) => Status::Fail(format!("the process for the case did not start: {error}")),
    }
}

fn start(ticket: &Ticket, again: Again<'_>, draw: Draw) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(again.arguments())
        .env(VARIABLE, &ticket.0)
        .envs(limits::variables())
        .envs(draw.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Waits for the verdict of the child process. The watchdog in the child reports a hang first; if
/// it does not, the child is killed after 30 s more.
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

/// The number of bytes kept from the end of a pipe. A verdict is much shorter.
const LAST_BYTES: usize = 1024 * 1024;

/// Reads a pipe on its own thread and sends the end of the text when the pipe is closed.
fn read(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (done, all) = mpsc::channel();
    thread::spawn(move || {
        let bytes = pipe.map(end_of).unwrap_or_default();
        drop(done.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    all
}

/// Returns the last bytes of a pipe. Memory use is bounded, whatever the backend prints.
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
