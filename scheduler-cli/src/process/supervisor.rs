//! [`Supervisor`]: the thread that starts, signals and reaps all processes and reads their output.

use std::{
    io::Read,
    os::{fd::AsFd, unix::net::UnixStream, unix::process::ExitStatusExt},
    process::ExitStatus,
    sync::mpsc::Receiver,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, WaitOptions, kill_process_group, wait},
};

use super::{
    Request,
    child::{Pipe, Running},
};
use crate::log::{Backpressure, CHECK, Log, Stream};

#[derive(Debug)]
pub(super) struct Supervisor {
    wake: UnixStream,
    requests: Receiver<Request>,
    commands: Vec<Running>,
    log: Log,
    out: Backpressure,
    err: Backpressure,
    buffer: Vec<u8>,
}

impl Supervisor {
    pub(super) fn new(wake: UnixStream, requests: Receiver<Request>, log: Log) -> Self {
        Self {
            wake,
            requests,
            commands: Vec::new(),
            out: log.backpressure(Stream::Stdout),
            err: log.backpressure(Stream::Stderr),
            log,
            buffer: vec![0; 64 * 1024],
        }
    }

    /// Runs until the process ends.
    pub(super) fn run(mut self) {
        loop {
            self.handle_requests();
            self.reap();
            self.settle();
            for (place, pipe) in self.ready() {
                if self.is_open(pipe) {
                    self.commands[place].advance(pipe, &mut self.buffer, &self.log);
                }
            }
        }
    }

    /// Sends the exits whose output can be read first.
    fn settle(&mut self) {
        for command in &mut self.commands {
            if self.out.is_open() && self.err.is_open() {
                command.settle(&mut self.buffer, &self.log);
            }
        }
        self.commands.retain(|command| !command.is_done());
    }

    fn handle_requests(&mut self) {
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Start(start) => self.commands.extend(Running::start(start)),
                Request::Signal(id, signal) => self.signal(id, signal),
                Request::Finish(finished) => finished.send(()).unwrap_or_default(),
            }
        }
    }

    fn signal(&self, id: u64, signal: Signal) {
        let command = self.commands.iter().find(|command| command.id == id);
        if let Some(group) = command.and_then(|command| command.pid) {
            // Fails only if all processes of the group have ended.
            kill_process_group(group, signal).unwrap_or_default();
        }
    }

    /// Reaps all children that have ended: commands, and orphans that became children of this process.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            self.record(pid, ExitStatus::from_raw(status.as_raw()));
        }
    }

    fn record(&mut self, pid: Pid, status: ExitStatus) {
        let mut commands = self.commands.iter_mut();
        if let Some(command) = commands.find(|command| command.pid == Some(pid)) {
            command.reaped(status);
        }
    }

    /// Returns whether bytes may be moved through a pipe.
    fn is_open(&self, pipe: Pipe) -> bool {
        match pipe {
            Pipe::In => true,
            Pipe::Out => self.out.is_open(),
            Pipe::Err => self.err.is_open(),
        }
    }

    /// Waits until a request, an exit or a pipe is ready. Returns the pipes.
    fn ready(&mut self) -> Vec<(usize, Pipe)> {
        let is_full = self.out.is_full() || self.err.is_full();
        let mut pipes = Vec::new();
        let mut waits = vec![PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN)];
        for (place, command) in self.commands.iter().enumerate() {
            for (pipe, end) in command.pipes() {
                if !self.is_open(pipe) {
                    continue;
                }
                let flag = match pipe {
                    Pipe::In => PollFlags::OUT,
                    Pipe::Out | Pipe::Err => PollFlags::IN,
                };
                pipes.push((place, pipe));
                waits.push(PollFd::from_borrowed_fd(end, flag));
            }
        }
        let check = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(CHECK.subsec_nanos()),
        };
        // An interrupted call is repeated by the loop.
        let count = poll(&mut waits, is_full.then_some(&check)).unwrap_or(1);
        let is_woken = !waits[0].revents().is_empty();
        let ready = waits[1..].iter().zip(pipes);
        let ready = ready.filter(|(wait, _)| !wait.revents().is_empty());
        let ready = ready.map(|(_, pipe)| pipe).collect();
        drop(waits);
        if is_woken {
            self.take_wakes();
        }
        self.out.check(count == 0);
        self.err.check(count == 0);
        ready
    }

    /// Empties the socket before requests and exits are looked for, so that none is missed.
    fn take_wakes(&mut self) {
        while let Ok(1..) = self.wake.read(&mut self.buffer) {}
    }
}
