//! [`JobScope`]: a group of jobs that are waited for and cancelled together.

use std::{
    future::Future,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    FailedJob, JobRef, Result, Scheduler, SchedulerExt,
    job::{CancelMode, IntoJobResult, Job, JobHandle, JobId, JobOutcome},
};

/// Finished jobs are removed from a scope when it holds this number of handles, or twice the number
/// that the last removal left. Each handle is therefore moved a bounded number of times.
const FEW: usize = 64;

/// A group of jobs on a scheduler that may run other jobs too.
///
/// [`drain`](Self::drain) ends the scope and waits for all of its jobs. If the last clone of the
/// scope is dropped before, for example by a panic, the jobs are cancelled. Clones share one scope,
/// so a job that holds a clone can add jobs to it.
///
/// ```
/// # async fn demo(scheduler: std::sync::Arc<dyn scheduler_core::Scheduler>) -> scheduler_core::Result<()> {
/// use scheduler_core::{Job, scope::JobScope};
///
/// let scope = JobScope::new(scheduler);
/// for page in 1..=3 {
///     scope.post(Job::future(async move { println!("page {page}") }))?;
/// }
/// let report = scope.drain().await?;
/// assert_eq!(report.succeeded, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "dropping a scope cancels its jobs: call `drain`"]
pub struct JobScope<S: Scheduler> {
    scheduler: S,
    members: Arc<Members>,
}

/// The outcomes of the jobs of a scope.
#[derive(Debug, Clone, Default)]
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
const NAMED: usize = 10_000;

impl ScopeReport {
    fn note(&mut self, job: &JobHandle, outcome: JobOutcome) {
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

impl<S: Scheduler> JobScope<S> {
    /// Creates a scope for jobs of `scheduler`.
    pub fn new(scheduler: S) -> Self {
        Self {
            scheduler,
            members: Arc::default(),
        }
    }

    /// Returns the scheduler of the scope.
    pub const fn scheduler(&self) -> &S {
        &self.scheduler
    }

    /// Calls [`SchedulerExt::spawn`] and adds the job to the scope.
    ///
    /// # Errors
    ///
    /// As [`SchedulerExt::spawn`].
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let handle = self.scheduler.spawn(future)?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Calls [`SchedulerExt::spawn_value`] and adds the job to the scope.
    ///
    /// # Errors
    ///
    /// As [`SchedulerExt::spawn_value`].
    #[track_caller]
    pub fn spawn_value<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let handle = self.scheduler.spawn_value(future)?;
        self.members.add(handle.clone().erase());
        Ok(handle)
    }

    /// Calls [`Scheduler::submit`] and adds the job to the scope.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::submit`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the job is dropped without being submitted.
    pub async fn submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.submit(job).await?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// Calls [`Scheduler::try_submit`] and adds the job to the scope.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::try_submit`].
    pub fn try_submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.try_submit(job)?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// Submits a job as [`try_submit`](Self::try_submit) does, but returns only its id.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::try_submit`].
    pub fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Requests the cancellation of every job of the scope.
    pub fn cancel(&self, mode: CancelMode) {
        self.members.cancel(mode);
    }

    /// Waits until every job of the scope has finished, including jobs that are added meanwhile.
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` inside a job of the scope itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the scope and cancels its jobs.
    pub async fn drain(self) -> Result<ScopeReport> {
        while let Some(job) = self.members.first() {
            let outcome = job.wait().await?;
            self.members.ended(&job, outcome);
        }
        Ok(self.members.report())
    }

    /// Waits as [`drain`](Self::drain) does. After `limit` it requests the cancellation of the
    /// remaining jobs, and waits until they have finished.
    ///
    /// # Errors
    ///
    /// As [`drain`](Self::drain).
    ///
    /// # Cancel safety
    ///
    /// As [`drain`](Self::drain).
    pub async fn drain_within(self, limit: Duration, mode: CancelMode) -> Result<ScopeReport> {
        let end = self.scheduler.sleep(limit);
        let members = self.members.clone();
        let mut drain = std::pin::pin!(self.drain());
        let in_time = crate::contract::timeout::first_of(drain.as_mut(), end).await;
        match in_time {
            Some(report) => report,
            None => {
                members.cancel(mode);
                drain.await
            }
        }
    }
}

/// The jobs of a scope. The last clone of the scope drops them.
#[derive(Debug, Default)]
struct Members(Mutex<Inner>);

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

    fn add(&self, job: JobHandle) {
        let over = {
            let mut inner = self.lock();
            inner.jobs.push(job);
            inner.tidy()
        };
        drop(over);
    }

    fn first(&self) -> Option<JobHandle> {
        self.lock().jobs.first().cloned()
    }

    fn ended(&self, job: &JobHandle, outcome: JobOutcome) {
        let mut inner = self.lock();
        let Some(position) = inner.jobs.iter().position(|known| known.id() == job.id()) else {
            return;
        };
        let handle = inner.jobs.swap_remove(position);
        inner.report.note(job, outcome);
        drop(inner);
        drop(handle);
    }

    fn report(&self) -> ScopeReport {
        mem::take(&mut self.lock().report)
    }

    /// Cancels every job. Clones the handles first, because `cancel` runs wakers, which must not run
    /// under the lock.
    fn cancel(&self, mode: CancelMode) {
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
    use super::*;
    use crate::job::{CancelReason, JobCell, JobError};

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
