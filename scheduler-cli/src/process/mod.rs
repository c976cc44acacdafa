//! The processes of commands. One thread, the supervisor, starts them, reads their output and reaps them.
//!
//! One thread for all of it, because
//! * the system kills a command when the thread that started it ends, so that thread must stay;
//! * the only caller of `wait` may reap orphans too, without taking an exit status from another caller;
//! * a process id is used only while its process is not reaped, so it is never that of another process.

mod child;
mod helper;
mod launch;
mod lines;
mod supervisor;

use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use rustix::process::Signal;
use signal_hook::{consts::SIGCHLD, low_level::pipe};
use smol::channel::{Receiver, Sender, bounded};

pub(crate) use self::helper::become_shell;
use self::supervisor::Supervisor;
use crate::{crontab::Entry, log::Log, threads};

/// Handle of the supervisor.
#[derive(Debug)]
pub(crate) struct Processes {
    requests: mpsc::Sender<Request>,
    wake: UnixStream,
    last: AtomicU64,
}

/// Request to the supervisor.
#[derive(Debug)]
enum Request {
    Start(Start),
    /// Sends a signal to the process group of a command that has not been reaped.
    Signal(u64, Signal),
    /// Notifies the sender after all earlier requests.
    Finish(mpsc::Sender<()>),
}

#[derive(Debug)]
struct Start {
    id: u64,
    entry: Arc<Entry>,
    label: Arc<str>,
    ended: Sender<io::Result<ExitStatus>>,
}

/// A command that was requested to start. Its output is read after it has been dropped, too.
#[derive(Debug)]
pub(crate) struct Command {
    id: u64,
    ended: Receiver<io::Result<ExitStatus>>,
}

impl Processes {
    /// Starts the supervisor.
    pub(crate) fn supervise(log: &Log) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        pipe::register(SIGCHLD, wake.try_clone()?)?;
        helper::adopt_orphans();
        let (requests, received) = mpsc::channel();
        let supervisor = Supervisor::new(woken, received, log.clone());
        threads::spawn("sched-processes", move || supervisor.run())?;
        Ok(Self {
            requests,
            wake,
            last: AtomicU64::new(0),
        })
    }

    pub(crate) fn start(&self, entry: Arc<Entry>, label: Arc<str>) -> Command {
        let (sender, ended) = bounded(1);
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        self.request(Request::Start(Start {
            id,
            entry,
            label,
            ended: sender,
        }));
        Command { id, ended }
    }

    pub(crate) fn signal(&self, command: &Command, signal: Signal) {
        self.request(Request::Signal(command.id, signal));
    }

    /// Waits until all earlier requests have been handled.
    pub(crate) fn finish(&self) {
        let (sender, finished) = mpsc::channel();
        self.request(Request::Finish(sender));
        // Fails only if the supervisor has ended.
        finished.recv().unwrap_or_default();
    }

    fn request(&self, request: Request) {
        self.requests.send(request).unwrap_or_default();
        // A full socket has woken the supervisor already.
        (&self.wake).write_all(&[0]).unwrap_or_default();
    }
}

impl Command {
    /// Waits for the exit of the shell, not of processes that it left in the background.
    pub(crate) async fn ended(&self) -> io::Result<ExitStatus> {
        let ended = self.ended.recv().await;
        ended.unwrap_or_else(|_| Err(io::Error::other("the supervisor of processes has ended")))
    }
}
