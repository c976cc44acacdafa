//! [`JobContext`]: the argument of a job's body.

mod waits;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{JobCell, JobControl, JobId, JobValue, Progress};
use crate::{BackfillId, RunCause, ScheduleId, Scheduler, Span, queue::DEFAULT};

/// The argument of a job's body: its id, nominal time, labels and cancellation request.
///
/// ```
/// use scheduler_core::Task;
///
/// let polite = Task::new(|job| async move {
///     while !job.is_cancelled() {
///         job.sleep(std::time::Duration::from_secs(1)).await;
///     }
/// });
/// ```
#[derive(Debug, Clone)]
pub struct JobContext {
    cell: Arc<JobCell>,
    attempt: u32,
}

impl JobContext {
    pub(crate) fn new(cell: Arc<JobCell>) -> Self {
        let attempt = cell.attempt();
        Self { cell, attempt }
    }

    /// Returns the id of the job.
    ///
    /// ```
    /// use scheduler_core::{Job, SchedulerExt};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.submit(Job::new(|job| async move {
    ///     println!("[{}] begins", job.id());
    /// }))?;
    /// job.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> JobId {
        self.cell.id()
    }

    /// Returns the name of the job, if it has one.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let body = |job: scheduler_core::JobContext| async move {
    ///     assert_eq!(job.name().as_deref(), Some("mail"));
    /// };
    /// scheduler.submit(Job::new(body).name("mail"))?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.name()
    }

    /// Returns the name of the queue of the job.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert_eq!(job.queue(), "default") });
    /// scheduler.submit(job)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn queue(&self) -> &str {
        let queue = self
            .cell
            .policy()
            .and_then(|policy| policy.queue.as_deref());
        queue.unwrap_or(DEFAULT)
    }

    /// Returns the id of the schedule that runs the job; `None` for a submitted job.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert!(job.schedule().is_none(), "it was submitted") });
    /// scheduler.submit(job)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn schedule(&self) -> Option<&ScheduleId> {
        self.cell.schedule()
    }

    /// Returns the nominal time in UTC, regardless of how late the job runs. For a run of a schedule
    /// it is the instant of the trigger, for a submitted job the instant at which it could start.
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // A report about the day before the instant that the run is for, however late it starts.
    /// let report = Job::new(|job| async move {
    ///     let day = (job.nominal() - TimeDelta::days(1)).date_naive();
    ///     println!("totals of {day}");
    /// });
    /// scheduler.submit(report)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn nominal(&self) -> DateTime<Utc> {
        self.cell.nominal()
    }

    /// Returns why the schedule runs the job; `None` for a submitted job.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert_eq!(job.cause(), None, "no run of a schedule") });
    /// scheduler.submit(job)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cause(&self) -> Option<RunCause> {
        Some(self.cell.run()?.cause)
    }

    /// Returns the range and number of the missed instants that this run replaces (`MF-004`). `None`
    /// if the run is for one instant only.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, Trigger, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let (sender, covered) = std::sync::mpsc::channel();
    /// let task = Task::new(move |job| {
    ///     sender.send(job.covers()).ok();
    ///     async {}
    /// });
    /// // The last run was three hours ago; by default one run replaces those that are missing.
    /// let hourly = Cron::parse("@hourly")?;
    /// let next = hourly.prev_before(Utc::now() - TimeDelta::hours(3)).expect("an earlier hour");
    /// scheduler.add(Schedule::new(hourly, task).waiting_for(next))?;
    /// let span = covered.recv()?.expect("it replaces several");
    /// assert!(span.from == next && span.count.known() >= 3);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn covers(&self) -> Option<Span> {
        self.cell.run()?.covers
    }

    /// Returns the id of the backfill that runs the job, if any.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let (sender, runs) = std::sync::mpsc::channel();
    /// let task = Task::new(move |job| {
    ///     sender.send(job.backfill()).ok();
    ///     async {}
    /// });
    /// let daily = scheduler.add(Schedule::new(Cron::parse("@daily")?, task))?;
    /// let backfill = daily.backfill(Backfill::new(week))?;
    /// assert_eq!(runs.recv()?, Some(backfill.id()));
    /// daily.run_now()?.join_blocking()?;
    /// assert!(runs.iter().take(7).any(|run| run.is_none()));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn backfill(&self) -> Option<BackfillId> {
        self.cell.run()?.backfill
    }

    /// Returns the number of this attempt, counted from 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let third_time_lucky = Task::new(|job| async move {
    ///     if job.attempt() < 3 { Err("no answer") } else { Ok(()) }
    /// });
    /// let job = Job::from(third_time_lucky.retry(Retry::fixed(3, Duration::ZERO)));
    /// assert!(scheduler.submit(job)?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns whether the job has this tag.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert!(job.has_tag("mail") && !job.has_tag("night")) });
    /// scheduler.submit(job.tag("mail"))?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.cell.policy().is_some_and(|policy| policy.has_tag(tag))
    }

    /// Returns the tags of the job.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert!(job.tags().eq(["mail", "night"])) });
    /// scheduler.submit(job.tag("mail").tag("night"))?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let policy = self.cell.policy();
        policy
            .into_iter()
            .flat_map(|policy| policy.tags.iter().map(|tag| &**tag))
    }

    /// Returns the metadata value of the job under `key`.
    ///
    /// ```
    /// use scheduler_core::{Job, job::JobPolicy};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move {
    ///     assert_eq!(job.metadata("tenant"), Some("acme"));
    ///     assert_eq!(job.metadata("region"), None);
    /// });
    /// let policy = JobPolicy::default().metadata("tenant", "acme");
    /// scheduler.submit(job.policy(policy))?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.cell.policy()?.metadata.get(key).map(|value| &**value)
    }

    /// Reports progress. [`JobInfo`](super::JobInfo), the handle and an event show it.
    ///
    /// ```
    /// use scheduler_core::Task;
    ///
    /// let task = Task::new(|job| async move {
    ///     for step in 1..=10 {
    ///         job.report_progress(f64::from(step) / 10.0, format!("step {step}"));
    ///     }
    /// });
    /// ```
    pub fn report_progress(&self, fraction: f64, text: impl Into<Arc<str>>) {
        self.cell.report(&Arc::new(Progress::new(fraction, text)));
    }

    /// Hands the value of the job to its scheduler, if the policy asks for a kept result.
    pub(crate) fn keep_value(&self, value: impl FnOnce() -> JobValue) {
        let policy = self.cell.policy();
        let keeps = policy.is_some_and(|policy| policy.keep_result.is_some());
        // Made in any case: it contains a panic of the destructor.
        let value = value();
        if let Some(host) = self.cell.host().filter(|_| keeps) {
            host.keep_value(self.id(), value);
        }
    }

    /// Returns the claim of a durable job; `None` for a job in memory, and once the lease was lost (`ST-040`).
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let in_memory = Job::new(|job| async move { assert!(job.lease().is_none()) });
    /// scheduler.submit(in_memory)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "store")]
    #[must_use]
    pub fn lease(&self) -> Option<Arc<crate::store::Lease>> {
        self.cell.host()?.lease(&self.cell)
    }

    /// Hands the value of a durable job to its node, as JSON.
    #[cfg(feature = "store")]
    pub(crate) fn keep_stored(&self, value: String) {
        if let Some(host) = self.cell.host() {
            host.keep_stored(&self.cell, value);
        }
    }

    /// Returns the scheduler that runs the job; `None` if its last handle was dropped.
    ///
    /// ```
    /// use scheduler_core::{Job, Scheduler};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // A job that submits the next one.
    /// let first = Job::new(|job| async move {
    ///     let scheduler = job.scheduler().expect("it runs the job");
    ///     scheduler.post(Job::new(|_| async {}).name("second"))
    /// });
    /// scheduler.submit(first)?.join_blocking()?;
    /// scheduler.wait_idle()?;
    /// assert_eq!(scheduler.metrics().succeeded, 2);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.cell.host()?.scheduler()
    }
}
