//! [`JobPolicy`]: labels, priority, retries, timeouts and limits of a job.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{RateLimit, Retry, TaskLimit};
use crate::{Error, Result, contract::names::check_name};

/// Labels, priority, retries, timeouts and limits of a job, or of every run of a task. All are
/// optional, and unused ones cost nothing.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Task, job::{JobPolicy, RateLimit, Retry}};
///
/// let careful = JobPolicy::default()
///     .tag("mail")
///     .retry(Retry::exponential(5, Duration::from_secs(1)).jitter(0.5))
///     .attempt_timeout(Duration::from_secs(30))
///     .start_within(Duration::from_secs(600))
///     .rate_limit(RateLimit::new("smtp", 10, Duration::from_secs(1)));
/// let send = Task::new(|_| async { /* … */ }).policy(careful);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct JobPolicy {
    /// Tags, to select jobs and events.
    pub tags: Vec<Arc<str>>,
    /// Further facts about the job, by key.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Priority among jobs that are due at the same instant or wait for a permit. Higher numbers start
    /// first, equal ones in the order of submission. 0 by default.
    pub priority: i32,
    /// Retry policy; `None` means one attempt.
    pub retry: Option<Retry>,
    /// Timeout of each attempt, counted from its first poll.
    pub attempt_timeout: Option<Duration>,
    /// Timeout of all attempts and the delays between them, counted from the first poll of the first
    /// attempt. If a retry could not begin in time, the failure is final at once.
    pub timeout: Option<Duration>,
    /// Grace between a timeout, which sends a cancellation request, and the drop of the attempt.
    pub timeout_grace: Duration,
    /// Maximum time between the due time and the begin of the body. The first poll decides.
    pub start_within: Option<Duration>,
    /// Rate limit that the job shares with its group.
    pub rate_limit: Option<RateLimit>,
    /// Limit on the number of running jobs of the task.
    pub task_limit: Option<TaskLimit>,
    /// Name of the queue; `None` is [`DEFAULT`](crate::queue::DEFAULT).
    pub queue: Option<Arc<str>>,
    /// How long the result is kept after the end; `None` means not at all.
    pub keep_result: Option<Duration>,
    /// Whether the job runs without a permit, exempt from the concurrency limit.
    pub unlimited: bool,
}

