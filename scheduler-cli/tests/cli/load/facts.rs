//! [`Facts`]: the memory, the descriptors, the threads and the zombies of a process.

use std::{
    fmt, fs, thread,
    time::{Duration, Instant},
};

/// A time limit that only a leak exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Facts that the system has about a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// Resident memory in KiB.
    pub(super) memory: usize,
    pub(super) descriptors: usize,
    pub(super) threads: usize,
    /// Children that ended, and were not reaped.
    pub(super) zombies: usize,
}

impl Facts {
    pub(super) fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let number = |name: &str| {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|line| line.split_whitespace().next());
            word.and_then(|word| word.parse().ok()).expect("a number")
        };
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
        Self {
            memory: number("VmRSS:"),
            threads: number("Threads:"),
            descriptors: descriptors.count(),
            zombies: zombies(pid),
        }
    }

    /// Returns the resident memory in KiB. `None` if the process has ended, and its last output is still being read.
    pub(super) fn memory_of(pid: u32) -> Option<usize> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line?.split_whitespace().next()?.parse().ok()
    }

    /// Waits until there are no zombies, and no more descriptors and threads than in `before`.
    pub(super) fn until_clean(pid: u32, before: Self) -> Self {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = Self::of(pid);
            let is_clean = now.zombies == 0
                && now.descriptors <= before.descriptors
                && now.threads <= before.threads;
            if is_clean {
                return now;
            }
            assert!(Instant::now() < end, "{before} before, {now} now");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory,
            descriptors,
            threads,
            zombies,
        } = self;
        write!(
            f,
            "{memory} KiB, {descriptors} descriptors, {threads} threads, {zombies} zombies"
        )
    }
}

/// Counts the children of a process that have ended.
fn zombies(parent: u32) -> usize {
    let processes = fs::read_dir("/proc").expect("it is there").flatten();
    let stats = processes.filter_map(|folder| fs::read_to_string(folder.path().join("stat")).ok());
    let is_zombie = |stat: &String| {
        let rest = stat.rsplit(") ").next().unwrap_or_default();
        rest.starts_with(&format!("Z {parent} "))
    };
    stats.filter(is_zombie).count()
}
