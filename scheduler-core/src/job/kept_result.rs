//! [`JobResult`]: how a finished job ended, kept for a time.

use std::{
    any::{Any, type_name},
    fmt,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{IntoJobResult, JobContext, JobError, JobId, JobOutcome, result::Delivered};
use crate::{Error, Result, ScheduleId, base::panic::Contained};

/// How a job ended, and its value, kept after the end for the time that its policy asks for (`JB-021`).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Job, Scheduler, Task};
/// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
/// # scheduler.start()?;
///
/// let count = Task::valued(|_| async { "7".parse::<u64>() });
/// let hour = Duration::from_secs(3600);
/// let id = scheduler.submit(Job::from(count.keep_result(hour)))?.id();
/// # scheduler.wait_idle()?;
/// // Later, anywhere: the id is enough.
/// let result = scheduler.result(id)?;
/// assert_eq!(*result.value::<u64>()?, 7);
/// assert_eq!(result.attempts, 1);
/// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct JobResult {
    /// Id of the job.
    pub job: JobId,
    /// Name of the job.
    pub name: Option<Arc<str>>,
    /// Id of the schedule that ran the job; `None` for a submitted job.
    pub schedule: Option<ScheduleId>,
    /// Nominal time of the job.
    pub nominal: DateTime<Utc>,
    /// When the body of the first attempt began; `None` if it never did.
    pub began: Option<DateTime<Utc>>,
    /// When the job finished.
    pub ended: DateTime<Utc>,
    /// Number of attempts that began.
    pub attempts: u32,
    /// Outcome of the job.
    pub outcome: JobOutcome,
    /// Until when the result is kept, unless it makes room for another one.
    pub expires: DateTime<Utc>,
    // It may be of any type, so it is no data.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) value: Option<JobValue>,
}

impl JobResult {
    /// Creates the result of a job that never began. Third-party schedulers use this, and set the other fields.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use scheduler_core::{ErrorKind, JobId, JobOutcome, job::{CancelReason, JobResult}};
    ///
    /// let outcome = JobOutcome::Cancelled(CancelReason::Requested);
    /// let result = JobResult::new(JobId::from_bits(7), outcome, DateTime::UNIX_EPOCH);
    /// let refused = result.value::<u64>().unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::JobFailed);
    /// ```
    #[must_use]
    pub const fn new(job: JobId, outcome: JobOutcome, ended: DateTime<Utc>) -> Self {
        Self {
            job,
            name: None,
            schedule: None,
            nominal: ended,
            began: None,
            ended,
            attempts: 0,
            outcome,
            expires: ended,
            value: None,
        }
    }

    /// Sets until when the result is kept.
    pub(crate) fn keep_for(&mut self, time: Duration) {
        let time = TimeDelta::from_std(time).ok();
        let expires = time.and_then(|time| self.ended.checked_add_signed(time));
        self.expires = expires.unwrap_or(DateTime::<Utc>::MAX_UTC);
    }

    /// Returns the value that the task returned. Any number of callers share it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{ErrorKind, Job, Scheduler, Task};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let page = Task::valued(|_| async { Ok::<_, String>("a page".to_owned()) });
    /// let page = page.keep_result(Duration::from_secs(60));
    /// let id = scheduler.submit(Job::from(page))?.id();
    /// # scheduler.wait_idle()?;
    /// let result = scheduler.result(id)?;
    /// assert_eq!(result.value::<String>()?.as_str(), "a page");
    /// assert_eq!(result.value::<u8>().unwrap_err().kind(), ErrorKind::OtherType);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Job`] if the job did not succeed. [`ResultError::OtherType`] if the value has another type, or the
    /// task is not [`valued`](crate::Task::valued).
    pub fn value<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        self.outcome.clone().into_result()?;
        let other = || ResultError::OtherType {
            job: self.job,
            wanted: type_name::<T>(),
            found: self.value.as_ref().map(|value| value.type_name),
        };
        let value = self.value.as_ref().and_then(JobValue::get);
        value.ok_or_else(|| other().into())
    }
}

/// Why a scheduler has no result, or no value, of a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// The job has not finished: await its handle.
    #[error("job {0} has not finished: await its handle")]
    Unfinished(JobId),
    /// The job has finished, and its result was not kept, or too long ago.
    #[error("the result of job {0} was not kept: set `keep_result` in its policy")]
    NotKept(JobId),
    /// The time of the result has ended.
    #[error("the result of job {0} has expired: keep it longer with `keep_result`")]
    Expired(JobId),
    /// The result made room for a later one before its time had ended.
    #[error("the result of job {0} made room for another one: raise `Options::kept_results`")]
    Displaced(JobId),
    /// The value has another type than the caller wants.
    #[error("job {job} has no value of type \"{wanted}\": {}", remedy(*found))]
    OtherType {
        /// Id of the job.
        job: JobId,
        /// Name of the type that the caller wants.
        wanted: &'static str,
        /// Name of the type of the value; `None` if the task returned no value to keep.
        found: Option<&'static str>,
    },
}

fn remedy(found: Option<&'static str>) -> String {
    match found {
        Some(found) => format!("ask for \"{found}\""),
        None => "make the task with `Task::valued`".to_owned(),
    }
}

/// The value of a job, of any type, with the name of the type.
#[derive(Clone)]
pub(crate) struct JobValue {
    value: Contained<Arc<dyn Any + Send + Sync>>,
    type_name: &'static str,
}

impl JobValue {
    fn of<T: Send + Sync + 'static>(value: T) -> Self {
        Self {
            value: Contained::new(Arc::new(value)),
            type_name: type_name::<T>(),
        }
    }

    fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.value.clone().into_inner().downcast().ok()
    }
}

impl fmt::Debug for JobValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobValue").field(&self.type_name).finish()
    }
}

/// Hands the value at the end of a body to the scheduler of the job.
pub(crate) fn deliver<T>(job: &JobContext, end: impl IntoJobResult<Value = T>) -> Delivered
where
    T: Send + Sync + 'static,
{
    let delivered: Result<(), JobError> = end
        .into_job_result()
        .map(|value| job.keep_value(|| JobValue::of(value)));
    Delivered(delivered)
}

/// Hands the value of a successful job to its node, as JSON. A value that cannot be written fails the job.
#[cfg(feature = "store")]
pub(crate) fn store_value<T>(job: &JobContext, end: impl IntoJobResult<Value = T>) -> Delivered
where
    T: serde::Serialize,
{
    Delivered(end.into_job_result().and_then(|value| {
        let text = serde_json::to_string(&value).map_err(JobError::failed)?;
        job.keep_stored(text);
        Ok(())
    }))
}

impl From<ResultError> for Error {
    fn from(error: ResultError) -> Self {
        Self::Result(error)
    }
}
