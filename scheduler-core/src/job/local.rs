//! Jobs and tasks whose futures are not `Send`.

use std::{future::Future, sync::Arc};

use super::{
    IntoJobResult, Job, JobContext, JobError, Task,
    body::{Body, JobFuture},
    function::AsyncFunction,
    result::without_value,
    task::TaskBody,
};
use crate::{base::panic::Contained, runtime::LocalRuntime};

impl Job {
    /// Creates a job whose future is not `Send`: it is made, polled and dropped on the thread of `runtime`. The
    /// scheduler may run on any other runtime.
    ///
    /// A job that is cancelled ends first; then its future is dropped, on that thread. If `runtime` ends, the job fails.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use scheduler_core::{Job, runtime::LocalRuntime};
    ///
    /// fn count(runtime: &LocalRuntime) -> Job {
    ///     Job::local(runtime, |job| async move {
    ///         let seen = Rc::new(RefCell::new(Vec::new()));
    ///         seen.borrow_mut().push(job.attempt());
    ///         smol::future::yield_now().await;
    ///         seen.borrow_mut().push(job.attempt());
    ///     })
    /// }
    /// ```
    #[track_caller]
    pub fn local<F, Fut>(runtime: &LocalRuntime, function: F) -> Self
    where
        F: FnOnce(JobContext) -> Fut + Send + 'static,
        Fut: Future<Output: IntoJobResult> + 'static,
    {
        let (runtime, function) = (runtime.clone(), Contained::new(function));
        let body = move |context| future(runtime, move || function.into_inner()(context));
        Self::with_body(Body::Once(Contained::new(Box::new(body))))
    }
}

impl Task {
    /// Creates a task whose futures are not `Send`: see [`Job::local`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use scheduler_core::{Schedule, Task, runtime::LocalRuntime, trigger::Cron};
    ///
    /// fn daily(runtime: &LocalRuntime) -> scheduler_core::Result<Schedule> {
    ///     let report = Task::local(runtime, |job| async move {
    ///         let text = Rc::new(format!("the report of {}", job.nominal()));
    ///         smol::future::yield_now().await;
    ///         println!("{text}");
    ///     });
    ///     Ok(Schedule::new(Cron::parse("@daily")?, report))
    /// }
    /// ```
    #[track_caller]
    pub fn local<F, Fut>(runtime: &LocalRuntime, function: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + 'static,
    {
        let function = Local {
            runtime: runtime.clone(),
            function: Contained::new(Arc::new(function)),
        };
        Self::with_body(TaskBody::Async(Contained::new(Arc::new(function))))
    }
}

struct Local<F> {
    runtime: LocalRuntime,
    function: Contained<Arc<F>>,
}

impl<F, Fut> AsyncFunction for Local<F>
where
    F: Fn(JobContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoJobResult> + 'static,
{
    fn call(&self, context: JobContext) -> JobFuture {
        let function = self.function.clone();
        future(self.runtime.clone(), move || function(context))
    }
}

/// Returns the future of a job that runs the future of `make` on the thread of `runtime`.
fn future<Fut>(runtime: LocalRuntime, make: impl FnOnce() -> Fut + Send + 'static) -> JobFuture
where
    Fut: Future<Output: IntoJobResult> + 'static,
{
    Box::pin(async move {
        // The runtime lives as long as its job.
        let ended = runtime.run(move || {
            let future = make();
            async move { without_value(future.await) }
        });
        ended
            .await
            .unwrap_or_else(|gone| Err(JobError::failed(gone)))
    })
}
