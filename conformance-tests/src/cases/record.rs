//! A record of the runs of a schedule, and tasks that write it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    JobContext, Runtime, Task,
    schedule::{RunCause, Span},
};
use scheduler_testing::VirtualRuntime;

use crate::gate::Gate;

/// The runs of a task. Clones share one record.
#[derive(Clone)]
pub(super) struct Record {
    runs: Arc<Mutex<Vec<Run>>>,
    clock: VirtualRuntime,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Nominal time of the run.
    pub(super) nominal: DateTime<Utc>,
    /// The instant at which the run began.
    pub(super) at: DateTime<Utc>,
    /// Cause of the run.
    pub(super) cause: Option<RunCause>,
    /// The instants that the run covers, if there are several.
    pub(super) covers: Option<Span>,
}

impl Record {
    pub(super) fn new(clock: &VirtualRuntime) -> Self {
        Self {
            runs: Arc::default(),
            clock: clock.clone(),
        }
    }

    /// Returns a task that takes no time.
    pub(super) fn task(&self) -> Task {
        self.slow_task(Duration::ZERO)
    }

    /// Returns a task that takes `length`.
    pub(super) fn slow_task(&self, length: Duration) -> Task {
        let record = self.clone();
        Task::new(move |job| {
            record.note(&job);
            async move { job.sleep(length).await }
        })
    }

    /// Returns a task that takes until the gate is opened.
    pub(super) fn held_task(&self, gate: &Gate) -> Task {
        let (record, gate) = (self.clone(), gate.clone());
        Task::new(move |job| {
            record.note(&job);
            let gate = gate.clone();
            async move { gate.pass().await }
        })
    }

    pub(super) fn note(&self, job: &JobContext) {
        let run = Run {
            nominal: job.nominal(),
            at: self.clock.now().wall(),
            cause: job.cause(),
            covers: job.covers(),
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
