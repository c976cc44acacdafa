//! What every scheduler can do on top of its interface.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

#[cfg(feature = "serde")]
use crate::{
    Conflict,
    export::{self, Exported, Imported, ScheduleDocument},
    registry::TaskRegistry,
};
use crate::{
    ErrorKind, Result, Schedule, ScheduleChange, ScheduleId, ScheduleInfo, Scheduler, Shutdown,
    ShutdownReport, Task,
    job::{IntoJobResult, Job, JobContext, JobHandle, JobPolicy, Retry, Then, ValueSlot},
    panic::Contained,
    trigger::Trigger,
    within::first_of,
};

/// Shorthands, for everything that is a [`Scheduler`]. Not meant to be implemented.
pub trait SchedulerExt: Scheduler {
    /// Runs a future as a job and keeps its value for whoever waits.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn<F>(&self, future: F) -> Result<JobHandle<F::Output>>
    where
        F: Future<Output: Send + Sync + 'static> + Send + 'static,
    {
        self.spawn_with(|job| job, future)
    }

    /// As [`spawn`](Self::spawn) for a job that `change` gives a name, a delay or a policy.
    ///
    /// ```
    /// # fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
    /// use scheduler_core::SchedulerExt;
    ///
    /// let sum = scheduler.spawn_with(|job| job.named("sum").tag("maths"), async { 1 + 1 })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_with<F>(
        &self,
        change: impl FnOnce(Job) -> Job,
        future: F,
    ) -> Result<JobHandle<F::Output>>
    where
        F: Future<Output: Send + Sync + 'static> + Send + 'static,
    {
        let (slot, value) = value_slot();
        let job = Job::future(Then::new(future, slot));
        Ok(self.try_submit(change(job))?.with_value(value))
    }

    /// Runs a future that nothing must interrupt: it goes on when whoever waits for it is dropped,
    /// and a shutdown waits for it like for any job. It needs no permit, so that a job may wait for
    /// one even at the limit.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit), except `QueueFull`.
    #[track_caller]
    fn shield<F>(&self, future: F) -> Result<JobHandle<F::Output>>
    where
        F: Future<Output: Send + Sync + 'static> + Send + 'static,
    {
        self.spawn_with(
            |job| job.policy(JobPolicy::default().besides_limit()),
            future,
        )
    }

    /// Runs `function` until an attempt succeeds or `retry` gives up, and keeps the value for
    /// whoever waits.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_retrying<F, Fut, T, E>(&self, retry: Retry, function: F) -> Result<JobHandle<T>>
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let value = Arc::new(OnceLock::new());
        let filled = value.clone();
        let attempt = move |context| {
            let (attempt, filled) = (function(context), filled.clone());
            async move { attempt.await.map(|value| fill(filled, value)) }
        };
        let task = Task::new(attempt).retry(retry);
        Ok(self.try_submit(task.into())?.with_value(value))
    }

    /// As [`spawn`](Self::spawn) for a future that may fail: its error is the job's failure.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_fallible<F, T, E>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let (slot, value) = value_slot();
        let job = Job::future(Then::new(future, |answer: std::result::Result<T, E>| {
            answer.map(slot)
        }));
        Ok(self.try_submit(job)?.with_value(value))
    }

    /// Runs a function that blocks as a job and keeps its value for whoever waits.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_blocking<F, T>(&self, function: F) -> Result<JobHandle<T>>
    where
        F: FnOnce(JobContext) -> T + Send + 'static,
        T: Send + Sync + 'static,
    {
        let (slot, value) = value_slot();
        let job = Job::blocking(move |context| slot(function(context)));
        Ok(self.try_submit(job)?.with_value(value))
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
                idle?;
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

/// A slot for a job's value: the end that fills it and the end that is read.
fn value_slot<T: Send + Sync + 'static>() -> (impl FnOnce(T) + Send, ValueSlot<T>) {
    let slot = Arc::new(OnceLock::new());
    let filled = slot.clone();
    (move |value| fill(slot, value), filled)
}

/// A value that nobody will ask for ends here: the job has ended well all the same.
fn fill<T>(slot: ValueSlot<T>, value: T) {
    drop(slot.set(Contained::new(value)));
    drop(slot);
}
