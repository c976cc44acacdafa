//! [`Task`]: a function that can run any number of times.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use super::{
    IntoJobResult, Job, JobContext, JobPolicy, Retry, TaskLimit, Then,
    body::Body,
    deliver,
    function::{AsyncFunction, BlockingFunction, Plain, Valued},
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
    ///
    /// ```
    /// use scheduler_core::{Job, Task};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // Each run calls the function again.
    /// let count = Task::new(|job| async move {
    ///     println!("attempt {}", job.attempt());
    ///     "7".parse::<u8>().map(drop)
    /// });
    /// for _ in 0..2 {
    ///     scheduler.submit(Job::from(count.clone()))?.join_blocking()?;
    /// }
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(TaskBody::Async(Contained::new(Arc::new(Plain(function)))))
    }

    /// Creates a task from a function that may block. It runs on a thread outside the executor.
    ///
    /// ```
    /// use scheduler_core::{Job, Task};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let list = Task::blocking(|_| std::fs::read_dir(".").map(drop));
    /// assert!(scheduler.submit(Job::from(list))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Creates a task from an asynchronous function whose value is kept with the
    /// [result](crate::Scheduler::result), if its policy says so with [`keep_result`](Self::keep_result).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let count = Task::valued(|_| async { "7".parse::<u64>() });
    /// let count = count.keep_result(Duration::from_secs(3600));
    /// let daily = scheduler.add(Schedule::new(Cron::parse("@daily")?, count))?;
    /// let run = daily.run_now()?;
    /// run.wait_blocking()?;
    /// assert_eq!(*scheduler.result(run.id())?.value::<u64>()?, 7);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[track_caller]
    pub fn valued<F, Fut, T>(function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + Sync + 'static,
    {
        Self::new(move |job| {
            let keeper = job.clone();
            Then::new(function(job), move |end| deliver(&keeper, end))
        })
    }

    /// Creates a task from a function that may block, whose value is kept: see [`valued`](Self::valued).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Scheduler, Task};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let text = Task::blocking_valued(|_| std::fs::read_to_string("Cargo.toml"));
    /// let text = scheduler.submit(Job::from(text.keep_result(Duration::from_secs(60))))?;
    /// text.wait_blocking()?;
    /// assert!(scheduler.result(text.id())?.value::<String>()?.contains("[package]"));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[track_caller]
    pub fn blocking_valued<F, Out, T>(function: F) -> Self
    where
        F: Fn(JobContext) -> Out + Send + Sync + 'static,
        Out: IntoJobResult<Value = T>,
        T: Send + Sync + 'static,
    {
        Self::blocking(move |job| deliver(&job.clone(), function(job)))
    }

    /// Creates a task from an asynchronous function that stores its value in the slot.
    #[track_caller]
    pub(crate) fn with_slot<F, Fut, T>(function: F, slot: Option<ValueSlot<T>>) -> Self
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
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let flaky = Task::new(|job| async move {
    ///     if job.attempt() < 3 { Err("not yet") } else { Ok(()) }
    /// });
    /// let patient = flaky.retry(Retry::fixed(5, Duration::ZERO));
    /// assert!(scheduler.submit(Job::from(patient))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
            .map_or(Ok(()), |policy| policy.validate())
    }

    /// Sets the name of the task and its jobs.
    ///
    /// ```
    /// use scheduler_core::Task;
    ///
    /// let report = Task::new(|_| async {}).name("report");
    /// assert_eq!(report.get_name(), Some("report"));
    /// ```
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Returns the name.
    ///
    /// ```
    /// use scheduler_core::Task;
    ///
    /// assert_eq!(Task::new(|_| async {}).get_name(), None);
    /// assert_eq!(Task::new(|_| async {}).name("report").get_name(), Some("report"));
    /// ```
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

/// Shorthands of tasks and jobs for the most used settings of [`JobPolicy`].
macro_rules! policy_calls {
    ($($type:ident),*) => {$(
        impl $type {
            /// Replaces the whole policy.
            ///
            /// ```
            /// use scheduler_core::{Job, job::JobPolicy};
            ///
            /// let policy = JobPolicy::default().tag("mail").priority(7);
            /// let job = Job::new(|_| async {}).policy(policy);
            /// assert!(job.get_policy().is_some_and(|policy| policy.has_tag("mail")));
            /// ```
            #[must_use]
            pub fn policy(mut self, policy: impl Into<Arc<JobPolicy>>) -> Self {
                self.policy = Some(policy.into());
                self
            }

            /// Adds a tag.
            ///
            /// ```
            /// use scheduler_core::Job;
            ///
            /// let job = Job::new(|_| async {}).tag("mail");
            /// assert!(job.get_policy().is_some_and(|policy| policy.has_tag("mail")));
            /// ```
            #[must_use]
            pub fn tag(self, tag: impl Into<Arc<str>>) -> Self {
                self.change_policy(|policy| policy.tag(tag))
            }

            /// Sets the [`priority`](JobPolicy::priority).
            ///
            /// ```
            /// use scheduler_core::Job;
            ///
            /// let urgent = Job::new(|_| async {}).priority(7);
            /// assert_eq!(urgent.get_policy().map(|policy| policy.priority), Some(7));
            /// ```
            #[must_use]
            pub fn priority(self, priority: i32) -> Self {
                self.change_policy(|policy| policy.priority(priority))
            }

            /// Sets the [`timeout`](JobPolicy::timeout) of all attempts together.
            ///
            /// ```
            /// use std::time::Duration;
            /// use scheduler_core::Job;
            ///
            /// let job = Job::new(|_| async {}).timeout(Duration::from_secs(30));
            /// let limit = job.get_policy().and_then(|policy| policy.timeout);
            /// assert_eq!(limit, Some(Duration::from_secs(30)));
            /// ```
            #[must_use]
            pub fn timeout(self, limit: Duration) -> Self {
                self.change_policy(|policy| policy.timeout(limit))
            }

            /// Sets the [`queue`](JobPolicy::queue).
            ///
            /// ```
            /// use scheduler_core::Job;
            ///
            /// let letter = Job::new(|_| async {}).queue("mail");
            /// let queue = letter.get_policy().and_then(|policy| policy.queue.as_deref());
            /// assert_eq!(queue, Some("mail"));
            /// ```
            #[must_use]
            pub fn queue(self, name: impl Into<Arc<str>>) -> Self {
                self.change_policy(|policy| policy.queue(name))
            }

            /// Limits how many [jobs of the task](JobPolicy::task_limit) run at the same time.
            ///
            /// ```
            /// use scheduler_core::{Job, job::TaskLimit};
            ///
            /// let import = Job::new(|_| async {}).task_limit(TaskLimit::new("import", 1));
            /// let limit = import.get_policy().and_then(|policy| policy.task_limit.as_ref());
            /// assert_eq!(limit.map(|limit| limit.jobs), Some(1));
            /// ```
            #[must_use]
            pub fn task_limit(self, limit: TaskLimit) -> Self {
                self.change_policy(|policy| policy.task_limit(limit))
            }

            /// Keeps the [`result`](JobPolicy::keep_result) for this time.
            ///
            /// ```
            /// use std::time::Duration;
            /// use scheduler_core::Job;
            ///
            /// let job = Job::new(|_| async {}).keep_result(Duration::from_secs(60));
            /// let kept = job.get_policy().and_then(|policy| policy.keep_result);
            /// assert_eq!(kept, Some(Duration::from_secs(60)));
            /// ```
            #[must_use]
            pub fn keep_result(self, time: Duration) -> Self {
                self.change_policy(|policy| policy.keep_result(time))
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
    /// Returns the name under which the task is registered, and its arguments; `None` for a
    /// closure.
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
