//! What to run: a [`Task`] any number of times, a [`Job`] once.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{IntoJobResult, JobContext, JobError};
use crate::BoxFuture;

/// A function that can be run any number of times: what a schedule runs.
///
/// ```
/// use scheduler_core::Task;
///
/// let tick = Task::new(|_| async { println!("tick") }).named("tick");
/// let copy = Task::blocking(|_| std::fs::copy("a", "b").map(drop));
/// ```
#[derive(Clone)]
pub struct Task {
    pub(crate) name: Option<Arc<str>>,
    body: TaskBody,
}

#[derive(Clone)]
enum TaskBody {
    Async(AsyncFunction),
    Blocking(BlockingFunction),
}

type AsyncFunction = Arc<dyn Fn(JobContext) -> JobFuture + Send + Sync>;
type BlockingFunction = Arc<dyn Fn(JobContext) -> Result<(), JobError> + Send + Sync>;

pub(crate) type JobFuture = BoxFuture<'static, Result<(), JobError>>;

impl Task {
    /// An asynchronous function. It answers `()` or a `Result` whose error counts as a failure.
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self {
            name: None,
            body: TaskBody::Async(Arc::new(move |context| into_job_future(function(context)))),
        }
    }

    /// A function that blocks its thread; it runs beside the executor.
    pub fn blocking<F, Out>(function: F) -> Self
    where
        F: Fn(JobContext) -> Out + Send + Sync + 'static,
        Out: IntoJobResult,
    {
        Self {
            name: None,
            body: TaskBody::Blocking(Arc::new(move |context| function(context).into_job_result())),
        }
    }

    /// The same task under a name, which its jobs carry.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
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

/// One execution to be: what `submit` takes.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::Job;
///
/// let greeting = String::from("hello");
/// let job = Job::new(|_| async move { println!("{greeting}") })
///     .named("greet")
///     .after(Duration::from_secs(5));
/// ```
pub struct Job {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) start: Start,
    pub(crate) body: Body,
}

/// When a job may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// As soon as there is room.
    Now,
    /// That long after it was accepted, or after the start of the scheduler if that is later.
    After(Duration),
    /// At a point of the wall clock; at once if that has passed.
    At(DateTime<Utc>),
}

/// The body of a job, each in one box.
pub(crate) enum Body {
    Future(JobFuture),
    Once(Box<dyn FnOnce(JobContext) -> JobFuture + Send>),
    BlockingOnce(Box<dyn FnOnce(JobContext) -> Result<(), JobError> + Send>),
    Shared(AsyncFunction),
    BlockingShared(BlockingFunction),
}

impl Job {
    /// A function that makes the job's future.
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Fut + Send + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(Body::Once(Box::new(move |context| {
            into_job_future(function(context))
        })))
    }

    /// A future, as it is.
    pub fn future<Fut>(future: Fut) -> Self
    where
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        Self::with_body(Body::Future(into_job_future(future)))
    }

    /// A function that blocks its thread; it runs beside the executor.
    pub fn blocking<F, Out>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Out + Send + 'static,
        Out: IntoJobResult,
    {
        Self::with_body(Body::BlockingOnce(Box::new(move |context| {
            function(context).into_job_result()
        })))
    }

    /// The same job under a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same job, not to start before `delay` has passed since it was accepted.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// The same job, not to start before `instant` on the wall clock.
    #[must_use]
    pub fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.start = Start::At(instant);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// When it may start.
    #[must_use]
    pub const fn start(&self) -> Start {
        self.start
    }

    const fn with_body(body: Body) -> Self {
        Self {
            name: None,
            start: Start::Now,
            body,
        }
    }
}

impl Body {
    /// Calls the user's function, if the body is one that makes a future: may panic.
    pub(crate) fn into_work(self, context: impl FnOnce() -> JobContext) -> Work {
        match self {
            Self::Future(future) => Work::Async(future),
            Self::Once(function) => Work::Async(function(context())),
            Self::Shared(function) => Work::Async(function(context())),
            Self::BlockingOnce(function) => {
                let context = context();
                Work::Blocking(Box::new(move || function(context)))
            }
            Self::BlockingShared(function) => {
                let context = context();
                Work::Blocking(Box::new(move || function(context)))
            }
        }
    }

    pub(crate) const fn is_blocking(&self) -> bool {
        matches!(self, Self::BlockingOnce(_) | Self::BlockingShared(_))
    }
}

impl Task {
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

/// What there is to execute of a job.
pub(crate) enum Work {
    /// To be polled by an executor.
    Async(JobFuture),
    /// To be called where blocking does no harm.
    Blocking(Box<dyn FnOnce() -> Result<(), JobError> + Send>),
}

fn into_job_future<Fut>(future: Fut) -> JobFuture
where
    Fut: Future<Output: IntoJobResult> + Send + 'static,
{
    Box::pin(async move { future.await.into_job_result() })
}
