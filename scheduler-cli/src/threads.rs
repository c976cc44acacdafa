//! Threads that the system may refuse.

use std::{
    io,
    thread::{self, Builder, JoinHandle},
};

/// Starts a thread.
pub(crate) fn spawn(
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let thread = Builder::new().name(name.to_owned()).spawn(body);
    thread.map_err(|error| refused(&error))
}

/// Returns the error of the system if it refuses this number of threads at once.
///
/// Executors start their threads when they first need them, and panic or hang when the system refuses one.
pub(crate) fn require(count: usize) -> io::Result<()> {
    let mut waiting = Vec::new();
    let mut failed = Ok(());
    for _ in 0..count {
        // They are parked, so that all of them exist at the same time.
        match Builder::new().spawn(thread::park) {
            Ok(thread) => waiting.push(thread),
            Err(error) => {
                failed = Err(refused(&error));
                break;
            }
        }
    }
    for thread in waiting {
        thread.thread().unpark();
        // It cannot panic.
        thread.join().unwrap_or_default();
    }
    failed
}

fn refused(error: &io::Error) -> io::Error {
    let text =
        format!("a thread cannot be started: {error}; raise the limit of processes (ulimit -u)");
    io::Error::new(error.kind(), text)
}
