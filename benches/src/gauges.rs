//! Counters of the operating system: processor time and context switches.

use std::{fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// Returns the processor time of this process.
pub fn process_time() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// Returns the processor time of this thread.
pub fn thread_time() -> Duration {
    read(ClockId::ThreadCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Returns how often the threads of this process went to sleep; each sleep is followed by one
/// wake-up.
pub fn wake_ups() -> u64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
    let statuses = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    statuses.map(|status| voluntary_switches(&status)).sum()
}

fn voluntary_switches(status: &str) -> u64 {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}
