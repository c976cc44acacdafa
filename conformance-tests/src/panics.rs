//! Records the panics in the process of one case, and adds them to its failure. If a thread of the
//! backend panics, the case itself only observes that a task never ran.

use std::{
    panic::{self, PanicHookInfo},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::{Status, runner::text};

/// Maximum number of recorded panics; the oldest are dropped.
const MOST: usize = 6;

static PANICS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn lock() -> MutexGuard<'static, Vec<(String, String)>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records the panics of this process from now on, and also prints them to standard error. Replaces
/// any hook of the program, because the output of a case is not mixed with the report.
pub(crate) fn record() {
    drop(panic::take_hook());
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        keep(info);
        print(info);
    }));
}

fn keep(info: &PanicHookInfo<'_>) {
    let thread = thread::current().name().unwrap_or("<unnamed>").to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let text = text(info.payload());
    let line = text.lines().next().unwrap_or_default();
    let mut panics = lock();
    panics.push((thread, format!("{place}: {line}")));
    let excess = panics.len().saturating_sub(MOST);
    panics.drain(..excess);
}

/// Adds the recorded panics of other threads than `own` to the message of a failure.
pub(crate) fn told(status: Status, own: &str) -> Status {
    let Status::Fail(mut seen) = status else {
        return status;
    };
    for (thread, panic) in lock().iter().filter(|(thread, _)| thread != own) {
        seen += &format!("\nthread '{thread}' panicked at {panic}");
    }
    Status::Fail(seen)
}
