//! The jobs of a scope, which are cancelled when the scope is dropped.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::ScopeReport;
use crate::job::{CancelMode, JobHandle, JobOutcome};

/// Finished jobs are removed from a scope when it holds this number of handles, or twice the number
/// that the last removal left. Each handle is therefore moved a bounded number of times.
const FEW: usize = 64;

/// The jobs of a scope. The last clone of the scope drops them.
#[derive(Debug, Default)]
pub(super) struct Members(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    jobs: Vec<JobHandle>,
    report: ScopeReport,
    tidy_at: usize,
}

impl Members {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, job: JobHandle) {
        let over = {
            let mut inner = self.lock();
            inner.jobs.push(job);
            inner.tidy()
        };
        drop(over);
    }

    pub(super) fn first(&self) -> Option<JobHandle> {
        self.lock().jobs.first().cloned()
    }

    pub(super) fn ended(&self, job: &JobHandle, outcome: JobOutcome) {
        let mut inner = self.lock();
        let Some(position) = inner.jobs.iter().position(|known| known.id() == job.id()) else {
            return;
        };
        let handle = inner.jobs.swap_remove(position);
        inner.report.note(job, outcome);
        drop(inner);
        drop(handle);
    }

    pub(super) fn report(&self) -> ScopeReport {
        mem::take(&mut self.lock().report)
    }

    /// Cancels every job. Clones the handles first, because `cancel` runs wakers, which must not run
    /// under the lock.
    pub(super) fn cancel(&self, mode: CancelMode) {
        let jobs = self.lock().jobs.clone();
        for job in jobs {
            job.cancel(mode);
        }
    }
}

impl Inner {
    /// Removes finished jobs if the list has grown enough, adds them to the report, and returns their
    /// handles. The caller drops the handles after unlocking.
    fn tidy(&mut self) -> Vec<JobHandle> {
        if self.jobs.len() < self.tidy_at.max(FEW) {
            return Vec::new();
        }
        let (over, going) = mem::take(&mut self.jobs)
            .into_iter()
            .partition::<Vec<_>, _>(|job| job.outcome().is_some());
        for job in &over {
            if let Some(outcome) = job.outcome() {
                self.report.note(job, outcome);
            }
        }
        self.tidy_at = 2 * going.len();
        self.jobs = going;
        over
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.cancel(CancelMode::Immediate);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::report::NAMED, *};
    use crate::job::{CancelReason, JobCell, JobError, JobId};

    #[test]
    fn a_report_names_a_bounded_number_of_jobs_and_counts_the_others() {
        let mut report = ScopeReport::default();
        let id = JobId::from_bits(1);
        let job = JobHandle::new(Arc::new(JobCell::abandoned(id)));
        for _ in 0..NAMED + 7 {
            report.note(&job, JobOutcome::Failed(JobError::Lost("somewhere".into())));
            report.note(&job, JobOutcome::Cancelled(CancelReason::Requested));
        }
        assert_eq!((report.failed.len(), report.more_failed), (NAMED, 7));
        assert_eq!((report.cancelled.len(), report.more_cancelled), (NAMED, 7));
    }
}
