//! [`ValuedJob`]: a job whose handle returns its value.

use std::{fmt, future::Future};

use super::{
    IntoJobResult, Job, JobContext, Retry, Task,
    body::{Body, valued_future},
    slot::ValueSlot,
};
use crate::base::panic::Contained;

/// A job whose handle returns its value, with the settings of any [`Job`].
/// [`submit_valued`](crate::SchedulerExt::submit_valued) waits for a slot, and
/// [`try_submit_valued`](crate::SchedulerExt::try_submit_valued) does not (`AJ-025`).
///
/// ```
/// use scheduler_core::{Scheduler, SchedulerExt, Shutdown, job::ValuedJob};
/// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
/// # scheduler_core::implement::block_on(async {
/// # scheduler.start().await?;
///
/// let parse = ValuedJob::new(|_| async { "8080".parse::<u16>() });
/// let parse = parse.with(|job| job.name("parse").priority(3));
/// let handle = scheduler.submit_valued(parse).await?;
/// assert_eq!(handle.name().as_deref(), Some("parse"));
/// assert_eq!(handle.await?, 8080);
/// # scheduler.shutdown(Shutdown::graceful()).await?;
/// # Ok::<(), scheduler_core::Error>(())
/// # })?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[must_use = "a job does nothing until it is submitted"]
pub struct ValuedJob<T> {
    job: Job,
    slot: Option<ValueSlot<T>>,
}

impl<T: Send + 'static> ValuedJob<T> {
    /// Creates a job that calls an asynchronous function once.
    ///
    /// ```
    /// use scheduler_core::job::ValuedJob;
    ///
    /// let attempt = ValuedJob::new(|job| async move { Ok::<_, String>(job.attempt()) });
    /// # let _ = attempt;
    /// ```
    #[track_caller]
    pub fn new<F, Fut>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Fut + Send + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
    {
        let slot = ValueSlot::new();
        let kept = slot.clone();
        let function = Box::new(move |context| valued_future(function(context), kept));
        let job = Job::with_body(Body::Once(Contained::new(function)));
        Self { job, slot }
    }

    /// Creates a job that polls a future.
    ///
    /// ```
    /// use scheduler_core::job::ValuedJob;
    ///
    /// let port = ValuedJob::future(async { "8080".parse::<u16>() });
    /// # let _ = port;
    /// ```
    #[track_caller]
    pub fn future<Fut>(future: Fut) -> Self
    where
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
    {
        let slot = ValueSlot::new();
        let job = Job::valued(future, slot.clone());
        Self { job, slot }
    }

    /// Creates a job that calls a blocking function once, on a thread that may block.
    ///
    /// ```
    /// use scheduler_core::job::ValuedJob;
    ///
    /// let text = ValuedJob::blocking(|_| std::fs::read_to_string("Cargo.toml"));
    /// # let _ = text;
    /// ```
    #[track_caller]
    pub fn blocking<F, Out>(function: F) -> Self
    where
        F: FnOnce(JobContext) -> Out + Send + 'static,
        Out: IntoJobResult<Value = T>,
    {
        let slot = ValueSlot::new();
        let job = Job::blocking_valued(function, slot.clone());
        Self { job, slot }
    }

    /// Creates a job that calls an asynchronous function until it succeeds, as `retry` says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::job::{Retry, ValuedJob};
    ///
    /// let retry = Retry::fixed(3, Duration::from_secs(1));
    /// let page = ValuedJob::retrying(retry, |_| async { Ok::<_, String>("a page") });
    /// # let _ = page;
    /// ```
    #[track_caller]
    pub fn retrying<F, Fut>(retry: Retry, function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
    {
        let slot = ValueSlot::new();
        let job = Task::with_slot(function, slot.clone()).retry(retry).into();
        Self { job, slot }
    }

    /// Changes the settings of the job: its name, policy, queue and start.
    ///
    /// ```
    /// use scheduler_core::job::ValuedJob;
    ///
    /// let port = ValuedJob::future(async { "8080".parse::<u16>() });
    /// let port = port.with(|job| job.name("port").queue("parsing"));
    /// # let _ = port;
    /// ```
    pub fn with(mut self, change: impl FnOnce(Job) -> Job) -> Self {
        self.job = change(self.job);
        self
    }

    pub(crate) fn into_parts(self) -> (Job, Option<ValueSlot<T>>) {
        (self.job, self.slot)
    }
}

impl<T> fmt::Debug for ValuedJob<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValuedJob").field(&self.job).finish()
    }
}