impl JobPolicy {
    /// Adds a tag.
    ///
    /// ```
    /// use scheduler_core::job::JobPolicy;
    ///
    /// let policy = JobPolicy::default().tag("mail").tag("night");
    /// assert!(policy.has_tag("mail") && policy.has_tag("night"));
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Sets the metadata value of a key.
    ///
    /// ```
    /// use scheduler_core::{Job, job::JobPolicy};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = Job::new(|job| async move { assert_eq!(job.metadata("tenant"), Some("acme")) });
    /// let policy = JobPolicy::default().metadata("tenant", "acme");
    /// scheduler.submit(job.policy(policy))?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Sets the [`priority`](Self::priority).
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use scheduler_core::{Blocking, Job, Options, Scheduler, Shutdown, job::JobPolicy};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let one_at_a_time = Options::default().max_concurrent_jobs(1);
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), one_at_a_time)?);
    /// let order = Arc::new(Mutex::new(Vec::new()));
    /// for priority in [0, 7] {
    ///     let order = order.clone();
    ///     let job = Job::new(move |_| async move { order.lock().unwrap().push(priority) });
    ///     scheduler.post(job.policy(JobPolicy::default().priority(priority)))?;
    /// }
    /// scheduler.start()?;
    /// scheduler.shutdown(Shutdown::graceful())?;
    /// assert_eq!(*order.lock().unwrap(), [7, 0]);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the retry policy.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::{JobPolicy, Retry}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let flaky = Task::new(|job| async move {
    ///     if job.attempt() == 1 { Err("busy") } else { Ok(()) }
    /// });
    /// let policy = JobPolicy::default().retry(Retry::fixed(2, Duration::ZERO));
    /// assert!(scheduler.submit(Job::from(flaky.policy(policy)))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Sets the timeout of each attempt (`RY-007`).
    ///
    /// A body that returns before its timeout is noticed has ended in time. If the process was stopped while both its
    /// own sleep and the timeout passed, either may be noticed first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{JobPolicy, OutcomeKind}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let hangs = Job::new(|_| std::future::pending::<()>());
    /// let policy = JobPolicy::default().attempt_timeout(Duration::from_millis(5));
    /// let outcome = scheduler.submit(hangs.policy(policy))?.wait_blocking()?;
    /// assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Sets the timeout of all attempts together (`RY-008`).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{JobError, JobPolicy}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let limit = Duration::from_millis(5);
    /// let hangs = Job::new(|_| std::future::pending::<()>()).policy(JobPolicy::default().timeout(limit));
    /// let error = scheduler.submit(hangs)?.wait_blocking()?.into_result().unwrap_err();
    /// assert_eq!(error.to_string(), "the job took longer than 5ms in all");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets the grace between a timeout and the drop of the attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{JobPolicy, OutcomeKind}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // After its timeout the job has five seconds to clean up.
    /// let polite = Job::new(|job| async move {
    ///     job.cancelled().await;
    ///     println!("{} deletes its files", job.id());
    /// });
    /// let policy = JobPolicy::default().timeout(Duration::from_millis(5));
    /// let policy = policy.timeout_grace(Duration::from_secs(5));
    /// let outcome = scheduler.submit(polite.policy(policy))?.wait_blocking()?;
    /// assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn timeout_grace(mut self, grace: Duration) -> Self {
        self.timeout_grace = grace;
        self
    }

    /// Sets the maximum time between the due time and the begin of the body. After it the job is cancelled
    /// as [`Expired`](super::CancelReason::Expired) (`RY-010`). Time in a pause counts too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, JobOutcome, Scheduler, job::{CancelReason, JobPolicy}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// scheduler.pause()?;
    /// let quote = Job::new(|_| async { println!("a quote of this minute") });
    /// let quote = quote.policy(JobPolicy::default().start_within(Duration::from_millis(5)));
    /// let expired = scheduler.try_submit(quote)?.wait_blocking()?;
    /// assert!(matches!(expired, JobOutcome::Cancelled(CancelReason::Expired)));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn start_within(mut self, limit: Duration) -> Self {
        self.start_within = Some(limit);
        self
    }

    /// Sets the rate limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{JobPolicy, RateLimit}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // Both jobs share the limit of their group: the second starts an hour after the first.
    /// let hourly = RateLimit::new("smtp", 1, Duration::from_secs(3600));
    /// let mail = || Job::new(|_| async {}).policy(JobPolicy::default().rate_limit(hourly.clone()));
    /// let (first, second) = (scheduler.submit(mail())?, scheduler.submit(mail())?);
    /// first.join_blocking()?;
    /// assert!(second.outcome().is_none());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Sets the limit on the number of running jobs of the task (`QU-011`).
    ///
    /// ```
    /// use scheduler_core::{Job, job::{JobPolicy, TaskLimit}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let policy = JobPolicy::default().task_limit(TaskLimit::new("import", 1));
    /// let first = Job::new(|_| std::future::pending::<()>()).policy(policy.clone());
    /// let first = scheduler.submit(first)?;
    /// let second = scheduler.submit(Job::new(|_| async {}).policy(policy))?;
    /// // The second one waits for the first, and no other job does.
    /// scheduler.submit(Job::new(|_| async {}))?.join_blocking()?;
    /// assert!(first.outcome().is_none() && second.outcome().is_none());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn task_limit(mut self, limit: TaskLimit) -> Self {
        self.task_limit = Some(limit);
        self
    }

    /// Sets the queue (`QU-001`). The scheduler must have been built with it, by
    /// [`Options::queue`](crate::Options::queue).
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Job, Scheduler, job::JobPolicy};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let letter = Job::new(|_| async {}).policy(JobPolicy::default().queue("mail"));
    /// let refused = scheduler.try_submit(letter).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::NotFound);
    /// ```
    #[must_use]
    pub fn queue(mut self, name: impl Into<Arc<str>>) -> Self {
        self.queue = Some(name.into());
        self
    }

    /// Keeps the [result](crate::Scheduler::result) of the job for this time after its end (`JB-021`), with the value
    /// of a [`Task::valued`](crate::Task::valued). [`Options::kept_results`](crate::Options::kept_results) bounds
    /// their number.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Scheduler, job::JobPolicy};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let policy = JobPolicy::default().keep_result(Duration::from_secs(60));
    /// let id = scheduler.submit(Job::new(|_| async { Err::<(), _>("no disk") }).policy(policy))?.id();
    /// # scheduler.wait_idle()?;
    /// let error = scheduler.result(id)?.outcome.into_result().unwrap_err();
    /// assert_eq!(error.to_string(), "no disk");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn keep_result(mut self, time: Duration) -> Self {
        self.keep_result = Some(time);
        self
    }

    /// Lets the job run without a permit, as [`spawn_unlimited`](crate::SchedulerExt::spawn_unlimited) does.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Job, Options, SchedulerExt, job::JobPolicy};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let one_at_a_time = Options::default().max_concurrent_jobs(1);
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), one_at_a_time)?);
    /// scheduler.start()?;
    /// let endless = scheduler.spawn(std::future::pending::<()>())?;
    /// // The only permit is taken, and this job needs none.
    /// let health = Job::new(|_| async {}).policy(JobPolicy::default().unlimited());
    /// assert!(scheduler.submit(health)?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn unlimited(mut self) -> Self {
        self.unlimited = true;
        self
    }

    /// Returns whether the job has this tag.
    ///
    /// ```
    /// use scheduler_core::job::JobPolicy;
    ///
    /// let policy = JobPolicy::default().tag("mail");
    /// assert!(policy.has_tag("mail") && !policy.has_tag("night"));
    /// ```
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| **known == *tag)
    }

    /// Validates the policy.
    pub(crate) fn validate(&self) -> Result<()> {
        not_zero("attempt_timeout", self.attempt_timeout)?;
        not_zero("timeout", self.timeout)?;
        if self.keep_result == Some(Duration::ZERO) {
            return Err(Error::InvalidConfig {
                field: "keep_result",
                problem: "must not be zero: the result would expire at once".into(),
            });
        }
        for tag in &self.tags {
            check_name("tags", tag)?;
        }
        if let Some(limit) = &self.rate_limit {
            limit.validate()?;
        }
        if let Some(limit) = &self.task_limit {
            limit.validate()?;
        }
        Ok(())
    }

    /// Validates the policy of a job whose body can run only once.
    pub(crate) fn validate_for_one_run(&self) -> Result<()> {
        self.validate()?;
        match self.retry {
            None => Ok(()),
            Some(_) => Err(Error::InvalidConfig {
                field: "retry",
                problem: "needs a Task: this job's function can be called only once".into(),
            }),
        }
    }
}

fn not_zero(field: &'static str, limit: Option<Duration>) -> Result<()> {
    match limit {
        Some(Duration::ZERO) => Err(Error::InvalidConfig {
            field,
            problem: "must not be zero: no attempt could end in time".into(),
        }),
        _ => Ok(()),
    }
}
