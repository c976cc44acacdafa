//! Waits for a job: for its value, or for its outcome.

use std::{any::Any, future::IntoFuture, time::Duration};

use super::JobHandle;
use crate::{
    BoxFuture, Error, Result,
    contract::timeout::within,
    job::{CancelMode, JobError, JobOutcome, caller::block_on_call, slot::Absent},
};

impl<T: Send + 'static> JobHandle<T> {
    /// Blocks the thread until the job has finished, and returns its value: the blocking counterpart
    /// of `.await`.
    ///
    /// ```
    /// use scheduler_core::{Error, SchedulerExt};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let port = scheduler.spawn(async { "8080".parse::<u16>() })?;
    /// assert_eq!(port.join_blocking()?, 8080);
    ///
    /// let port = scheduler.spawn(async { "http".parse::<u16>() })?;
    /// assert!(matches!(port.join_blocking(), Err(Error::Job(_))));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `.await`, and [`WouldDeadlock`](crate::Error::WouldDeadlock) inside any asynchronous
    /// job, because its thread must not block (`RT-009`).
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
    ///
    /// ```
    /// use scheduler_core::SchedulerExt;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let answer = scheduler.spawn_value(async { 42 })?;
    /// answer.wait_blocking()?;
    /// assert_eq!(answer.outcome().and_then(|outcome| outcome.ok()), Some(42));
    ///
    /// let endless = scheduler.spawn(std::future::pending::<()>())?;
    /// assert!(endless.outcome().is_none());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outcome(&self) -> Option<JobOutcome<T>> {
        let outcome = self.control.outcome()?;
        self.valued(outcome)
    }

    /// Waits until the job has finished, and returns its outcome with a clone of the value. Any
    /// number of callers may wait, any number of times (`JB-006`). To move the value out, await the
    /// handle.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let job = scheduler.spawn_value(async { 42 })?;
    /// let other = job.clone();
    /// // Any number of waiters, each with a copy of the value.
    /// assert_eq!(job.wait().await?.ok(), Some(42));
    /// assert_eq!(other.wait().await?.ok(), Some(42));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{ErrorKind, Scheduler, SchedulerExt, job::JobStatus};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let job = scheduler.spawn(std::future::pending::<()>())?;
    /// let late = job.wait_timeout(Duration::from_millis(1)).await.unwrap_err();
    /// assert_eq!(late.kind(), ErrorKind::Timeout);
    /// assert_ne!(job.status(), JobStatus::Finished, "it continues");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Scheduler, SchedulerExt, job::{CancelMode, OutcomeKind}};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let job = scheduler.spawn(std::future::pending::<()>())?;
    /// let late = job.wait_or_cancel(Duration::from_millis(1), CancelMode::Immediate).await;
    /// assert!(late.is_err());
    /// assert_eq!(job.wait().await?.kind(), OutcomeKind::Cancelled);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Scheduler, SchedulerExt, job::{CancelMode, OutcomeKind}};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let job = scheduler.spawn(std::future::pending::<()>())?;
    /// let outcome = job.close(Duration::from_secs(5), CancelMode::Immediate).await?;
    /// assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use scheduler_core::{JobOutcome, SchedulerExt};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.spawn_blocking(|_| std::fs::read("no such file"))?;
    /// assert!(matches!(job.wait_blocking()?, JobOutcome::Failed(_)));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`wait`](Self::wait), and [`WouldDeadlock`](crate::Error::WouldDeadlock) inside any
    /// asynchronous job, because its thread must not block (`RT-009`).
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

/// Returns the error for a job that succeeded without storing a value. This happens if a third-party
/// scheduler reports a success without running the body.
fn missing() -> JobError {
    JobError::Lost("its value is missing".into())
}
