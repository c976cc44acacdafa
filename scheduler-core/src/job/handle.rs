//! [`JobHandle`]: waits for a submitted job, reads its state, cancels it.

use std::{any::Any, fmt, future::IntoFuture, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    JobError, JobId, JobOutcome, Progress,
    slot::{Absent, ValueSlot},
};
use crate::{BoxFuture, Error, Result, contract::timeout::within, job::caller::block_on_call};

/// Handle to an accepted job.
///
/// Awaiting the handle returns the value of the job, or the error with which it ended. The await
/// moves the value out, so the value needs neither `Clone` nor `Sync`, and only one await gets it.
///
/// [`wait`](Self::wait) borrows the handle. Any number of clones may wait, on any thread and in any
/// runtime, and all get the same outcome. Dropping the last handle detaches the job, which continues
/// (`JB-007`).
///
/// ```
/// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
/// use std::{fs::File, io};
/// use scheduler_core::SchedulerExt;
///
/// let file = scheduler.spawn_blocking(|_| File::open("Cargo.toml"))?.await?;
/// let text = scheduler.spawn_blocking(|_| io::read_to_string(file))?.await?;
/// # drop(text);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the handle detaches the job; use `post` for a job without waiters"]
pub struct JobHandle<T = ()> {
    control: Arc<dyn JobControl>,
    value: Option<ValueSlot<T>>,
}

impl JobHandle {
    /// Creates a handle to a job of a third-party [`Scheduler`](crate::Scheduler).
    pub fn new(control: Arc<dyn JobControl>) -> Self {
        Self {
            control,
            value: None,
        }
    }

    /// Adds the slot in which the job stores its value before it finishes. Jobs that return `()` have
    /// no slot.
    pub(crate) fn with_value<T>(self, value: Option<ValueSlot<T>>) -> JobHandle<T> {
        JobHandle {
            control: self.control,
            value,
        }
    }
}

impl<T> JobHandle<T> {
    /// Returns the id of the job.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.control.id()
    }

    /// Returns the name of the job, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.control.name()
    }

    /// Returns the present status of the job.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        self.control.status()
    }

    /// Returns the progress that the job last reported.
    #[must_use]
    pub fn progress(&self) -> Option<Arc<Progress>> {
        self.control.progress()
    }

    /// Requests the cancellation of the job, without waiting for it. [`CancelMode`] says how the job
    /// ends.
    pub fn cancel(&self, mode: CancelMode) -> CancelStatus {
        self.control.cancel(mode)
    }

    /// Drops the type of the value, so that handles of different jobs fit into one collection.
    pub fn erase(self) -> JobHandle {
        JobHandle {
            control: self.control,
            value: None,
        }
    }
}

impl<T: Send + 'static> JobHandle<T> {
    /// Blocks the thread until the job has finished, and returns its value: the blocking counterpart
    /// of `.await`.
    ///
    /// # Errors
    ///
    /// As for the await. [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside an asynchronous
    /// job, whose thread must not block (`RT-009`).
    pub fn join_blocking(self) -> Result<T> {
        block_on_call(self.join())
    }

    async fn join(self) -> Result<T> {
        let outcome = match self.control.outcome() {
            Some(outcome) => outcome,
            None => self.control.finished().await?,
        };
        outcome.into_result()?;
        let value = match &self.value {
            Some(slot) => slot.take().await,
            None => unit().ok_or(Absent::Never),
        };
        value.map_err(|absent| match absent {
            Absent::Taken => Error::ValueTaken(self.id()),
            Absent::Never => Error::Job(missing()),
        })
    }
}

impl<T: Send + 'static> IntoFuture for JobHandle<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    /// Waits until the job has finished, and moves its value out.
    ///
    /// # Errors
    ///
    /// [`Error::Job`] if the job failed or was cancelled. [`Error::ValueTaken`] if another clone of
    /// the handle was awaited before. Otherwise as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handle. The job continues, and other handles can take the value.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.join())
    }
}

