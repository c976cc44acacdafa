//! Convenience methods for every [`Scheduler`].

use std::{convert::Infallible, future::Future, ops::RangeInclusive, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

#[cfg(feature = "serde")]
use crate::{
    Conflict,
    export::{self, Exported, Imported, ScheduleDocument},
    registry::TaskRegistry,
};
use crate::{
    Error, ErrorKind, Result, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo, Scheduler,
    Shutdown, ShutdownReport, Task, WaitingCall,
    api::{overview::Overview, timetable::Timetable},
    contract::timeout::first_of,
    job::{
        IntoJobResult, Job, JobContext, JobHandle, JobId, JobInfo, JobPolicy, Retry, Then,
        ValueSlot, ValuedJob,
    },
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
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let port = scheduler.spawn(async { "8080".parse::<u16>() })?.await?;
    /// assert_eq!(port, 8080);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
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
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// assert_eq!(scheduler.spawn_value(async { 6 * 7 })?.await?, 42);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
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
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let read = async { "17".parse::<u32>() };
    /// let number = scheduler.spawn_with(|job| job.name("read").tag("numbers"), read)?;
    /// assert_eq!(number.name().as_deref(), Some("read"));
    /// assert_eq!(number.await?, 17);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
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
    /// ```
    /// use scheduler_core::{Options, Scheduler, SchedulerExt, Shutdown};
    /// # scheduler_core::implement::block_on(async {
    ///
    /// let options = Options::default().max_concurrent_jobs(1);
    /// let scheduler = backend_thread::ThreadScheduler::with_options(Default::default(), options)?;
    /// scheduler.start().await?;
    /// let own = scheduler.clone();
    /// let outer = async move { own.spawn_unlimited(async { Ok::<_, std::fmt::Error>(7) })?.await };
    /// assert_eq!(scheduler.spawn(outer)?.await?, 7);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit), except `QueueFull`.
    #[track_caller]
    fn spawn_unlimited<F, T>(&self, future: F) -> Result<JobHandle<T>>
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_with(|job| job.policy(JobPolicy::default().unlimited()), future)
    }

    /// Runs `function` until an attempt succeeds or `retry` allows no further one. Awaiting the
    /// handle returns the value of the successful attempt.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown, job::Retry};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let thrice = Retry::fixed(3, std::time::Duration::ZERO);
    /// let attempts = scheduler.spawn_retrying(thrice, |job| async move {
    ///     if job.attempt() < 3 { Err("not yet") } else { Ok(job.attempt()) }
    /// })?;
    /// assert_eq!(attempts.await?, 3);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_retrying<F, Fut, T>(&self, retry: Retry, function: F) -> Result<JobHandle<T>>
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let slot = ValueSlot::new();
        let task = Task::with_slot(function, slot.clone()).retry(retry);
        Ok(self.try_submit(task.into())?.with_value(slot))
    }

    /// Runs a blocking function as a job, on a thread outside the executor. Awaiting the handle
    /// returns its value.
    ///
    /// The function returns `()` or a `Result`. An `Err` fails the job, as for
    /// [`spawn`](Self::spawn).
    ///
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let read = scheduler.spawn_blocking(|_| std::fs::read_to_string("Cargo.toml"))?;
    /// assert!(read.await?.contains("[package]"));
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
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
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let sum = scheduler.spawn_blocking_value(|_| (1..=100).sum::<u32>())?;
    /// assert_eq!(sum.await?, 5_050);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
    #[track_caller]
    fn spawn_blocking_value<F, T>(&self, function: F) -> Result<JobHandle<T>>
    where
        F: FnOnce(JobContext) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_blocking(|context| Ok::<T, Infallible>(function(context)))
    }

    /// Submits a job whose handle returns its value. If the queue is full, waits for a slot as
    /// [`submit`](Scheduler::submit) does.
    ///
    /// ```
    /// use scheduler_core::{Scheduler, SchedulerExt, Shutdown, job::ValuedJob};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let port = ValuedJob::future(async { "8080".parse::<u16>() });
    /// assert_eq!(scheduler.submit_valued(port).await?.await?, 8080);
    /// # scheduler.shutdown(Shutdown::graceful()).await?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`submit`](Scheduler::submit).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the job is dropped without being submitted.
    fn submit_valued<T: Send + 'static>(
        &self,
        job: ValuedJob<T>,
    ) -> impl Future<Output = Result<JobHandle<T>>> + Send {
        let (job, slot) = job.into_parts();
        async move { Ok(self.submit(job).await?.with_value(slot)) }
    }

    /// Submits a job whose handle returns its value, without waiting.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Options, SchedulerExt, job::ValuedJob};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue_limit(1);
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// let port = || ValuedJob::future(async { "8080".parse::<u16>() });
    /// scheduler.try_submit_valued(port())?;
    /// let full = scheduler.try_submit_valued(port()).unwrap_err();
    /// assert_eq!(full.kind(), ErrorKind::QueueFull);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`try_submit`](Scheduler::try_submit).
    fn try_submit_valued<T: Send + 'static>(&self, job: ValuedJob<T>) -> Result<JobHandle<T>> {
        let (job, slot) = job.into_parts();
        Ok(self.try_submit(job)?.with_value(slot))
    }

    /// Returns the state of the job with this id. `None` if it has finished or never existed.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler, SchedulerExt};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let id = scheduler.post(Job::future(async {}).name("mail"))?;
    /// let job = scheduler.job(id).expect("it has not started");
    /// assert_eq!(job.name.as_deref(), Some("mail"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn job(&self, id: JobId) -> Option<JobInfo> {
        self.handle(id)?.info()
    }

    /// Adds a schedule. It becomes due from now on, or from the start. If its id exists, its
    /// [`Conflict`](crate::Conflict) policy decides.
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mornings = Cron::parse("0 9 * * Mon-Fri")?;
    /// let report = scheduler.add(Schedule::new(mornings, Task::new(|_| async {})).id("report"))?;
    /// assert_eq!(report.id().as_str(), "report");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `DuplicateId` or `ShutDown`. `InvalidConfig` if its settings contradict each other.
    fn add(&self, schedule: Schedule) -> Result<ScheduleHandle> {
        let id = self.schedule_control().add(schedule)?;
        Ok(self.schedule(&id))
    }

    /// Adds a schedule that runs `function` at each instant of `trigger`. Its id is generated.
    ///
    /// ```
    /// use scheduler_core::{SchedulerExt, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let report = scheduler.schedule_fn(Cron::parse("@daily")?, |_| async { println!("done") })?;
    /// assert_eq!(report.next_times(3)?.len(), 3);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`add`](Self::add).
    #[track_caller]
    fn schedule_fn<F, Fut>(&self, trigger: impl Trigger, function: F) -> Result<ScheduleHandle>
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        self.add(Schedule::new(trigger, Task::new(function)))
    }

    /// Returns the schedules for which `wanted` returns true, ordered by id.
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = |id: &str| {
    ///     let midnight = Cron::parse("@daily")?;
    ///     Ok::<_, scheduler_core::Error>(Schedule::new(midnight, Task::new(|_| async {})).id(id))
    /// };
    /// scheduler.add(daily("mail")?)?;
    /// scheduler.add(daily("report")?.paused("not yet"))?;
    /// let paused = scheduler.schedules_where(|schedule| schedule.is_paused());
    /// assert_eq!(paused.len(), 1);
    /// assert_eq!(paused[0].id.as_str(), "report");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn schedules_where(&self, wanted: impl Fn(&ScheduleInfo) -> bool) -> Vec<ScheduleInfo> {
        let mut schedules = self.schedules();
        schedules.retain(wanted);
        schedules
    }

    /// Returns the schedules with this tag, ordered by id.
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report").tag("sales"))?;
    /// assert_eq!(scheduler.schedules_tagged("sales")[0].id.as_str(), "report");
    /// assert!(scheduler.schedules_tagged("mail").is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn schedules_tagged(&self, tag: &str) -> Vec<ScheduleInfo> {
        self.schedules_where(|schedule| schedule.has_tag(tag))
    }

    /// Removes the schedules with this tag one after the other, and returns their ids. A schedule
    /// that ends meanwhile is skipped.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report").tag("sales"))?;
    /// assert_eq!(scheduler.remove_tagged("sales")?, ["report".into()]);
    /// assert!(scheduler.schedules().is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`ScheduleHandle::remove`], except `NotFound`. The schedules before the error stay
    /// removed.
    fn remove_tagged(&self, tag: &str) -> Result<Vec<ScheduleId>> {
        let mut removed = Vec::new();
        for ScheduleInfo { id, .. } in self.schedules_tagged(tag) {
            match self.schedule(&id).remove() {
                Ok(()) => removed.push(id),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// Removes every schedule, and returns their ids. No instant becomes due meanwhile, and no run begins
    /// once the call has returned (`SC-028`). Running jobs continue.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// assert_eq!(scheduler.remove_all()?, ["report".into()]);
    /// assert!(scheduler.schedules().is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `ShutDown`.
    fn remove_all(&self) -> Result<Vec<ScheduleId>> {
        self.schedule_control().remove_all()
    }

    /// Returns the schedules and jobs at the time of the call. Its [`Display`](std::fmt::Display) is a table
    /// of each.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// println!("{}", scheduler.overview());
    /// assert!(scheduler.overview().to_string().contains("report"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    fn overview(&self) -> Overview {
        Overview {
            schedules: self.schedules(),
            jobs: self.jobs(),
        }
    }

    /// Returns the instants of all schedules in `range`, both ends included, in order: when work is due, past or
    /// future.
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// for (id, rule) in [("backup", "0 3 * * *"), ("report", "0 3 * * MON")] {
    ///     scheduler.add(Schedule::new(Cron::parse(rule)?, Task::new(|_| async {})).id(id))?;
    /// }
    /// let week = "2026-01-05T00:00:00Z".parse()?..="2026-01-11T23:59:59Z".parse()?;
    /// let due: Vec<_> = scheduler.timetable(week)?.collect();
    /// assert_eq!(due.len(), 8);
    /// assert_eq!(due[0].0, due[1].0, "both are due on Monday at three");
    /// assert_eq!((due[0].1.as_str(), due[1].1.as_str()), ("backup", "report"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidConfig` if the range ends before it begins.
    fn timetable(&self, range: RangeInclusive<DateTime<Utc>>) -> Result<Timetable> {
        Timetable::of(self, range)
    }

    /// Returns all schedules as data, with their next instants; see [`export`](crate::export).
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// let refused = scheduler.export_schedules().unwrap_err();
    /// assert!(refused.to_string().contains("report"), "a closure is not data");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
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
    ///
    /// ```
    /// use scheduler_core::{Schedule, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// scheduler.add(daily.id("report"))?;
    /// let exported = scheduler.export_what_can_be();
    /// assert!(exported.document.schedules.is_empty());
    /// assert_eq!(exported.left_out[0].schedule.as_str(), "report");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[cfg(feature = "serde")]
    fn export_what_can_be(&self) -> Exported {
        export::export(&self.schedules())
    }

    /// Adds all schedules of a document or none of them, with the tasks of `registry`. They keep the
    /// next instants of the document, and paused schedules stay paused.
    ///
    /// ```
    /// use scheduler_core::{
    ///     Scheduler, SchedulerExt, registry::TaskRegistry, schedule::Conflict, trigger::Cron,
    /// };
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut tasks = TaskRegistry::new();
    /// tasks.register("mail", |_, to: String| async move { println!("to {to}") })?;
    /// let daily = tasks.schedule(Cron::parse("@daily")?, "mail", "ops@example.org")?;
    /// scheduler.add(daily.id("mail"))?;
    /// let document = scheduler.export_schedules()?;
    ///
    /// let other = backend_thread::ThreadScheduler::new(Default::default());
    /// let imported = other.import_schedules(&document, &tasks, Conflict::Refuse)?;
    /// assert_eq!(imported.added, ["mail".into()]);
    /// assert_eq!(other.schedules().len(), 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
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
    /// ```
    /// use scheduler_core::{Job, Scheduler, SchedulerExt, Shutdown};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    ///
    /// scheduler.start().await?;
    /// scheduler.post(Job::future(async {}))?;
    /// let minute = std::time::Duration::from_secs(60);
    /// scheduler.wait_and_close(minute, Shutdown::graceful()).await?;
    /// assert_eq!(scheduler.metrics().succeeded, 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`wait_idle`](Scheduler::wait_idle) and [`shutdown`](Scheduler::shutdown).
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
    /// ```
    /// use scheduler_core::{SchedulerExt};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    ///
    /// let minute = std::time::Duration::from_secs(60);
    /// let body = async { scheduler.spawn_value(async { 6 * 7 })?.await };
    /// let (answer, report) = scheduler.run_scoped(minute, body).await?;
    /// assert_eq!(answer?, 42);
    /// assert!(report.failed.is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// # })?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Scheduler::start) and [`wait_and_close`](Self::wait_and_close).
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
