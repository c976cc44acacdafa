//! Jobs that belong together: started through one guard, waited for together.

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

/// Handles of jobs that have ended are let go when there are so many, or twice as many as were
/// left the last time.
const FEW: usize = 64;

/// Jobs that belong together on a scheduler that others use as well.
///
/// The scope ends with [`drain`](Self::drain), which waits for all of its jobs. One that is dropped
/// before, because its owner was dropped or panicked, tells them to end. Clones are the same scope:
/// a job that has one can add jobs to it.
///
/// ```
/// # async fn demo(scheduler: std::sync::Arc<dyn scheduler_core::Scheduler>) -> scheduler_core::Result<()> {
/// use scheduler_core::{Job, JobScope};
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
#[must_use = "dropping a scope tells its jobs to end: drain it"]
pub struct JobScope<S: Scheduler> {
    scheduler: S,
    members: Arc<Members>,
}

/// What came of the jobs of a scope.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ScopeReport {
    /// How many ended well.
    pub succeeded: usize,
    /// Those that failed, and how: the first 10,000 of them.
    pub failed: Vec<FailedJob>,
    /// How many failed besides those.
    pub more_failed: usize,
    /// Those that were cancelled: the first 10,000 of them.
    pub cancelled: Vec<JobRef>,
    /// How many were cancelled besides those.
    pub more_cancelled: usize,
}

/// How many jobs of a sort a report names, so that a scope may last for ever.
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
    /// A scope for jobs of `scheduler`.
    pub fn new(scheduler: S) -> Self {
        Self {
            scheduler,
            members: Arc::default(),
        }
    }

    /// The scheduler.
    pub const fn scheduler(&self) -> &S {
        &self.scheduler
    }

    /// [`SchedulerExt::spawn`], into the scope.
    ///
    /// # Errors
    ///
    /// As there.
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

    /// [`SchedulerExt::spawn_value`], into the scope.
    ///
    /// # Errors
    ///
    /// As there.
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

    /// [`Scheduler::submit`], into the scope.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancel safety
    ///
    /// As there.
    pub async fn submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.submit(job).await?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// [`Scheduler::try_submit`], into the scope.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_submit(&self, job: Job) -> Result<JobHandle> {
        let handle = self.scheduler.try_submit(job)?;
        self.members.add(handle.clone());
        Ok(handle)
    }

    /// As [`try_submit`](Self::try_submit) for a job that only the scope waits for.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn post(&self, job: Job) -> Result<JobId> {
        self.try_submit(job).map(|handle| handle.id())
    }

    /// Tells every job of the scope to end.
    pub fn cancel(&self, mode: CancelMode) {
        self.members.cancel(mode);
    }

    /// Waits until every job of the scope has ended, also those that are added meanwhile.
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` inside a job of the scope itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the scope: its jobs are told to end.
    pub async fn drain(self) -> Result<ScopeReport> {
        while let Some(job) = self.members.first() {
            let outcome = job.wait().await?;
            self.members.ended(&job, outcome);
        }
        Ok(self.members.report())
    }

    /// As [`drain`](Self::drain); when `limit` is over, tells the jobs that are left to end, and
    /// waits for that.
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
        let in_time = crate::within::first_of(drain.as_mut(), end).await;
        match in_time {
            Some(report) => report,
            None => {
                members.cancel(mode);
                drain.await
            }
        }
    }
}

/// The jobs of a scope; dropped with its last clone.
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

    /// Calls into the scheduler: not under the lock.
    fn cancel(&self, mode: CancelMode) {
        let jobs = self.lock().jobs.clone();
        for job in jobs {
            job.cancel(mode);
        }
    }
}

impl Inner {
    /// Counts the jobs that have ended and lets their handles go, from time to time.
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
    fn a_report_names_so_many_jobs_and_counts_the_others() {
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
