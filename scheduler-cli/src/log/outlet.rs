//! [`Outlet`]: a bounded buffer in front of standard output or standard error, and the thread that writes it.
//!
//! A reader that does not read blocks this thread alone. Lines that find no room are dropped, counted and
//! reported as soon as there is room again.

use std::{
    io::{self, Write, stderr, stdout},
    mem,
    os::fd::AsFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use signal_hook::{consts::SIGTERM, low_level::raise};

use super::Stream;

/// Number of buffered bytes at which commands must wait.
const LIMIT: usize = 1024 * 1024;

/// Number of buffered bytes at which lines are dropped.
const HARD_LIMIT: usize = 2 * LIMIT;

/// Maximum number of bytes of one write, so that a slow reader shows progress.
const PIECE: usize = 64 * 1024;

/// How often progress is checked, and how many checks without progress mean that the reader has stalled.
/// Checks are counted, because elapsed time also passes while this process is stopped.
pub(crate) const CHECK: Duration = Duration::from_millis(10);
pub(super) const CHECKS: u32 = 300;

/// A bounded buffer in front of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Outlet(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stream: Stream,
    buffer: Mutex<Buffer>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Buffer {
    waiting: Vec<u8>,
    /// Number of bytes that the thread is writing.
    in_flight: usize,
    /// Number of lines for which there was no room, and that are not reported yet.
    dropped: u64,
    /// Number of writes that have returned.
    writes: u64,
    /// Number of lines that could not be written because of an error.
    lost: usize,
    closed: bool,
}

impl Outlet {
    /// Starts the thread that writes.
    pub(super) fn start(stream: Stream) -> io::Result<Self> {
        let outlet = Self(Arc::new(Shared {
            stream,
            buffer: Mutex::default(),
            changed: Condvar::new(),
        }));
        let writer = outlet.clone();
        crate::threads::spawn("sched-output", move || writer.write_forever())?;
        Ok(outlet)
    }

    /// Adds a line, or drops it.
    pub(super) fn push(&self, line: &[u8]) {
        let mut buffer = self.lock();
        if buffer.len() + line.len() > HARD_LIMIT {
            buffer.dropped += 1;
        } else if !buffer.closed {
            buffer.report_dropped(self.0.stream);
            buffer.waiting.extend_from_slice(line);
            buffer.waiting.push(b'\n');
        }
        drop(buffer);
        self.0.changed.notify_all();
    }

    /// Returns whether both are handles of one outlet.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns whether commands may write more.
    pub(super) fn has_room(&self) -> bool {
        self.lock().len() < LIMIT
    }

    /// Returns the number of writes so far, which grows unless the reader has stalled.
    pub(super) fn writes(&self) -> u64 {
        self.lock().writes
    }

    /// Waits until all lines are written, or until the reader has stalled. Returns the number of lines that
    /// were lost.
    pub(super) fn finish(&self) -> usize {
        let mut buffer = self.lock();
        let (mut writes, mut checks) = (buffer.writes, 0);
        while !buffer.is_finished() && checks < CHECKS {
            let waited = self.0.changed.wait_timeout(buffer, CHECK);
            buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
            checks = if buffer.writes == writes {
                checks + 1
            } else {
                0
            };
            writes = buffer.writes;
        }
        buffer.lost
    }

    fn write_forever(&self) {
        let mut is_line_open = false;
        loop {
            let mut bytes = self.next();
            if mem::take(&mut is_line_open) {
                bytes.insert(0, b'\n');
            }
            let mut rest = &*bytes;
            while !rest.is_empty() {
                match write(self.0.stream, &rest[..rest.len().min(PIECE)]) {
                    Ok(count) => {
                        rest = &rest[count..];
                        self.wrote(count);
                    }
                    Err(error) => {
                        is_line_open = rest.len() < bytes.len()
                            && !bytes[..bytes.len() - rest.len()].ends_with(b"\n");
                        self.fail(error, rest);
                        break;
                    }
                }
            }
            self.wrote(usize::MAX);
        }
    }

    /// Waits for lines and takes them out of the buffer.
    fn next(&self) -> Vec<u8> {
        let mut buffer = self.lock();
        loop {
            buffer.report_dropped(self.0.stream);
            if !buffer.waiting.is_empty() {
                buffer.in_flight = buffer.waiting.len();
                return mem::take(&mut buffer.waiting);
            }
            let woken = self.0.changed.wait(buffer);
            buffer = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wrote(&self, count: usize) {
        let mut buffer = self.lock();
        buffer.in_flight = buffer.in_flight.saturating_sub(count);
        buffer.writes += 1;
        drop(buffer);
        self.0.changed.notify_all();
    }

    /// Ends the program as SIGPIPE would if the reader has closed the pipe. Otherwise reports the error and
    /// continues, because the device may have room again later.
    fn fail(&self, error: Errno, rest: &[u8]) {
        let lines = rest.iter().filter(|&&byte| byte == b'\n').count();
        let mut buffer = self.lock();
        if error == Errno::PIPE {
            buffer.closed = true;
            buffer.waiting.clear();
            drop(buffer);
            // Fails only if the process is ending.
            raise(SIGTERM).unwrap_or_default();
            return;
        }
        let is_first = buffer.lost == 0;
        buffer.lost += lines;
        drop(buffer);
        if is_first {
            let line = format!(
                "sched: {}: {error}; lines are lost, commands continue",
                self.0.stream.name()
            );
            writeln!(stderr(), "{line}").unwrap_or_default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Buffer> {
        let buffer = self.0.buffer.lock();
        buffer.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffer {
    fn len(&self) -> usize {
        self.waiting.len() + self.in_flight
    }

    const fn is_finished(&self) -> bool {
        self.closed || (self.waiting.is_empty() && self.in_flight == 0 && self.dropped == 0)
    }

    /// Adds a line with the number of dropped lines, where they are missing.
    fn report_dropped(&mut self, stream: Stream) {
        // The line itself needs room, or the buffer grows with each report.
        if self.dropped > 0 && self.len() < LIMIT {
            let count = mem::take(&mut self.dropped);
            let line = format!(
                "sched: {count} lines were dropped: {} was not read\n",
                stream.name()
            );
            self.waiting.extend_from_slice(line.as_bytes());
        }
    }
}

/// Writes a part of the bytes. Waits if the stream does not block.
fn write(stream: Stream, bytes: &[u8]) -> Result<usize, Errno> {
    let (out, err) = (stdout(), stderr());
    let target = match stream {
        Stream::Stdout => out.as_fd(),
        Stream::Stderr => err.as_fd(),
    };
    loop {
        match rustix::io::write(target, bytes) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut ready = [PollFd::from_borrowed_fd(target, PollFlags::OUT)];
                // An error of the device is that of the next write.
                poll(&mut ready, None).unwrap_or_default();
            }
            written => return written,
        }
    }
}
