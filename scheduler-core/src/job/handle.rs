//! A job, seen from outside: wait for it, ask about it, cancel it.

use std::{any::Any, fmt, future::IntoFuture, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{
    JobError, JobId, JobOutcome, Progress,
    slot::{Absent, ValueSlot},
};
use crate::{BoxFuture, Error, Result, blocking, within::within};

/// A job that was accepted.
///
/// Awaiting the handle gives the value of the job, or the error with which it ended. The value is
/// moved out: it needs neither `Clone` nor `Sync`, and one await gets it.
///
/// [`wait`](Self::wait) borrows the handle: any number of clones may wait, on any thread and in any
/// runtime, and all get the same outcome. Dropping the last handle detaches the job: it runs on
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
#[must_use = "dropping the handle detaches the job; use `post` if nobody is to wait for it"]
pub struct JobHandle<T = ()> {
    control: Arc<dyn JobControl>,
    value: Option<ValueSlot<T>>,
}

impl JobHandle {
    /// A handle to a job of somebody else's scheduler: for those who implement one.
    pub fn new(control: Arc<dyn JobControl>) -> Self {
        Self {
            control,
            value: None,
        }
    }

    /// The same handle, with the slot into which the job puts its value before it ends: none if
    /// that is `()`.
    pub(crate) fn with_value<T>(self, value: Option<ValueSlot<T>>) -> JobHandle<T> {
        JobHandle {
            control: self.control,
            value,
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

impl<T: Send + 'static> JobHandle<T> {
    /// Blocks a plain thread until the job has ended, and takes its value: what `.await` does, for
    /// programs without `async`.
    ///
    /// # Errors
    ///
    /// As for the await; [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside any
    /// asynchronous job, whose thread must not block (`RT-009`).
    pub fn join_blocking(self) -> Result<T> {
        blocking::wait(self.join())
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

    /// Waits until the job has ended, and takes its value.
    ///
    /// # Errors
    ///
    /// [`Error::Job`] with the error of a job that failed or was cancelled; [`Error::ValueTaken`] if
    /// another clone of the handle was awaited before; else as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handle. The job runs on, and its value stays where other
    /// handles find it.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.join())
    }
}

impl<T: Clone + Send + Sync + 'static> JobHandle<T> {
    /// The outcome, if the job has ended and nobody has [taken](Self::into_future) its value.
    #[must_use]
    pub fn outcome(&self) -> Option<JobOutcome<T>> {
        let outcome = self.control.outcome()?;
        self.valued(outcome)
    }

    /// Waits until the job has ended, however often and by however many (`JB-006`). Each gets a
    /// clone of the value; to take the value itself, await the handle.
    ///
    /// # Errors
    ///
    /// [`Error::ValueTaken`] if a clone of the handle was awaited before.
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) inside the job itself, and inside a job
    /// while the awaited one can never get a permit (`JB-017`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting: the job runs on.
    pub async fn wait(&self) -> Result<JobOutcome<T>> {
        let outcome = match self.control.outcome() {
            Some(outcome) => outcome,
            None => self.control.finished().await?,
        };
        let valued = self.valued(outcome);
        valued.ok_or_else(|| Error::ValueTaken(self.id()))
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
    /// As [`wait`](Self::wait); [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside any
    /// asynchronous job, whose thread must not block (`RT-009`).
    pub fn wait_blocking(&self) -> Result<JobOutcome<T>> {
        blocking::wait(self.wait())
    }

    /// The outcome with the value of the job; `None` if somebody has taken that.
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

/// The value of a handle without a slot: `()`, the only type that such a handle has.
fn unit<T: 'static>() -> Option<T> {
    let mut unit = Some(());
    let unit: &mut dyn Any = &mut unit;
    unit.downcast_mut::<Option<T>>()?.take()
}

/// What a job came to that is said to have succeeded, and has left no value: something between the
/// handle and the job has not run it.
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
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) if the caller is what it would wait for.
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
