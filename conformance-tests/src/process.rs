//! Resources of the whole process: threads, open files, processor time.

use std::{fs, time::Duration};

/// The number of threads and open files at one instant, from the kernel.
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

/// Returns the processor time that this process has used, to the resolution of a clock tick.
pub(crate) fn processor_time() -> Duration {
    worked("/proc/self/stat")
}

/// Returns the processor time that the calling thread has used.
pub(crate) fn own_processor_time() -> Duration {
    worked("/proc/thread-self/stat")
}

/// Returns how often the threads of this process have waited and were woken.
pub(crate) fn wakeups() -> u64 {
    const FIELD: &str = "voluntary_ctxt_switches:";
    let threads = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let of_thread = |thread: fs::DirEntry| {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let mut lines = status.lines();
        let count = lines.find_map(|line| line.strip_prefix(FIELD))?;
        count.trim().parse::<u64>().ok()
    };
    threads.filter_map(of_thread).sum()
}

fn worked(path: &str) -> Duration {
    /// Clock ticks a second, the same on every Linux system.
    const TICKS: u64 = 100;
    let stat = fs::read_to_string(path).unwrap_or_default();
    // The program name is in parentheses and may contain any character, even a parenthesis.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}
