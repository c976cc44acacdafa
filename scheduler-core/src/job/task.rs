//! [`Task`], which runs any number of times, and [`Job`], which runs once.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    IntoJobResult, JobContext, JobFacts, JobPolicy, Retry,
    body::{Body, into_job_future, keep, valued_future},
    function::{AsyncFunction, BlockingFunction, Plain, Valued},
    result::without_value,
    slot::ValueSlot,
};
use crate::{Result as CallResult, base::panic::Contained};

/// A function that can run any number of times. A schedule runs a task.
///
/// ```
/// use scheduler_core::Task;
///
/// let tick = Task::new(|_| async { println!("tick") }).name("tick");
/// let copy = Task::blocking(|_| std::fs::copy("a", "b").map(drop));
/// ```
#[derive(Clone)]
pub struct Task {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) policy: Option<Arc<JobPolicy>>,
    pub(crate) made_at: &'static Location<'static>,
    body: TaskBody,
}

#[derive(Clone)]
pub(crate) enum TaskBody {
    Async(Contained<Arc<dyn AsyncFunction>>),
    Blocking(Contained<Arc<dyn BlockingFunction>>),
}

impl Task {
    /// Creates a task from an asynchronous function. It returns `()` or a `Result`, whose `Err` fails the
    /// run.
    #[track_caller]
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(TaskBody::Async(Contained::new(Arc::new(Plain(function)))))
    }

    /// A function that blocks its thread; it runs beside the executor.
    #[track_caller]
    pub fn blocking<F, Out>(function: F) -> Self
    where
        F: Fn(JobContext) -> Out + Send + Sync + 'static,
        Out: IntoJobResult,
    {
        Self::with_body(TaskBody::Blocking(Contained::new(Arc::new(Plain(
            function,
        )))))
    }

    /// Creates a task from an asynchronous function that stores its value in the slot.
    #[track_caller]
    pub(crate) fn valued<F, Fut, T>(function: F, slot: Option<ValueSlot<T>>) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + 'static,
    {
        let body = Valued { function, slot };
        Self::with_body(TaskBody::Async(Contained::new(Arc::new(body))))
    }

    #[track_caller]
    pub(crate) fn with_body(body: TaskBody) -> Self {
        Self {
            name: None,
            policy: None,
            made_at: Location::caller(),
            body,
        }
    }

    /// Sets the retry policy of each run.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        self.change_policy(|policy| policy.retry(retry))
    }

    /// Validates the policy.
    pub(crate) fn validate(&self) -> CallResult<()> {
        if let Some(name) = &self.name {
            crate::contract::names::check_text("task.name", name)?;
        }
        self.policy
            .as_ref()
            .map_or(Ok(()), |policy| policy.validate(true))
    }

    /// Sets the name of the task and its jobs.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn get_name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

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
    /// As soon as there is a permit.
    Now,
    /// This long after the job was accepted, or after the start of the scheduler if that is later.
    After(Duration),
    /// At this wall-clock time; at once if it has passed.
    At(DateTime<Utc>),
}

impl Job {
    /// Returns the facts for its cell.
    pub(crate) fn facts(&self) -> JobFacts {
        JobFacts {
            name: self.name.clone(),
            policy: self.policy.clone(),
            ..JobFacts::default()
        }
    }

    /// Creates a job from a function that returns its future.
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
    #[track_caller]
    pub fn future<Fut>(future: Fut) -> Self
    where
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(Body::Future(Contained::new(into_job_future(future))))
    }

    /// A function that blocks its thread; it runs beside the executor.
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
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Delays the start until `delay` has elapsed since the job was accepted, or since the scheduler
    /// started if that was later (`LC-021`).
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// Delays the start until the wall clock shows `instant`.
    #[must_use]
    pub fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.start = Start::At(instant);
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn get_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the earliest start.
    #[must_use]
    pub const fn get_start(&self) -> Start {
        self.start
    }

    #[track_caller]
    fn with_body(body: Body) -> Self {
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
        let besides = self
            .policy
            .as_ref()
            .is_some_and(|policy| policy.besides_limit);
        self.start == Start::Now && !besides
    }

    /// Validates the policy.
    pub(crate) fn validate(&self) -> CallResult<()> {
        match &self.policy {
            Some(policy) => policy.validate(self.body.repeated().is_some()),
            None => Ok(()),
        }
    }
}

/// Shorthands of tasks and jobs for the most used settings of [`JobPolicy`].
macro_rules! policy_calls {
    ($($type:ident),*) => {$(
        impl $type {
            /// Replaces the whole policy.
            #[must_use]
            pub fn policy(mut self, policy: impl Into<Arc<JobPolicy>>) -> Self {
                self.policy = Some(policy.into());
                self
            }

            /// Adds a tag.
            #[must_use]
            pub fn tag(self, tag: impl Into<Arc<str>>) -> Self {
                self.change_policy(|policy| policy.tag(tag))
            }

            /// Sets the [`priority`](JobPolicy::priority).
            #[must_use]
            pub fn priority(self, priority: i32) -> Self {
                self.change_policy(|policy| policy.priority(priority))
            }

            /// Sets the [`timeout`](JobPolicy::timeout) of all attempts together.
            #[must_use]
            pub fn timeout(self, limit: Duration) -> Self {
                self.change_policy(|policy| policy.timeout(limit))
            }

            fn change_policy(mut self, change: impl FnOnce(JobPolicy) -> JobPolicy) -> Self {
                let policy = self.policy.take().map(Arc::unwrap_or_clone);
                self.policy = Some(Arc::new(change(policy.unwrap_or_default())));
                self
            }
        }
    )*};
}

policy_calls!(Task, Job);

impl Task {
    /// The name and the arguments under which it is registered, if it is.
    #[cfg(feature = "serde")]
    pub(crate) fn origin(&self) -> Option<&crate::registry::Origin> {
        match &self.body {
            TaskBody::Async(function) => function.origin(),
            TaskBody::Blocking(function) => function.origin(),
        }
    }

    pub(crate) fn body(&self) -> Body {
        match &self.body {
            TaskBody::Async(function) => Body::Shared(function.clone()),
            TaskBody::Blocking(function) => Body::BlockingShared(function.clone()),
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
