//! [`Running`]: a command that runs, or whose background processes still hold its output open. The supervisor signals it.

use std::{
    io::{self, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus},
    sync::Arc,
};

use rustix::{
    io::{ioctl_fionbio, ioctl_fionread},
    process::Pid,
};
use smol::channel::Sender;

use super::{Start, launch::launch, lines::Lines};
use crate::{
    crontab::Entry,
    log::{Log, Stream},
};

/// A command, its pipes, and the receiver of its exit status.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: u64,
    /// `None` once it has been reaped.
    pub(super) pid: Option<Pid>,
    label: Arc<str>,
    ended: Sender<io::Result<ExitStatus>>,
    /// The exit status, until the output before it has been read.
    status: Option<ExitStatus>,
    input: Option<Input>,
    out: Option<Output<ChildStdout>>,
    err: Option<Output<ChildStderr>>,
}

#[derive(Debug)]
struct Input {
    pipe: ChildStdin,
    entry: Arc<Entry>,
    written: usize,
}

#[derive(Debug)]
struct Output<P> {
    pipe: P,
    stream: Stream,
    lines: Lines,
}

/// A pipe of a command.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pipe {
    In,
    Out,
    Err,
}

impl Running {
    /// Starts the command. Sends an error to the receiver of the exit status.
    pub(super) fn start(start: Start) -> Option<Self> {
        let Start {
            id,
            entry,
            label,
            ended,
        } = start;
        let started = launch(&entry).and_then(|mut child| {
            let input = input(&mut child, &entry)?;
            let out = output(child.stdout.take(), Stream::Stdout)?;
            let err = output(child.stderr.take(), Stream::Stderr)?;
            Ok((child.id(), input, out, err))
        });
        match started {
            Ok((pid, input, out, err)) => Some(Self {
                id,
                pid: i32::try_from(pid).ok().and_then(Pid::from_raw),
                label,
                ended,
                status: None,
                input,
                out,
                err,
            }),
            Err(error) => {
                // The job may have been dropped.
                ended.try_send(Err(error)).unwrap_or_default();
                None
            }
        }
    }

    /// Records the exit. The process id may be that of another process from now on.
    pub(super) fn reaped(&mut self, status: ExitStatus) {
        self.pid = None;
        self.status = Some(status);
        // Background processes do not get the rest of the input.
        self.input = None;
    }

    /// Returns whether the exit has been sent and all output has been read.
    pub(super) const fn is_done(&self) -> bool {
        self.pid.is_none() && self.status.is_none() && self.out.is_none() && self.err.is_none()
    }

    /// Returns the pipes to wait for.
    pub(super) fn pipes(&self) -> impl Iterator<Item = (Pipe, BorrowedFd<'_>)> {
        let input = self.input.iter().map(|one| (Pipe::In, one.pipe.as_fd()));
        let out = self.out.iter().map(|one| (Pipe::Out, one.pipe.as_fd()));
        let err = self.err.iter().map(|one| (Pipe::Err, one.pipe.as_fd()));
        input.chain(out).chain(err)
    }

    /// Moves bytes through a pipe that is ready.
    pub(super) fn advance(&mut self, pipe: Pipe, buffer: &mut [u8], log: &Log) {
        match pipe {
            Pipe::In => write(&mut self.input),
            Pipe::Out => read(&mut self.out, &self.label, buffer, log),
            Pipe::Err => read(&mut self.err, &self.label, buffer, log),
        }
    }

    /// Sends the exit status after the output that was written before the exit.
    pub(super) fn settle(&mut self, buffer: &mut [u8], log: &Log) {
        let Some(status) = self.status.take() else {
            return;
        };
        drain(&mut self.out, &self.label, buffer, log);
        drain(&mut self.err, &self.label, buffer, log);
        self.ended.try_send(Ok(status)).unwrap_or_default();
    }
}

fn input(child: &mut Child, entry: &Arc<Entry>) -> io::Result<Option<Input>> {
    let Some(pipe) = child.stdin.take() else {
        return Ok(None);
    };
    ioctl_fionbio(&pipe, true)?;
    Ok(Some(Input {
        pipe,
        entry: Arc::clone(entry),
        written: 0,
    }))
}

fn output<P: AsFd>(pipe: Option<P>, stream: Stream) -> io::Result<Option<Output<P>>> {
    let Some(pipe) = pipe else {
        return Ok(None);
    };
    ioctl_fionbio(&pipe, true)?;
    Ok(Some(Output {
        pipe,
        stream,
        lines: Lines::default(),
    }))
}

/// Writes a part of the input. Closes the pipe at its end, or if the command does not read it.
fn write(input: &mut Option<Input>) {
    let Some(Input {
        pipe,
        entry,
        written,
    }) = input
    else {
        return;
    };
    let text = entry.input.as_deref().unwrap_or_default().as_bytes();
    match pipe.write(&text[*written..]) {
        Ok(count) => *written += count,
        Err(error) if is_early(&error) => return,
        Err(_) => *written = text.len(),
    }
    if *written == text.len() {
        *input = None;
    }
}

impl<P: Read> Output<P> {
    /// Reads a part into the buffer, and writes its complete lines to the log. Returns its length, zero at the end.
    fn read(&mut self, label: &str, buffer: &mut [u8], log: &Log) -> io::Result<usize> {
        let count = self.pipe.read(buffer)?;
        let stream = self.stream;
        self.lines
            .add(&buffer[..count], |line| log.output(label, stream, line));
        Ok(count)
    }

    /// Writes the line without an end to the log.
    fn end(&mut self, label: &str, log: &Log) {
        let stream = self.stream;
        self.lines.end(|line| log.output(label, stream, line));
    }
}

/// Reads a part of the output. Closes a pipe that has ended.
fn read<P: Read>(output: &mut Option<Output<P>>, label: &str, buffer: &mut [u8], log: &Log) {
    let Some(open) = output else {
        return;
    };
    match open.read(label, buffer, log) {
        Ok(1..) => {}
        Err(error) if is_early(&error) => {}
        // An error counts as the end.
        Ok(0) | Err(_) => {
            open.end(label, log);
            *output = None;
        }
    }
}

/// Reads what is in the pipe now: a background process may write more at any time.
fn drain<P: Read + AsFd>(
    output: &mut Option<Output<P>>,
    label: &str,
    buffer: &mut [u8],
    log: &Log,
) {
    let Some(open) = output else {
        return;
    };
    let mut left = usize::try_from(ioctl_fionread(&open.pipe).unwrap_or(0)).unwrap_or(usize::MAX);
    while left > 0 {
        let part = left.min(buffer.len());
        match open.read(label, &mut buffer[..part], log) {
            Ok(count @ 1..) => left -= count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
        }
    }
    open.end(label, log);
}

fn is_early(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), Interrupted | WouldBlock)
}
