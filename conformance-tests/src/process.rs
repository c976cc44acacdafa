//! What the process as a whole has: threads, open files, processor time.

use std::{fs, time::Duration};

/// How much of what the kernel counts there is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

pub(crate) fn usage() -> Usage {
    let count = |path: &str| fs::read_dir(path).map_or(0, Iterator::count);
    Usage {
        threads: count("/proc/self/task"),
        files: count("/proc/self/fd"),
    }
}

/// How long processors have worked for this process, in steps of the kernel's clock.
pub(crate) fn processor_time() -> Duration {
    worked("/proc/self/stat")
}

/// How long processors have worked for the calling thread.
pub(crate) fn own_processor_time() -> Duration {
    worked("/proc/thread-self/stat")
}

fn worked(path: &str) -> Duration {
    /// Ticks a second, on every Linux there is.
    const TICKS: u64 = 100;
    let stat = fs::read_to_string(path).unwrap_or_default();
    // The name of the program stands in parentheses and may hold anything.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}
