//! Shutdown requests: the time limit and signals.

use std::{
    fmt,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use scheduler_core::{Scheduler, Shutdown, job::JobStatus};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::signal_name,
};

/// Signals that request a shutdown. SIGHUP is among them, because the commands must not outlive a
/// terminal that is closed.
pub(crate) const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

enum Order {
    TimeIsOver,
    Signal(i32),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeIsOver => f.write_str("time limit reached"),
            Self::Signal(number) => f.write_str(signal_name(*number).unwrap_or("a signal")),
        }
    }
}

/// Shuts the scheduler down at the first request, within `drain`; kills the commands at a further one.
pub(crate) fn obey(
    scheduler: Arc<dyn Scheduler>,
    mut signals: Signals,
    limit: Option<Duration>,
    drain: Duration,
) {
    let (order, orders) = channel();
    thread::spawn(move || {
        for signal in signals.forever() {
            order.send(Order::Signal(signal)).unwrap_or_default();
        }
    });
    thread::spawn(move || {
        let Some(first) = first(&orders, limit) else {
            return;
        };
        announce(&*scheduler, &first, drain);
        end(&*scheduler, Shutdown::drain_within(drain));
        for further in orders {
            crate::console::say(format_args!("{further}: killing what still runs"));
            end(&*scheduler, Shutdown::immediate().hurry());
        }
    });
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

fn announce(scheduler: &dyn Scheduler, order: &Order, drain: Duration) {
    let jobs = scheduler.jobs();
    let running = jobs.iter().filter(|job| job.status == JobStatus::Running);
    let what = match running.count() {
        0 => "no command is running".to_owned(),
        1 => format!("a running command may finish within {drain:?}, a further signal kills it"),
        count => format!(
            "{count} running commands may finish within {drain:?}, a further signal kills them"
        ),
    };
    crate::console::say(format_args!("{order}: ending, {what}"));
}

/// Requests a shutdown. A scheduler that has ended ignores it.
fn end(scheduler: &dyn Scheduler, how: Shutdown) {
    scheduler.request_shutdown(how).unwrap_or_default();
}
