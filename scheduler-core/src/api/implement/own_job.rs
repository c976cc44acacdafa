//! [`OwnJob`]: the state of a job of a third-party scheduler.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::{
    BoxFuture, JobContext, JobHandle, JobId, JobOutcome, Result, Scheduler,
    base::unix_time::UnixTime,
    job::{
        CancelMode, CancelReason, CancelStatus, JobCell, JobError, JobFacts, JobHost, JobInfo,
        JobStatus, Progress,
    },
};

/// The state of a job of a third-party scheduler. Create it when the job is accepted, and keep it until
/// the job has finished.
///
/// Dropping it without an outcome resolves the job as lost.
pub struct OwnJob {
    cell: Arc<JobCell>,
    /// Keeps the host alive, to which the cell has only a weak reference.
    host: Arc<Adapter>,
}

/// The scheduler behind an [`OwnJob`].
pub trait OwnHost: Send + Sync + 'static {
    /// Returns the present status of the job.
    fn status(&self, job: JobId) -> JobStatus;

    /// Returns the state of the job. `None` if it has finished.
    fn info(&self, job: JobId) -> Option<JobInfo>;

    /// Requests the cancellation of the job.
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus;

    /// Returns a future that completes after `duration` on the clock of the scheduler.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Returns the scheduler, for the job to use.
    fn scheduler(&self) -> Option<Arc<dyn Scheduler>>;
}

impl OwnJob {
    /// Creates the job `id` with a nominal time.
    #[must_use]
    pub fn new(
        id: JobId,
        name: Option<&str>,
        nominal: DateTime<Utc>,
        host: Weak<dyn OwnHost>,
    ) -> Self {
        let host = Arc::new(Adapter(host));
        let weak = Arc::downgrade(&host);
        let facts = JobFacts {
            name: name.map(Arc::from),
            ..JobFacts::default()
        };
        let cell = JobCell::of_job(id, UnixTime::of(nominal), facts, Some(weak));
        Self {
            cell: Arc::new(cell),
            host,
        }
    }

    /// Returns a handle to the job.
    pub fn handle(&self) -> JobHandle {
        JobHandle::new(self.cell.clone())
    }

    /// Returns the context for the body.
    #[must_use]
    pub fn context(&self) -> JobContext {
        JobContext::new(self.cell.clone())
    }

    /// Sends the cancellation request to the body.
    pub fn request_cancel(&self, why: CancelReason) {
        let attempt = self.cell.attempt();
        self.cell
            .request_cancel(attempt, crate::job::CancelRequest::Graceful, why);
    }

    /// Sets the outcome and wakes the waiters. Only the first outcome counts.
    pub fn finish(&self, outcome: JobOutcome) {
        self.cell.resolve(outcome);
    }
}

impl Drop for OwnJob {
    fn drop(&mut self) {
        let lost = JobError::Lost("the scheduler dropped the job".into());
        self.finish(JobOutcome::Failed(lost));
    }
}

impl fmt::Debug for OwnJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnJob")
            .field("cell", &self.cell)
            .field("host_is_alive", &(self.host.0.strong_count() > 0))
            .finish()
    }
}

struct Adapter(Weak<dyn OwnHost>);

impl JobHost for Adapter {
    /// Returns a number that no scheduler of the core has.
    fn scheduler_id(&self) -> u64 {
        0
    }

    fn status(&self, job: JobId) -> JobStatus {
        let host = self.0.upgrade();
        host.map_or(JobStatus::Finished, |host| host.status(job))
    }

    fn info(&self, job: JobId) -> Option<JobInfo> {
        self.0.upgrade()?.info(job)
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        let host = self.0.upgrade();
        host.map_or(CancelStatus::TooLate, |host| host.cancel(job, mode))
    }

    fn progressed(&self, _: JobId, _: &Arc<Progress>) {}

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.0.upgrade() {
            Some(host) => host.sleep(duration),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.0.upgrade()?.scheduler()
    }

    fn begin_wait(&self, _: JobId, _: JobId) -> Result<()> {
        Ok(())
    }

    fn end_wait(&self, _: JobId, _: JobId) {}
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{OutcomeKind, Runtime, RuntimeScheduler, SpawnError, block_on};

    /// A runtime that runs nothing.
    struct Never;

    impl Runtime for Never {
        fn name(&self) -> &str {
            "never"
        }

        fn spawn(&self, task: BoxFuture<'static, ()>) -> std::result::Result<(), SpawnError> {
            drop(task);
            Ok(())
        }

        fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    /// A host whose jobs run forever, with the scheduler that their contexts return.
    #[derive(Default)]
    struct Host(Option<Arc<dyn Scheduler>>);

    impl OwnHost for Host {
        fn status(&self, _: JobId) -> JobStatus {
            JobStatus::Running
        }

        fn info(&self, job: JobId) -> Option<JobInfo> {
            Some(JobInfo::new(job, Some("n".into()), self.status(job), None))
        }

        fn cancel(&self, _: JobId, _: CancelMode) -> CancelStatus {
            CancelStatus::Requested
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }

        fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
            self.0.clone()
        }
    }

    fn job() -> (OwnJob, Arc<dyn OwnHost>) {
        job_of(Host::default())
    }

    fn job_of(host: Host) -> (OwnJob, Arc<dyn OwnHost>) {
        let host: Arc<dyn OwnHost> = Arc::new(host);
        let id = JobId::from_bits(7);
        let nominal = DateTime::UNIX_EPOCH;
        (
            OwnJob::new(id, Some("n"), nominal, Arc::downgrade(&host)),
            host,
        )
    }

    #[test]
    fn its_handle_and_its_context_are_about_it() {
        let (job, _host) = job();
        let (handle, context) = (job.handle(), job.context());
        assert_eq!(
            (handle.id(), handle.status()),
            (context.id(), JobStatus::Running)
        );
        assert_eq!(handle.name().as_deref(), Some("n"));
        let info = handle.info().expect("it runs");
        assert_eq!((info.id, info.status), (handle.id(), JobStatus::Running));
        assert!(!context.is_cancelled());
        job.request_cancel(CancelReason::Requested);
        assert!(context.is_cancelled());
    }

    #[test]
    fn its_body_reaches_the_scheduler_behind_it() {
        let scheduler: Arc<dyn Scheduler> = Arc::new(RuntimeScheduler::new(Never));
        let (job, host) = job_of(Host(Some(scheduler)));
        let context = job.context();
        let backend = context.scheduler().map(|it| it.backend().to_owned());
        assert_eq!(backend.as_deref(), Some("never"));
        drop(host);
        assert!(context.scheduler().is_none(), "it is gone");
        let (alone, _host) = self::job();
        assert!(alone.context().scheduler().is_none());
    }

    #[test]
    fn the_first_outcome_counts_and_without_one_it_was_lost() {
        let (ended, _host) = job();
        let handle = ended.handle();
        ended.finish(JobOutcome::Succeeded(()));
        assert!(handle.info().is_none());
        drop(ended);
        let outcome = block_on(handle.wait()).unwrap();
        assert_eq!(outcome.kind(), OutcomeKind::Succeeded);
        let (lost, _host) = job();
        let handle = lost.handle();
        drop(lost);
        let outcome = block_on(handle.wait()).unwrap();
        assert_eq!(outcome.kind(), OutcomeKind::Lost);
    }
}
