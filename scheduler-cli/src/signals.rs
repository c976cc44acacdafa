//! Requests to a run: signals, the time limit and changes of the crontab.

use std::{
    fmt, fs,
    io::{self, IsTerminal, stdout},
    ops::RangeInclusive,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use scheduler_core::{ScheduleId, Scheduler, Shutdown, job::JobStatus};
use signal_hook::{
    consts::{
        SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2,
        SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    iterator::Signals,
    low_level::signal_name,
};

use crate::{log::Log, threads, watch::Watch};

/// Signals that request a shutdown. They end a process that does not handle them, and would orphan commands.
const ENDING: [i32; 9] = [
    SIGINT, SIGTERM, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGTRAP,
];

/// Further signals that end a process: SIGSTKFLT, SIGPWR and the real-time signals of Linux.
#[cfg(target_os = "linux")]
const FURTHER: [RangeInclusive<i32>; 3] = [16..=16, 30..=30, 34..=64];
#[cfg(not(target_os = "linux"))]
const FURTHER: [RangeInclusive<i32>; 0] = [];

/// Signals that request a reload. SIGHUP requests a shutdown if standard output is a terminal: commands must
/// not outlive a terminal that is closed.
const RELOADING: [i32; 2] = [SIGHUP, SIGUSR2];

/// Signals that are reported and have no other effect.
const REPORTED: [i32; 2] = [SIGUSR1, SIGXFSZ];

/// Registers the signals, except those that this process was started to ignore, as by `nohup`.
pub(crate) fn register() -> io::Result<Signals> {
    let ignored = ignored();
    let known = ENDING.into_iter().chain(RELOADING).chain(REPORTED);
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
    /// An entry has failed too often.
    Failed {
        entry: ScheduleId,
        failures: usize,
    },
    Signal(i32),
    /// A request to reload, with its reason.
    Reload(&'static str),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { entry, failures } => {
                write!(f, "[{entry}] failed {failures} times in a row")
            }
            Self::TimeIsOver => f.write_str("time limit reached"),
            Self::Signal(number) => f.write_str(name(*number)),
            Self::Reload(reason) => f.write_str(reason),
        }
    }
}

/// Requests that the thread of [`Orders`] follows, from other threads.
#[derive(Debug)]
pub(crate) struct Requests {
    sender: Sender<Order>,
    receiver: Receiver<Order>,
}

/// Sends requests of observers.
#[derive(Debug, Clone)]
pub(crate) struct Requester(Sender<Order>);

impl Requests {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }

    pub(crate) fn requester(&self) -> Requester {
        Requester(self.sender.clone())
    }
}

impl Requester {
    /// Requests a shutdown because an entry has failed too often.
    pub(crate) fn fail(&self, entry: &ScheduleId, failures: usize) {
        let entry = entry.clone();
        self.0
            .send(Order::Failed { entry, failures })
            .unwrap_or_default();
    }
}

/// The orders that a run follows: signals, the time limit, and changes of the crontab.
pub(crate) struct Orders {
    pub(crate) scheduler: Arc<dyn Scheduler>,
    pub(crate) limit: Option<Duration>,
    pub(crate) drain: Duration,
    pub(crate) log: Log,
    /// Called before the shutdown is requested: afterwards the scheduler forgets its schedules.
    pub(crate) ending: Box<dyn Fn() + Send>,
    /// Called with the reason of a reload.
    pub(crate) reload: Box<dyn FnMut(&str) + Send>,
}

impl Orders {
    /// Reloads at each request, shuts the scheduler down at the first request for that, within `drain`, and
    /// kills the commands at a further one.
    pub(crate) fn obey(
        mut self,
        signals: Signals,
        watch: Option<Watch>,
        requests: Requests,
    ) -> io::Result<()> {
        let Requests {
            sender: order,
            receiver: orders,
        } = requests;
        receive(signals, order.clone(), self.log.clone())?;
        if let Some(watch) = watch {
            let changed = "the file has changed";
            watch.start(move || order.send(Order::Reload(changed)).unwrap_or_default())?;
        }
        threads::spawn("sched-orders", move || {
            let Some(first) = self.first(&orders) else {
                return;
            };
            let announcement = announcement(&*self.scheduler, &first, self.drain);
            self.log.note(announcement);
            (self.ending)();
            end(&*self.scheduler, Shutdown::drain_within(self.drain));
            for further in orders {
                if matches!(further, Order::TimeIsOver | Order::Signal(_)) {
                    self.log
                        .note(format_args!("{further}: killing what still runs"));
                    end(&*self.scheduler, Shutdown::immediate().hurry());
                }
            }
        })?;
        Ok(())
    }

    /// Waits for the first request of a shutdown, and reloads until then.
    fn first(&mut self, orders: &Receiver<Order>) -> Option<Order> {
        let end = self
            .limit
            .and_then(|limit| Instant::now().checked_add(limit));
        loop {
            let order = match end {
                None => orders.recv().ok()?,
                Some(end) => {
                    match orders.recv_timeout(end.saturating_duration_since(Instant::now())) {
                        Err(RecvTimeoutError::Timeout) => Order::TimeIsOver,
                        order => order.ok()?,
                    }
                }
            };
            match order {
                Order::Reload(reason) => (self.reload)(reason),
                order => return Some(order),
            }
        }
    }
}

/// Starts the thread that receives signals.
fn receive(mut signals: Signals, order: Sender<Order>, log: Log) -> io::Result<()> {
    let hangs_up = stdout().is_terminal();
    threads::spawn("sched-signals", move || {
        for signal in signals.forever() {
            let sent = if REPORTED.contains(&signal) {
                log.note(format_args!("{}: ignored", name(signal)));
                continue;
            } else if RELOADING.contains(&signal) && !(hangs_up && signal == SIGHUP) {
                order.send(Order::Reload(name(signal)))
            } else {
                order.send(Order::Signal(signal))
            };
            sent.unwrap_or_default();
        }
    })?;
    Ok(())
}

fn name(signal: i32) -> &'static str {
    signal_name(signal).unwrap_or("a signal")
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
