//! Pings of entries: start, success and failure of their runs, sent to the URL of the policy `ping`.
//!
//! Threads of their own send them, so that a slow or dead server delays no run. Pings of one entry are sent by one
//! thread, in their order.

mod url;

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use scheduler_core::{
    ScheduleId,
    job::{JobId, OutcomeKind},
};
use ureq::Agent;

pub(crate) use self::url::{Report, Url};
use crate::{
    installed::Known,
    log::Log,
    runs::{Seen, Step},
    threads,
};

/// Number of threads that send.
const THREADS: usize = 4;

/// Number of pings that wait for a thread. Further ones are dropped and reported.
const WAITING: usize = 100;

/// Time limit of one try, and the number of tries.
const LIMIT: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;

/// How long a shutdown waits for pings.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends pings.
#[derive(Clone)]
pub(crate) struct Pings(Arc<Inner>);

struct Inner {
    log: Log,
    known: Known,
    /// The URLs of entries that run: a reload can remove an entry before its run ends.
    running: Mutex<HashMap<JobId, Url>>,
    threads: OnceLock<Vec<SyncSender<Ping>>>,
    unsent: Arc<Unsent>,
}

/// The number of pings that are not sent yet.
#[derive(Default)]
struct Unsent {
    count: Mutex<usize>,
    is_less: Condvar,
}

struct Ping {
    entry: ScheduleId,
    url: String,
}

impl Pings {
    pub(crate) fn new(known: Known, log: Log) -> Self {
        Self(Arc::new(Inner {
            log,
            known,
            running: Mutex::default(),
            threads: OnceLock::new(),
            unsent: Arc::default(),
        }))
    }

    /// Sends a ping for a step of a run, if its entry has a URL. Does not block.
    pub(crate) fn see(&self, seen: &Seen<'_>) {
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = running.remove(&seen.job);
        let url = kept.or_else(|| {
            let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(seen.schedule)?.ping.clone()
        });
        let Some(url) = url else {
            return;
        };
        let report = match seen.step {
            Step::Started => {
                running.insert(seen.job, url.clone());
                Report::Start
            }
            Step::Ended { kind, began } => match kind {
                OutcomeKind::Succeeded => Report::Success,
                // It never ran, so there is nothing to report.
                OutcomeKind::Cancelled if began.is_none() => return,
                _ => Report::Failure,
            },
        };
        drop(running);
        self.send(seen.schedule, url.of(report));
    }

    /// Waits until the pings are sent, but not for long.
    pub(crate) fn finish(&self) {
        let unsent = &self.0.unsent;
        let count = unsent.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = unsent
            .is_less
            .wait_timeout_while(count, PATIENCE, |count| *count > 0);
        let (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let left = *count;
        drop(count);
        if left > 0 {
            let pings = crate::source::count(left, "ping");
            self.0
                .log
                .note(format_args!("{pings} could not be sent before the end"));
        }
    }

    fn send(&self, entry: &ScheduleId, url: String) {
        let threads = self.0.threads.get_or_init(|| self.start());
        let hasher = BuildHasherDefault::<DefaultHasher>::new();
        // A remainder below the number of threads fits.
        let place = hasher.hash_one(entry) % (THREADS as u64);
        let thread = usize::try_from(place)
            .ok()
            .and_then(|place| threads.get(place));
        let entry = entry.clone();
        self.0.unsent.add();
        let failed = match thread.map(|thread| {
            thread.try_send(Ping {
                entry: entry.clone(),
                url,
            })
        }) {
            Some(Ok(())) => return,
            Some(Err(_)) => "too many pings are waiting",
            None => "its thread could not be started",
        };
        self.0.unsent.remove();
        report(&self.0.log, &entry, failed);
    }

    /// Starts the threads, at the first ping.
    fn start(&self) -> Vec<SyncSender<Ping>> {
        let start = |_| {
            let (sender, pings) = sync_channel(WAITING);
            let (log, unsent) = (self.0.log.clone(), Arc::clone(&self.0.unsent));
            let started = threads::spawn("sched-pings", move || send_all(&pings, &log, &unsent));
            started.map(|_| sender)
        };
        (0..THREADS).map_while(|place| start(place).ok()).collect()
    }
}

impl fmt::Debug for Pings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pings")
    }
}

impl Unsent {
    fn add(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn remove(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.is_less.notify_all();
    }
}

fn send_all(pings: &Receiver<Ping>, log: &Log, unsent: &Unsent) {
    let config = Agent::config_builder().timeout_global(Some(LIMIT));
    let agent = config
        .user_agent(concat!("sched/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = Agent::from(agent);
    for Ping { entry, url } in pings {
        if let Err(error) = send(&agent, &url) {
            report(log, &entry, &error.to_string());
        }
        unsent.remove();
    }
}

/// Sends a ping. A refusal by the server is not tried again.
fn send(agent: &Agent, url: &str) -> Result<(), ureq::Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match agent.get(url).call() {
            Ok(_) => return Ok(()),
            Err(error @ ureq::Error::StatusCode(400..500)) => return Err(error),
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => {}
        }
    }
}

fn report(log: &Log, entry: &ScheduleId, problem: &str) {
    let problem = scheduler_core::text::visible(problem);
    log.note(format_args!("[{entry}] ping failed: {problem}"));
}
