//! Runs the program as a child process, and waits for its lines.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    mem,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Once,
        atomic::AtomicBool,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    flag,
};
use tempfile::TempDir;

pub(crate) const BACKENDS: [&str; 4] = ["tokio", "async-std", "smol", "thread"];

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn sched() -> Command {
    static HEARD: Once = Once::new();
    HEARD.call_once(hear_signals);
    Command::new(env!("CARGO_BIN_EXE_sched"))
}

/// Lets programs receive the signals that end them. A shell ignores some for what it runs in the background, a
/// program inherits that, and `sched` leaves an ignored signal ignored. A signal with a handler, here one that
/// ends the tests as usual, has its default action in a new program.
fn hear_signals() {
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        let always = Arc::new(AtomicBool::new(true));
        flag::register_conditional_default(signal, always).expect("a signal that can be handled");
    }
}

/// A crontab in its own folder.
pub(crate) struct Crontab(TempDir);

impl Crontab {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("crontab"), text).expect("it is written");
        Self(folder)
    }

    pub(crate) fn path(&self) -> String {
        self.0.path().join("crontab").display().to_string()
    }

    /// Returns the path of a file beside the crontab.
    pub(crate) fn beside(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Command {
        let mut command = sched();
        command.arg("run").arg(self.path()).args(arguments);
        command
    }
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// A running child process.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in out.lines() {
                sender.send(line.expect("UTF-8")).unwrap_or_default();
            }
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line that contains `part`.
    pub(crate) fn until(&mut self, part: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {part:?} after {:#?}", self.seen));
            self.seen.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Returns the number of lines that have been read.
    pub(crate) const fn place(&self) -> usize {
        self.seen.len()
    }

    /// Waits for a line that contains `part`, unless one was read since `place`.
    pub(crate) fn until_since(&mut self, place: usize, part: &str) {
        if !self.seen[place..].iter().any(|line| line.contains(part)) {
            self.until(part);
        }
    }

    /// Returns the rest of a line after `part`, of those that have been read.
    pub(crate) fn seen(&self, part: &str) -> String {
        let mut lines = self.seen.iter();
        let rest = lines.find_map(|line| line.split_once(part));
        let (_, rest) = rest.unwrap_or_else(|| panic!("no {part:?} in {:#?}", self.seen));
        rest.to_owned()
    }

    /// Waits until this number of commands has ended.
    pub(crate) fn until_ended(&mut self, count: usize) {
        let is_end = |line: &&String| line.contains("] end: ") || line.contains("] failed: ");
        while self.seen.iter().filter(is_end).count() < count {
            self.until("] ");
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("not zero"), signal).expect("it runs");
    }

    /// Waits for the end. Returns the exit code and all lines.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>) {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        let status = self.child.wait().expect("it ends");
        (status.code(), mem::take(&mut self.seen))
    }
}

/// A test that fails leaves no process, which would hold the output of the tests open.
impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// Returns whether a process with this id exists and is not a zombie.
pub(crate) fn lives(id: &str) -> bool {
    let mut text = String::new();
    let file = fs::File::open(format!("/proc/{id}/stat"));
    if file
        .and_then(|mut file| file.read_to_string(&mut text))
        .is_err()
    {
        return false;
    }
    let state = text
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    !matches!(state, Some('Z' | 'X') | None)
}
