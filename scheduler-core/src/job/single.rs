//! [`Job`]: one execution of a future or function.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    IntoJobResult, JobContext, JobFacts, JobPolicy, Task,
    body::{Body, into_job_future, keep, valued_future},
    result::without_value,
    slot::ValueSlot,
};
use crate::{Result as CallResult, base::panic::Contained, contract::names::check_text};

/// A job to submit: one execution of a future or function.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::Job;
///
/// let greeting = String::from("hello");
/// let job = Job::new(|_| async move { println!("{greeting}") })
///     .name("greet")
///     .after(Duration::from_secs(5));
/// ```
pub struct Job {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) start: Start,
    pub(crate) policy: Option<Arc<JobPolicy>>,
    pub(crate) made_at: &'static Location<'static>,
    pub(crate) body: Body,
}

/// The earliest start of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// The job may start as soon as there is a permit.
    Now,
    /// The job may start this time after it was accepted, or after the start of the scheduler if
    /// that is later.
    After(Duration),
    /// The job may start when the wall clock shows this time; at once if that has passed.
    At(DateTime<Utc>),
}

impl Job {
    /// Returns the facts about the job for its cell.
    pub(crate) fn facts(&self) -> JobFacts {
        JobFacts {
            name: self.name.clone(),
            policy: self.policy.clone(),
            ..JobFacts::default()
        }
    }

    /// Creates a job from a function that returns its future.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let to = String::from("ops@example.org");
    /// let mail = Job::new(|job| async move {
    ///     println!("{}: mail to {to}", job.id());
    ///     if to.contains('@') { Ok(()) } else { Err("no address") }
    /// });
    /// scheduler.submit(mail)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Fut + Send + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        let function = Box::new(move |context| into_job_future(function(context)));
        Self::with_body(Body::Once(Contained::new(function)))
    }

    /// Creates a job from a future.
    ///
    /// ```
    /// use scheduler_core::{Job, JobOutcome};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let number = Job::future(async { "seven".parse::<u8>().map(drop) });
    /// let outcome = scheduler.submit(number)?.wait_blocking()?;
    /// assert!(matches!(outcome, JobOutcome::Failed(_)), "an `Err` fails the job");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn future<Fut>(future: Fut) -> Self
    where
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(Body::Future(Contained::new(into_job_future(future))))
    }

    /// Creates a job from a function that blocks its thread. It runs on a thread outside the
    /// executor.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let sum = Job::blocking(|_| assert_eq!((1..=1_000_u64).sum::<u64>(), 500_500));
    /// scheduler.submit(sum)?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn blocking<F, Out>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Out + Send + 'static,
        Out: IntoJobResult,
    {
        let function = Box::new(move |context| without_value(function(context)));
        Self::with_body(Body::BlockingOnce(Contained::new(function)))
    }

    /// Creates a job from a future that stores its value in the slot.
    #[track_caller]
    pub(crate) fn valued<F, T>(future: F, slot: Option<ValueSlot<T>>) -> Self
    where
        F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        Self::with_body(Body::Future(Contained::new(valued_future(future, slot))))
    }

    /// Creates a job from a blocking function that stores its value in the slot.
    #[track_caller]
    pub(crate) fn blocking_valued<F, Out, T>(function: F, slot: Option<ValueSlot<T>>) -> Self
    where
        F: FnOnce(JobContext) -> Out + Send + 'static,
        Out: IntoJobResult<Value = T>,
        T: Send + 'static,
    {
        let function = Box::new(move |context| {
            let end = function(context).into_job_result();
            end.map(|value| keep(slot, value))
        });
        Self::with_body(Body::BlockingOnce(Contained::new(function)))
    }

    /// Sets the name.
    ///
    /// ```
    /// use scheduler_core::Job;
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.submit(Job::new(|_| async {}).name("clean up"))?;
    /// assert_eq!(job.name().as_deref(), Some("clean up"));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Delays the start until `delay` has elapsed since the job was accepted, or since the scheduler
    /// started if that was later (`LC-021`).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::Start};
    ///
    /// let job = Job::new(|_| async {}).after(Duration::from_secs(5));
    /// assert_eq!(job.get_start(), Start::After(Duration::from_secs(5)));
    /// ```
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// Delays the start until the wall clock shows `instant`.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use scheduler_core::{Job, job::JobStatus};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let midnight: DateTime<Utc> = "2100-01-01T00:00:00Z".parse()?;
    /// let fireworks = scheduler.submit(Job::new(|_| async {}).at(midnight))?;
    /// assert_eq!(fireworks.status(), JobStatus::Delayed);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.start = Start::At(instant);
        self
    }

    /// Returns the name.
    ///
    /// ```
    /// use scheduler_core::{Job, Task};
    ///
    /// let report = Task::new(|_| async {}).name("report");
    /// assert_eq!(Job::from(report).get_name(), Some("report"), "a job has the name of its task");
    /// ```
    #[must_use]
    pub fn get_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the earliest start.
    ///
    /// ```
    /// use scheduler_core::{Job, job::Start};
    ///
    /// assert_eq!(Job::new(|_| async {}).get_start(), Start::Now);
    /// ```
    #[must_use]
    pub const fn get_start(&self) -> Start {
        self.start
    }

    #[track_caller]
    pub(super) fn with_body(body: Body) -> Self {
        Self {
            name: None,
            start: Start::Now,
            policy: None,
            made_at: Location::caller(),
            body,
        }
    }

    /// Returns whether the job takes a slot of the queue as soon as it is submitted.
    pub(crate) fn takes_room(&self) -> bool {
        let besides = self.policy.as_ref().is_some_and(|policy| policy.unlimited);
        self.start == Start::Now && !besides
    }

    /// Validates the policy.
    pub(crate) fn validate(&self) -> CallResult<()> {
        if let Some(name) = &self.name {
            check_text("name", name)?;
        }
        match &self.policy {
            None => Ok(()),
            Some(policy) if self.body.repeated().is_some() => policy.validate(),
            Some(policy) => policy.validate_for_one_run(),
        }
    }
}

impl From<Task> for Job {
    fn from(task: Task) -> Self {
        Self {
            body: task.body(),
            name: task.name,
            start: Start::Now,
            policy: task.policy,
            made_at: task.made_at,
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
