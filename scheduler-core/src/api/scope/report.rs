//! [`ScopeReport`]: what became of the jobs of a scope.

use crate::{
    FailedJob, JobRef,
    job::{JobHandle, JobOutcome},
};

/// The outcomes of the jobs of a scope.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ScopeReport {
    /// Number of jobs that succeeded.
    pub succeeded: usize,
    /// The first 10,000 jobs that failed, with their errors.
    pub failed: Vec<FailedJob>,
    /// Number of failed jobs that `failed` does not name.
    pub more_failed: usize,
    /// The first 10,000 jobs that were cancelled.
    pub cancelled: Vec<JobRef>,
    /// Number of cancelled jobs that `cancelled` does not name.
    pub more_cancelled: usize,
}

/// Maximum number of jobs in each list of a report. It bounds the memory of a long-lived scope.
pub(super) const NAMED: usize = 10_000;

impl ScopeReport {
    pub(super) fn note(&mut self, job: &JobHandle, outcome: JobOutcome) {
        let reference = || JobRef::new(job.id(), job.name());
        match outcome {
            JobOutcome::Succeeded(()) => self.succeeded += 1,
            JobOutcome::Failed(_) if self.failed.len() >= NAMED => self.more_failed += 1,
            JobOutcome::Failed(error) => self.failed.push(FailedJob::new(reference(), error)),
            JobOutcome::Cancelled(_) if self.cancelled.len() >= NAMED => self.more_cancelled += 1,
            JobOutcome::Cancelled(_) => self.cancelled.push(reference()),
        }
    }
}
