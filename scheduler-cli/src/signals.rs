//! Shutdown requests: the time limit and signals.

use std::{
    fmt, fs, io,
    ops::RangeInclusive,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

use scheduler_core::{Scheduler, Shutdown, job::JobStatus};
use signal_hook::{
    consts::{
        SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2,
        SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    iterator::Signals,
    low_level::signal_name,
};

use crate::{log::Log, threads};

/// Signals that request a shutdown. SIGHUP is among them, because the commands must not outlive a
/// terminal that is closed. The others end a process that does not handle them, and would orphan commands.
const ENDING: [i32; 10] = [
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGTRAP,
];

/// Further signals that end a process: SIGSTKFLT, SIGPWR and the real-time signals of Linux.
#[cfg(target_os = "linux")]
const FURTHER: [RangeInclusive<i32>; 3] = [16..=16, 30..=30, 34..=64];
#[cfg(not(target_os = "linux"))]
const FURTHER: [RangeInclusive<i32>; 0] = [];

/// Signals that are reported and have no other effect.
const REPORTED: [i32; 3] = [SIGUSR1, SIGUSR2, SIGXFSZ];

/// Registers the signals, except those that this process was started to ignore, as by `nohup`.
pub(crate) fn register() -> io::Result<Signals> {
    let ignored = ignored();
    let known = ENDING.into_iter().chain(REPORTED);
    let signals = known.chain(FURTHER.into_iter().flatten());
    Signals::new(signals.filter(|signal| ignored >> (signal - 1) & 1 == 0))
}

/// Returns the set of ignored signals, with signal 1 as the lowest bit. It is empty where the system has no
/// `/proc`.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.map(|set| u64::from_str_radix(set.trim(), 16));
    set.and_then(Result::ok).unwrap_or_default()
}

enum Order {
    TimeIsOver,
    Signal(i32),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeIsOver => f.write_str("time limit reached"),
            Self::Signal(number) => f.write_str(name(*number)),
        }
    }
}

/// Shuts the scheduler down at the first request, within `drain`; kills the commands at a further one.
pub(crate) fn obey(
    scheduler: Arc<dyn Scheduler>,
    mut signals: Signals,
    limit: Option<Duration>,
    drain: Duration,
    log: &Log,
) -> io::Result<()> {
    let (order, orders) = channel();
    let (log, signal_log) = (log.clone(), log.clone());
    threads::spawn("sched-signals", move || {
        for signal in signals.forever() {
            if REPORTED.contains(&signal) {
                signal_log.note(format_args!("{}: ignored", name(signal)));
            } else {
                order.send(Order::Signal(signal)).unwrap_or_default();
            }
        }
    })?;
    threads::spawn("sched-shutdown", move || {
        let Some(first) = first(&orders, limit) else {
            return;
        };
        log.note(announcement(&*scheduler, &first, drain));
        end(&*scheduler, Shutdown::drain_within(drain));
        for further in orders {
            log.note(format_args!("{further}: killing what still runs"));
            end(&*scheduler, Shutdown::immediate().hurry());
        }
    })?;
    Ok(())
}

fn name(signal: i32) -> &'static str {
    signal_name(signal).unwrap_or("a signal")
}

fn first(orders: &Receiver<Order>, limit: Option<Duration>) -> Option<Order> {
    let Some(limit) = limit else {
        return orders.recv().ok();
    };
    match orders.recv_timeout(limit) {
        Err(RecvTimeoutError::Timeout) => Some(Order::TimeIsOver),
        order => order.ok(),
    }
}

fn announcement(scheduler: &dyn Scheduler, order: &Order, drain: Duration) -> String {
    let jobs = scheduler.jobs();
    let running = jobs.iter().filter(|job| job.status == JobStatus::Running);
    let what = match running.count() {
        0 => "no command is running".to_owned(),
        1 => format!("a running command may finish within {drain:?}, a further signal kills it"),
        count => format!(
            "{count} running commands may finish within {drain:?}, a further signal kills them"
        ),
    };
    format!("{order}: ending, {what}")
}

/// Requests a shutdown. A scheduler that has ended ignores it.
fn end(scheduler: &dyn Scheduler, how: Shutdown) {
    scheduler.request_shutdown(how).unwrap_or_default();
}