impl<T: Clone + Send + Sync + 'static> JobHandle<T> {
    /// Returns the outcome, or `None` if the job has not finished or its value was
    /// [taken](Self::into_future).
    #[must_use]
    pub fn outcome(&self) -> Option<JobOutcome<T>> {
        let outcome = self.control.outcome()?;
        self.valued(outcome)
    }

    /// Waits until the job has finished, and returns its outcome with a clone of the value. Any
    /// number of callers may wait, any number of times (`JB-006`). To move the value out, await the
    /// handle.
    ///
    /// # Errors
    ///
    /// [`Error::ValueTaken`] if a clone of the handle was awaited before.
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) inside the job itself, and inside another job
    /// if the awaited one can never get a permit (`JB-017`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the wait; the job continues.
    pub async fn wait(&self) -> Result<JobOutcome<T>> {
        let outcome = match self.control.outcome() {
            Some(outcome) => outcome,
            None => self.control.finished().await?,
        };
        let valued = self.valued(outcome);
        valued.ok_or_else(|| Error::ValueTaken(self.id()))
    }

    /// Waits as [`wait`](Self::wait) does, but no longer than `limit`. The job continues after a
    /// timeout.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] after `limit`. Otherwise as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the wait; the job continues.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<JobOutcome<T>> {
        within(limit, self.control.sleep(limit), self.wait()).await
    }

    /// Waits until the job has finished. After `limit` it requests the cancellation of the job and
    /// returns without waiting further.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] after `limit`; [`wait`](Self::wait) then returns the outcome. Otherwise as
    /// [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the wait; the job continues.
    pub async fn wait_or_cancel(&self, limit: Duration, mode: CancelMode) -> Result<JobOutcome<T>> {
        let answer = self.wait_timeout(limit).await;
        if let Err(Error::Timeout(_)) = answer {
            self.cancel(mode);
        }
        answer
    }

    /// Requests the cancellation of the job, and waits until it has finished, but no longer than
    /// `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] if the job ignores the request for `limit`. Otherwise as
    /// [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// The first poll requests the cancellation; dropping the future later stops only the wait.
    pub async fn close(&self, limit: Duration, mode: CancelMode) -> Result<JobOutcome<T>> {
        self.cancel(mode);
        self.wait_timeout(limit).await
    }

    /// Waits as [`wait`](Self::wait) does, and blocks the thread.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait). [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside an
    /// asynchronous job, whose thread must not block (`RT-009`).
    pub fn wait_blocking(&self) -> Result<JobOutcome<T>> {
        block_on_call(self.wait())
    }

    /// Adds the value of the job to its outcome. Returns `None` if the value was taken.
    fn valued(&self, outcome: JobOutcome) -> Option<JobOutcome<T>> {
        Some(match outcome {
            JobOutcome::Succeeded(()) => match self.value() {
                Ok(value) => JobOutcome::Succeeded(value),
                Err(Absent::Taken) => return None,
                Err(Absent::Never) => JobOutcome::Failed(missing()),
            },
            JobOutcome::Failed(error) => JobOutcome::Failed(error),
            JobOutcome::Cancelled(reason) => JobOutcome::Cancelled(reason),
        })
    }

    fn value(&self) -> Result<T, Absent> {
        match &self.value {
            Some(slot) => slot.get(),
            None => unit().ok_or(Absent::Never),
        }
    }
}

/// Returns the value of a handle without a slot. The type of such a value is always `()`.
fn unit<T: 'static>() -> Option<T> {
    let mut unit = Some(());
    let unit: &mut dyn Any = &mut unit;
    unit.downcast_mut::<Option<T>>()?.take()
}

/// The error for a job that succeeded without storing a value. This happens if a third-party
/// scheduler reports a success without running the body.
fn missing() -> JobError {
    JobError::Lost("its value is missing".into())
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

/// The scheduler's side of a [`JobHandle`]. Third-party schedulers implement it.
#[async_trait]
pub trait JobControl: Send + Sync + 'static {
    /// Returns the id of the job.
    fn id(&self) -> JobId;

    /// Returns the name of the job, if it has one.
    fn name(&self) -> Option<Arc<str>>;

    /// Returns the present status of the job.
    fn status(&self) -> JobStatus;

    /// Returns the outcome, or `None` if the job has not finished.
    fn outcome(&self) -> Option<JobOutcome>;

    /// Returns the progress that the job last reported.
    fn progress(&self) -> Option<Arc<Progress>> {
        None
    }

    /// Waits until the job has finished.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) if the caller would wait for itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future MUST stop nothing but the wait.
    async fn finished(&self) -> Result<JobOutcome>;

    /// Requests the cancellation of the job.
    fn cancel(&self, mode: CancelMode) -> CancelStatus;

    /// Returns a future that completes after `duration` on the clock of the scheduler.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// How to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelMode {
    /// Sends the cancellation request, and drops an asynchronous body at its next suspension after
    /// this grace. A blocking body cannot be dropped and ends only by returning.
    Graceful(Duration),
    /// Sends the cancellation request, and drops an asynchronous body at its next suspension.
    Immediate,
}

/// The effect of a cancellation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelStatus {
    /// The job was not running, and will not start.
    Prevented,
    /// The job is running and has received the request.
    Requested,
    /// The job had finished; its outcome does not change.
    TooLate,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobStatus {
    /// Waits for the instant at which it may start.
    Delayed,
    /// Waits for a permit, or for the scheduler to start or resume.
    Queued,
    /// Waits for its next attempt after a failure.
    Retrying,
    /// Has a permit and was spawned on the executor.
    Running,
    /// Runs, and has received a cancellation request.
    Cancelling,
    /// Has failed, and its error handler has not returned.
    Handling,
    /// Has finished.
    Finished,
}
