//! Counts the bodies, the outcomes at the handles, and the calls of the error handler.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use scheduler_core::{Job, JobHandle, JobId, Metrics, failure::JobFailure};

/// The counts.
#[derive(Default)]
pub(crate) struct Ledger {
    begun: AtomicU64,
    dropped: AtomicU64,
    handles: Mutex<Vec<JobHandle>>,
    failures: Mutex<BTreeMap<JobId, u32>>,
}

/// A guard that counts the end of a body when it is dropped.
pub(crate) struct Body(Arc<Ledger>);

impl Drop for Body {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}

impl Ledger {
    pub(crate) fn failure(&self, failure: &JobFailure) {
        let mut failures = self.failures.lock().expect("no panic");
        *failures.entry(failure.job).or_default() += 1;
    }

    /// Returns a job that counts itself, sleeps a little and may fail.
    pub(crate) fn job(self: &Arc<Self>, number: u64) -> Job {
        let ledger = self.clone();
        if number.is_multiple_of(7) {
            return Job::blocking(move |_| {
                let _body = ledger.begin();
                outcome(number)
            });
        }
        Job::new(move |job| async move {
            let _body = ledger.begin();
            if let Some(scheduler) = job.scheduler() {
                scheduler
                    .sleep(std::time::Duration::from_micros(number % 900))
                    .await;
            }
            outcome(number)
        })
    }

    /// Counts a body that begins.
    pub(crate) fn begin(self: &Arc<Self>) -> Body {
        self.begun.fetch_add(1, SeqCst);
        Body(self.clone())
    }

    pub(crate) fn keep(&self, handle: JobHandle) {
        self.handles.lock().expect("no panic").push(handle);
    }

    /// Checks after the end: every handle has an outcome, every body was dropped, every failure was
    /// reported exactly once.
    pub(crate) fn check(&self, name: &str, metrics: &Metrics) {
        let handles = self.handles.lock().expect("no panic");
        let open = handles
            .iter()
            .filter(|handle| handle.outcome().is_none())
            .count();
        assert_eq!(
            open,
            0,
            "{name}: handles without an outcome, of {}",
            handles.len()
        );
        assert_eq!(
            self.begun.load(SeqCst),
            self.dropped.load(SeqCst),
            "{name}: bodies are left"
        );
        assert_eq!(metrics.accepted, metrics.ended(), "{name}: {metrics:?}");
        assert_eq!(metrics.jobs(), 0, "{name}: {metrics:?}");
        let failures = self.failures.lock().expect("no panic");
        let twice = failures.values().filter(|count| **count > 1).count();
        assert_eq!(
            twice, 0,
            "{name}: failures that were reported more than once"
        );
        assert_eq!(
            failures.len() as u64,
            metrics.failures(),
            "{name}: {metrics:?}"
        );
    }
}

fn outcome(number: u64) -> Result<(), std::io::Error> {
    match number % 11 {
        0 => Err(std::io::Error::other("the disk is on fire")),
        1 if number.is_multiple_of(5) => panic!("the storm panics on purpose"),
        _ => Ok(()),
    }
}
