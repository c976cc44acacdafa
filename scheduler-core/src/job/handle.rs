//! A job, seen from outside: wait for it, ask about it, cancel it.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;

use super::{JobId, JobOutcome, Progress};
use crate::{BoxFuture, Error, Result, blocking, panic::Contained, within::within};

/// A job that was accepted.
///
/// Any number of clones may wait, on any thread and in any runtime; all get the same outcome.
/// Dropping the last one detaches the job: it runs on (`JB-007`).
#[must_use = "dropping the handle detaches the job; use `post` if nobody is to wait for it"]
pub struct JobHandle<T = ()> {
    control: Arc<dyn JobControl>,
    value: Option<ValueSlot<T>>,
}

/// Where a job puts its value. One that nobody takes ends with the last handle, or with the job,
/// whichever is later: a panic of its destructor is neither's (`FT-007`).
pub(crate) type ValueSlot<T> = Arc<OnceLock<Contained<T>>>;

impl JobHandle {
    /// A handle to a job of somebody else's scheduler: for those who implement one.
    pub fn new(control: Arc<dyn JobControl>) -> Self {
        Self {
            control,
            value: None,
        }
    }

    /// The same handle, with the slot into which the job puts its value before it ends.
    pub(crate) fn with_value<T>(self, value: ValueSlot<T>) -> JobHandle<T> {
        JobHandle {
            control: self.control,
            value: Some(value),
        }
    }
}

impl<T> JobHandle<T> {
    /// The job's identity.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.control.id()
    }

    /// The job's name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.control.name()
    }

    /// Where the job stands.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        self.control.status()
    }

    /// How far the job says it has got.
    #[must_use]
    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.control.progress()
    }

    /// Asks the job to end. Never waits; see [`CancelMode`] for what happens to it.
    pub fn cancel(&self, mode: CancelMode) -> CancelStatus {
        self.control.cancel(mode)
    }

    /// The same handle without the value: for keeping handles of different jobs together.
    pub fn erase(self) -> JobHandle {
        JobHandle {
            control: self.control,
            value: None,
        }
    }
}

impl<T: Clone + 'static> JobHandle<T> {
    /// The outcome, if the job has ended.
    #[must_use]
    pub fn outcome(&self) -> Option<JobOutcome<T>> {
        self.control.outcome().map(|outcome| self.valued(outcome))
    }

    /// Waits until the job has ended, however often and by however many (`JB-006`).
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::LifecycleError::WouldDeadlock) inside the job itself, and inside a job
    /// while the awaited one can never get a permit (`JB-017`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting: the job runs on.
    pub async fn wait(&self) -> Result<JobOutcome<T>> {
        if let Some(outcome) = self.outcome() {
            return Ok(outcome);
        }
        let outcome = self.control.finished().await?;
        Ok(self.valued(outcome))
    }

    /// Waits until the job has ended, at most `limit` long. The job runs on either way.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when the time is over; else as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<JobOutcome<T>> {
        within(limit, self.control.sleep(limit), self.wait()).await
    }

    /// Waits until the job has ended; if that takes longer than `limit`, asks it to end as
    /// `mode` says.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when the time is over; how the job then ended is told by
    /// [`wait`](Self::wait). Else as there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the waiting; the job runs on.
    pub async fn wait_or_cancel(&self, limit: Duration, mode: CancelMode) -> Result<JobOutcome<T>> {
        let answer = self.wait_timeout(limit).await;
        if let Err(Error::Timeout(_)) = answer {
            self.cancel(mode);
        }
        answer
    }

    /// Asks the job to end, and waits until it has, at most `limit` long.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when the time is over: the job goes on, told to end. Else as
    /// [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the waiting; the job has been told.
    pub async fn close(&self, mode: CancelMode, limit: Duration) -> Result<JobOutcome<T>> {
        self.cancel(mode);
        self.wait_timeout(limit).await
    }

    /// [`wait`](Self::wait) for a plain thread: blocks it.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); [`WouldDeadlock`](crate::LifecycleError::WouldDeadlock) also inside any
    /// asynchronous job, whose thread must not block (`RT-009`).
    pub fn wait_blocking(&self) -> Result<JobOutcome<T>> {
        blocking::wait(self.wait())
    }

    fn valued(&self, outcome: JobOutcome) -> JobOutcome<T> {
        match outcome {
            JobOutcome::Succeeded(()) => match self.value() {
                Some(value) => JobOutcome::Succeeded(value),
                None => JobOutcome::Failed(super::JobError::Lost("its value is missing".into())),
            },
            JobOutcome::Failed(error) => JobOutcome::Failed(error),
            JobOutcome::Cancelled(reason) => JobOutcome::Cancelled(reason),
        }
    }

    /// The job's value; of a handle without a slot it is `()`, the only type such a handle has.
    fn value(&self) -> Option<T> {
        match &self.value {
            Some(slot) => slot.get().map(|value| T::clone(value)),
            None => (&() as &dyn std::any::Any).downcast_ref::<T>().cloned(),
        }
    }
}

impl<T> Clone for JobHandle<T> {
    fn clone(&self) -> Self {
        Self {
            control: self.control.clone(),
            value: self.value.clone(),
        }
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("status", &self.status())
            .finish()
    }
}

/// What stands behind a [`JobHandle`]: for those who implement a scheduler.
#[async_trait]
pub trait JobControl: Send + Sync + 'static {
    /// The job's identity.
    fn id(&self) -> JobId;

    /// Its name.
    fn name(&self) -> Option<Arc<str>>;

    /// Where it stands.
    fn status(&self) -> JobStatus;

    /// How it ended, if it has.
    fn outcome(&self) -> Option<JobOutcome>;

    /// How far it says it has got.
    fn progress(&self) -> Option<Arc<Progress>> {
        None
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::LifecycleError::WouldDeadlock) if the caller is what it would wait for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future MUST only stop the waiting.
    async fn finished(&self) -> Result<JobOutcome>;

    /// Asks it to end.
    fn cancel(&self, mode: CancelMode) -> CancelStatus;

    /// A sleep on the scheduler's clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// How a job is to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelMode {
    /// The job is told, and has this long to end by itself; then an asynchronous body is dropped
    /// where it is suspended. A body that blocks only ever ends by itself.
    Graceful(Duration),
    /// The job is told, and an asynchronous body dropped at its next suspension.
    Immediate,
}

/// What came of asking a job to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelStatus {
    /// It was not running, and never will.
    Prevented,
    /// It is running and has been told.
    Requested,
    /// It had ended already: its outcome stands.
    TooLate,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobStatus {
    /// Waits for its point in time.
    Delayed,
    /// Waits for room, for its turn, or for the scheduler to run.
    Queued,
    /// Failed, and waits for its next attempt.
    Retrying,
    /// Has been handed to the executor.
    Running,
    /// Runs, and has been told to end.
    Cancelling,
    /// Has ended.
    Finished,
}
