//! What fails while somebody watches: the report of the shutdown to come tells of it.

use super::{Engine, slab::Key};
use crate::{FailedJob, job::JobOutcome};

/// How many failures are kept, so that a long watch takes no more than so much room.
const KEPT: usize = 10_000;

/// How many watch, and what has failed meanwhile.
#[derive(Default)]
pub(super) struct Watch {
    watchers: usize,
    failed: Vec<FailedJob>,
}

impl Engine {
    /// Somebody wants to know (`AJ-021`).
    pub(crate) const fn watch_failures(&mut self) {
        self.watch.watchers += 1;
    }

    /// Somebody has seen enough. Answers what nobody wants any more, to be destroyed without a lock.
    pub(crate) fn unwatch_failures(&mut self) -> Vec<FailedJob> {
        self.watch.watchers -= 1;
        match self.watch.watchers {
            0 => std::mem::take(&mut self.watch.failed),
            _ => Vec::new(),
        }
    }

    /// Notes how a job ended before a shutdown.
    pub(super) fn note_early_end(&mut self, key: Key, outcome: &JobOutcome) {
        let Watch { watchers, failed } = &self.watch;
        let wanted = *watchers > 0 && failed.len() < KEPT && self.closing.is_none();
        if let JobOutcome::Failed(error) = outcome
            && wanted
        {
            let failed = FailedJob::new(self.reference(key), error.clone());
            self.watch.failed.push(failed);
        }
    }

    /// What has failed before the shutdown that begins now.
    pub(super) fn early_failures(&mut self) -> Vec<FailedJob> {
        std::mem::take(&mut self.watch.failed)
    }
}
