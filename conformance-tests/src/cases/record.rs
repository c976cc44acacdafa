//! What a schedule did: a task that writes it down.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{Runtime, Task, testing::VirtualRuntime};

/// The runs of a task; clones are the same record.
#[derive(Clone)]
pub(super) struct Record {
    runs: Arc<Mutex<Vec<Run>>>,
    clock: VirtualRuntime,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The instant it was for.
    pub(super) nominal: DateTime<Utc>,
    /// The instant at which it began.
    pub(super) at: DateTime<Utc>,
}

impl Record {
    pub(super) fn new(clock: &VirtualRuntime) -> Self {
        Self {
            runs: Arc::default(),
            clock: clock.clone(),
        }
    }

    /// A task that takes no time.
    pub(super) fn task(&self) -> Task {
        self.slow_task(Duration::ZERO)
    }

    /// A task that takes that long.
    pub(super) fn slow_task(&self, length: Duration) -> Task {
        let record = self.clone();
        Task::new(move |job| {
            record.note(job.nominal());
            async move { job.sleep(length).await }
        })
    }

    fn note(&self, nominal: DateTime<Utc>) {
        let run = Run {
            nominal,
            at: self.clock.now().wall,
        };
        self.lock().push(run);
    }

    pub(super) fn runs(&self) -> Vec<Run> {
        self.lock().clone()
    }

    pub(super) fn nominals(&self) -> Vec<DateTime<Utc>> {
        self.lock().iter().map(|run| run.nominal).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
