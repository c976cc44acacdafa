//! What every scheduler can do on top of its interface.

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
    job::{IntoJobResult, Job, JobContext, JobHandle, JobPolicy, Retry, Then, ValueSlot},
    trigger::Trigger,
    within::first_of,
};

/// Shorthands, for everything that is a [`Scheduler`]. Not meant to be implemented.
pub trait SchedulerExt: Scheduler {
    /// Runs a future as a job: the handle gives its value.
    ///
    /// The future ends with `()` or with a `Result`. An `Err` is the failure of the job: it goes to
    /// the [error handler](crate::Options::on_error) once, and to everybody who waits. For a value
    /// that cannot fail there is [`spawn_value`](Self::spawn_value).
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

    /// Runs a future as a job that never fails: whatever it ends with is the value of the handle,
    /// and the job has succeeded. An `Err` is a value like any other here, of which no error
    /// handler, count or report hears. The job can still panic, be cancelled or be lost.
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

    /// As [`spawn`](Self::spawn) for a job that `change` gives a name, a delay or a policy. A value
    /// that cannot fail is `Ok::<_, Infallible>(value)`.
    ///
    /// ```
    /// # fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// let read = async { "17".parse::<u32>() };
    /// let number = scheduler.spawn_with(|job| job.named("read").tag("numbers"), read)?;
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

    /// Runs a future that nothing must interrupt: it goes on when whoever waits for it is dropped,
    /// and a shutdown waits for it like for any job. It needs no permit, so that a job may wait for
    /// one even at the limit. It ends as that of [`spawn`](Self::spawn) does.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit), except `QueueFull`.
    #[track_caller]
    fn shield<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_with(
            |job| job.policy(JobPolicy::default().besides_limit()),
            future,
        )
    }

    /// Runs `function` until an attempt succeeds or `retry` gives up: the handle gives the value of
    /// the attempt that succeeded.
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

    /// Runs a function that blocks as a job, beside the executor: the handle gives its value.
    ///
    /// The function returns `()` or a `Result`, whose `Err` is the failure of the job, as for
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

    /// Runs a function that blocks as a job that never fails, as [`spawn_value`](Self::spawn_value)
    /// does with a future.
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

    /// Adds a schedule that runs `function` whenever `trigger` is due, under a number as its id.
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

    /// Gives a schedule another trigger, that counts from now; everything else stays. An equal one
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// As [`update`](Scheduler::update).
    fn reschedule(&self, id: &ScheduleId, trigger: impl Trigger) -> Result<()> {
        self.update(id, ScheduleChange::new().trigger(trigger))
    }

    /// The schedules that `wanted` says yes to, by id.
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

    /// The schedules that have this tag, by id.
    fn schedules_tagged(&self, tag: &str) -> Vec<ScheduleInfo> {
        self.schedules_where(|schedule| schedule.has_tag(tag))
    }

    /// Removes the schedules that have this tag, one after the other, and answers which. One that
    /// goes by itself meanwhile is passed over.
    ///
    /// # Errors
    ///
    /// As [`remove`](Scheduler::remove), except `NotFound`; those before are removed then.
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

    /// All schedules as data, with where they stand; see [`export`](crate::export).
    ///
    /// # Errors
    ///
    /// [`Error::Export`](crate::Error::Export), which names every schedule that cannot be data, such
    /// as one whose task is a closure.
    #[cfg(feature = "serde")]
    fn export_schedules(&self) -> Result<ScheduleDocument> {
        Ok(self.export_what_can_be().complete()?)
    }

    /// The schedules that can be data, and the names of those that cannot.
    #[cfg(feature = "serde")]
    fn export_what_can_be(&self) -> Exported {
        export::export(&self.schedules())
    }

    /// Adds the schedules of a document, all of them or none, with tasks of `registry`. They wait for
    /// the instants that the document says, and paused ones stay paused.
    ///
    /// # Errors
    ///
    /// [`Error::Import`](crate::Error::Import) with all that is wrong and where; else as
    /// [`add_all`](Scheduler::add_all).
    #[cfg(feature = "serde")]
    fn import_schedules(
        &self,
        document: &ScheduleDocument,
        registry: &TaskRegistry,
        conflict: Conflict,
    ) -> Result<Imported> {
        export::import(self, document, registry, conflict)
    }

    /// Waits until nothing runs and nothing is due, at most `limit` long, then shuts down as `then`
    /// says. Meanwhile jobs are still taken, and waited for as well: also those that jobs submit.
    /// What fails from the call on is in the report.
    ///
    /// # Errors
    ///
    /// As [`wait_idle`](Scheduler::wait_idle) and [`shutdown`](Scheduler::shutdown).
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits, it has changed nothing; afterwards the shutdown goes on.
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

    /// Starts the scheduler for as long as `body` takes, then [waits and
    /// closes](Self::wait_and_close); the report tells of all that has failed. If the future is dropped, or `body` panics, the scheduler is
    /// told to shut down at once.
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
            // Before the start: that goes on by itself if it is dropped while it waits.
            let mut end = EndOfScope(Some(self));
            let _watch = self.watch_failures();
            self.start().await.inspect_err(|_| end.0 = None)?;
            let answer = body.await;
            let report = self
                .wait_and_close(limit, Shutdown::within(Duration::ZERO))
                .await?;
            drop(end);
            Ok((answer, report))
        }
    }
}

impl<S: Scheduler + ?Sized> SchedulerExt for S {}

/// Shuts the scheduler down when dropped: too late to matter if that has been done.
struct EndOfScope<'a, S: Scheduler + ?Sized>(Option<&'a S>);

impl<S: Scheduler + ?Sized> Drop for EndOfScope<'_, S> {
    fn drop(&mut self) {
        if let Some(scheduler) = self.0 {
            drop(scheduler.request_shutdown(Shutdown::now()));
        }
    }
}
