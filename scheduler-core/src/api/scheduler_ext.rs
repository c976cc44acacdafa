//! Convenience methods for every [`Scheduler`].

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

#[cfg(feature = "serde")]
use crate::{
    Conflict,
    export::{self, Exported, Imported, ScheduleDocument},
    registry::TaskRegistry,
};
use crate::{
    Error, ErrorKind, Result, Schedule, ScheduleChange, ScheduleId, ScheduleInfo, Scheduler,
    Shutdown, ShutdownReport, Task, WaitingCall,
    contract::timeout::first_of,
    job::{IntoJobResult, Job, JobContext, JobHandle, JobPolicy, Retry, Then, ValueSlot},
    trigger::Trigger,
};

/// Convenience methods, implemented for every [`Scheduler`]. Do not implement it yourself.
pub trait SchedulerExt: Scheduler {
    /// Runs a future as a job. Awaiting the handle returns the value of the future.
    ///
    /// The future returns `()` or a `Result`. An `Err` fails the job: the
    /// [error handler](crate::Options::on_error) receives the error once, and so does every waiter.
    /// For any other value use [`spawn_value`](Self::spawn_value).
    ///
    /// ```
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// let port = scheduler.spawn(async { "8080".parse::<u16>() })?.await?;
    /// assert_eq!(port, 8080);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_with(|job| job, future)
    }

    /// Runs a future as a job that succeeds with any value. Awaiting the handle returns the value.
    ///
    /// Even an `Err` counts as a success: no error handler, counter or report sees it. The job can
    /// still panic, be cancelled or be lost.
    ///
    /// ```
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// assert_eq!(scheduler.spawn_value(async { 6 * 7 })?.await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_value<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        self.spawn(Then::new(future, Ok::<T, Infallible>))
    }

    /// Runs a future as [`spawn`](Self::spawn) does; `change` sets the name, delay or policy of the
    /// job. To return a value that cannot fail, return `Ok::<_, Infallible>(value)`.
    ///
    /// ```
    /// # fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// let read = async { "17".parse::<u32>() };
    /// let number = scheduler.spawn_with(|job| job.name("read").tag("numbers"), read)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_with<F, T>(&self, change: impl FnOnce(Job) -> Job, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let slot = ValueSlot::new();
        let job = Job::valued(future, slot.clone());
        Ok(self.try_submit(change(job))?.with_value(slot))
    }

    /// Runs a future as [`spawn`](Self::spawn) does, without a permit. A job may therefore await it
    /// even when the concurrency limit is reached.
    ///
    /// The future continues when its waiters are dropped, and a shutdown waits for it, as for any job.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit), except `QueueFull`.
    #[track_caller]
    fn spawn_unlimited<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_with(
            |job| job.policy(JobPolicy::default().besides_limit()),
            future,
        )
    }

    /// Runs `function` until an attempt succeeds or `retry` allows no further one. Awaiting the
    /// handle returns the value of the successful attempt.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_retrying<F, Fut, T>(&self, retry: Retry, function: F) -> Result<JobHandle<T>>
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let slot = ValueSlot::new();
        let task = Task::valued(function, slot.clone()).retry(retry);
        Ok(self.try_submit(task.into())?.with_value(slot))
    }

    /// Runs a blocking function as a job, on a thread outside the executor. Awaiting the handle
    /// returns its value.
    ///
    /// The function returns `()` or a `Result`. An `Err` fails the job, as for
    /// [`spawn`](Self::spawn).
    ///
    /// ```
    /// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// let read = scheduler.spawn_blocking(|_| std::fs::read_to_string("Cargo.toml"))?;
    /// println!("{} bytes", read.await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_blocking<F, Out, T>(&self, function: F) -> Result<JobHandle<T>>
    where
        F: FnOnce(JobContext) -> Out + Send + 'static,
        Out: IntoJobResult<Value = T>,
        T: Send + 'static,
    {
        let slot = ValueSlot::new();
        let job = Job::blocking_valued(function, slot.clone());
        Ok(self.try_submit(job)?.with_value(slot))
    }

    /// Runs a blocking function as a job that succeeds with any value: the blocking counterpart of
    /// [`spawn_value`](Self::spawn_value).
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_blocking_value<F, T>(&self, function: F) -> Result<JobHandle<T>>
    where
        F: FnOnce(JobContext) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_blocking(|context| Ok::<T, Infallible>(function(context)))
    }

    /// Adds a schedule that runs `function` at each instant of `trigger`. Its id is generated.
    ///
    /// # Errors
    ///
    /// As [`add`](Scheduler::add).
    #[track_caller]
    fn schedule_fn<F, Fut>(&self, trigger: impl Trigger, function: F) -> Result<ScheduleId>
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        self.add(Schedule::new(trigger, Task::new(function)))
    }

    /// Replaces the trigger of a schedule. The new trigger begins to count now; an equal one changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// As [`update`](Scheduler::update).
    fn reschedule(&self, id: &ScheduleId, trigger: impl Trigger) -> Result<()> {
        self.update(id, ScheduleChange::new().trigger(trigger))
    }

    /// Returns the schedules for which `wanted` returns true, ordered by id.
    ///
    /// ```
    /// # fn demo(scheduler: &dyn scheduler_core::Scheduler) {
    /// use scheduler_core::SchedulerExt;
    ///
    /// for broken in scheduler.schedules_where(|schedule| schedule.failures > 0) {
    ///     println!("{}: {} failures", broken.id, broken.failures);
    /// }
    /// # }
    /// ```
    fn schedules_where(&self, wanted: impl Fn(&ScheduleInfo) -> bool) -> Vec<ScheduleInfo> {
        let mut schedules = self.schedules();
        schedules.retain(wanted);
        schedules
    }

    /// Returns the schedules with this tag, ordered by id.
    fn schedules_tagged(&self, tag: &str) -> Vec<ScheduleInfo> {
        self.schedules_where(|schedule| schedule.has_tag(tag))
    }

    /// Removes the schedules with this tag one after the other, and returns their ids. A schedule
    /// that ends meanwhile is skipped.
    ///
    /// # Errors
    ///
    /// As [`remove`](Scheduler::remove), except `NotFound`. The schedules before the error stay
    /// removed.
    fn remove_tagged(&self, tag: &str) -> Result<Vec<ScheduleId>> {
        let mut removed = Vec::new();
        for ScheduleInfo { id, .. } in self.schedules_tagged(tag) {
            match self.remove(&id) {
                Ok(()) => removed.push(id),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// Returns all schedules as data, with their next instants; see [`export`](crate::export).
    ///
    /// # Errors
    ///
    /// [`Error::Export`](crate::Error::Export), which names every schedule that cannot be written as
    /// data, for example because its task is a closure.
    #[cfg(feature = "serde")]
    fn export_schedules(&self) -> Result<ScheduleDocument> {
        Ok(self.export_what_can_be().complete()?)
    }

    /// Returns the schedules that can be written as data, and the ids of those that cannot.
    #[cfg(feature = "serde")]
    fn export_what_can_be(&self) -> Exported {
        export::export(&self.schedules())
    }

    /// Adds all schedules of a document or none of them, with the tasks of `registry`. They keep the
    /// next instants of the document, and paused schedules stay paused.
    ///
    /// # Errors
    ///
    /// [`Error::Import`](crate::Error::Import), which names each problem and its place in the
    /// document. Otherwise as [`add_all`](Scheduler::add_all).
    #[cfg(feature = "serde")]
    fn import_schedules(
        &self,
        document: &ScheduleDocument,
        registry: &TaskRegistry,
        conflict: Conflict,
    ) -> Result<Imported> {
        export::import(self, document, registry, conflict)
    }

    /// Waits until no job runs and none is due, or until `limit` has elapsed, and then shuts down as
    /// `then` says.
    ///
    /// Until the shutdown begins, jobs are accepted and waited for, also those that jobs submit. The
    /// report names every failure since the call.
    ///
    /// # Errors
    ///
    /// As [`wait_idle`](Scheduler::wait_idle) and [`shutdown`](Scheduler::shutdown).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future during the wait changes nothing. Once the shutdown has begun, it continues.
    fn wait_and_close(
        &self,
        limit: Duration,
        then: Shutdown,
    ) -> impl Future<Output = Result<Arc<ShutdownReport>>> + Send {
        async move {
            let _watch = self.watch_failures();
            if let Some(idle) = first_of(self.wait_idle(), self.sleep(limit)).await {
                idle.map_err(|error| match error {
                    Error::WouldDeadlock(_) => Error::WouldDeadlock(WaitingCall::WaitAndClose),
                    other => other,
                })?;
            }
            self.shutdown(then).await
        }
    }

    /// Starts the scheduler, awaits `body`, and then [waits and closes](Self::wait_and_close). The
    /// report names every failure.
    ///
    /// If the future is dropped or `body` panics, an immediate shutdown begins.
    ///
    /// # Errors
    ///
    /// As [`start`](Scheduler::start) and [`wait_and_close`](Self::wait_and_close).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `body` and begins the shutdown.
    fn run_scoped<F: Future<Output: Send> + Send>(
        &self,
        limit: Duration,
        body: F,
    ) -> impl Future<Output = Result<(F::Output, Arc<ShutdownReport>)>> + Send {
        async move {
            // Armed before the start, which continues even if this future is dropped meanwhile.
            let mut end = EndOfScope(Some(self));
            let _watch = self.watch_failures();
            self.start().await.inspect_err(|_| end.0 = None)?;
            let answer = body.await;
            let report = self
                .wait_and_close(limit, Shutdown::drain_within(Duration::ZERO))
                .await?;
            drop(end);
            Ok((answer, report))
        }
    }
}

impl<S: Scheduler + ?Sized> SchedulerExt for S {}

/// Drop guard that shuts the scheduler down. It has no effect after an orderly shutdown.
struct EndOfScope<'a, S: Scheduler + ?Sized>(Option<&'a S>);

impl<S: Scheduler + ?Sized> Drop for EndOfScope<'_, S> {
    fn drop(&mut self) {
        if let Some(scheduler) = self.0 {
            drop(scheduler.request_shutdown(Shutdown::immediate()));
        }
    }
}
