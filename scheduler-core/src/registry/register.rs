//! Registers functions as tasks: asynchronous or blocking, with a value that is kept or not.

use std::{future::Future, panic::Location, sync::Arc};

use serde::de::DeserializeOwned;

use super::{Entry, Origin, TaskError, TaskRegistry, arguments};
use crate::{
    Result,
    base::panic::Contained,
    job::{IntoJobResult, JobContext, Registered, TaskBody, Then, deliver},
};

impl TaskRegistry {
    /// Registers an asynchronous function under a name. Each run gets a copy of its arguments; a task without
    /// arguments takes `()`.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("greet", |_: JobContext, name: String| async move {
    ///     println!("hello {name}");
    /// })?;
    /// assert!(registry.task("greet", "Ada").is_ok());
    /// assert!(registry.register("greet", |_: JobContext, (): ()| async {}).is_err());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Duplicate`] if a task is registered under this name.
    #[track_caller]
    pub fn register<Args, F, Fut>(&mut self, name: impl Into<Arc<str>>, function: F) -> Result<()>
    where
        Args: DeserializeOwned + Clone + Send + Sync + 'static,
        F: Fn(JobContext, Args) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult> + Send + 'static,
    {
        let function = Arc::new(function);
        self.insert(name.into(), move |origin| {
            let function = registered::<_, Args>(&function, origin)?;
            Ok(TaskBody::Async(Contained::new(function)))
        })
    }

    /// Registers a function that blocks its thread. It runs on a thread outside the executor.
    ///
    /// ```
    /// # use scheduler_core::{JobContext, registry::TaskRegistry};
    /// let mut registry = TaskRegistry::new();
    /// registry.register_blocking("copy", |_: JobContext, (from, to): (String, String)| {
    ///     std::fs::copy(from, to).map(drop)
    /// })?;
    /// let copy = registry.task("copy", ("a", "b"))?;
    /// assert_eq!(copy.get_name(), Some("copy"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Duplicate`] if a task is registered under this name.
    #[track_caller]
    pub fn register_blocking<Args, F, Out>(
        &mut self,
        name: impl Into<Arc<str>>,
        function: F,
    ) -> Result<()>
    where
        Args: DeserializeOwned + Clone + Send + Sync + 'static,
        F: Fn(JobContext, Args) -> Out + Send + Sync + 'static,
        Out: IntoJobResult,
    {
        let function = Arc::new(function);
        self.insert(name.into(), move |origin| {
            let function = registered::<_, Args>(&function, origin)?;
            Ok(TaskBody::Blocking(Contained::new(function)))
        })
    }

    /// Registers an asynchronous function whose value is kept: see [`Task::valued`](crate::Task::valued).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{JobContext, Scheduler, job::JobPolicy, registry::TaskRegistry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register_valued("add", |_: JobContext, (a, b): (u8, u8)| async move {
    ///     a.checked_add(b).ok_or("too large")
    /// })?;
    /// registry.policy("add", JobPolicy::default().keep_result(Duration::from_secs(60)))?;
    /// let id = scheduler.submit(registry.job("add", (3, 4))?)?.id();
    /// # scheduler.wait_idle()?;
    /// assert_eq!(*scheduler.result(id)?.value::<u8>()?, 7);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Duplicate`] if a task is registered under this name.
    #[track_caller]
    pub fn register_valued<Args, F, Fut, T>(
        &mut self,
        name: impl Into<Arc<str>>,
        function: F,
    ) -> Result<()>
    where
        Args: DeserializeOwned + Clone + Send + Sync + 'static,
        F: Fn(JobContext, Args) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: Send + Sync + 'static,
    {
        self.register(name, move |job: JobContext, args: Args| {
            let keeper = job.clone();
            Then::new(function(job, args), move |end| deliver(&keeper, end))
        })
    }

    /// Registers a function that blocks its thread and whose value is kept: see
    /// [`Task::blocking_valued`](crate::Task::blocking_valued).
    ///
    /// ```
    /// # use scheduler_core::{JobContext, registry::TaskRegistry};
    /// let mut registry = TaskRegistry::new();
    /// registry.register_blocking_valued("read", |_: JobContext, path: String| {
    ///     std::fs::read_to_string(path)
    /// })?;
    /// assert_eq!(registry.task("read", "a")?.get_name(), Some("read"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Duplicate`] if a task is registered under this name.
    #[track_caller]
    pub fn register_blocking_valued<Args, F, Out, T>(
        &mut self,
        name: impl Into<Arc<str>>,
        function: F,
    ) -> Result<()>
    where
        Args: DeserializeOwned + Clone + Send + Sync + 'static,
        F: Fn(JobContext, Args) -> Out + Send + Sync + 'static,
        Out: IntoJobResult<Value = T>,
        T: Send + Sync + 'static,
    {
        self.register_blocking(name, move |job: JobContext, args: Args| {
            deliver(&job.clone(), function(job, args))
        })
    }

    /// Registers an asynchronous function whose value is stored with the end of a durable job, as JSON:
    /// [`EndRow::value`](crate::store::EndRow::value). A job in memory drops the value.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register_stored("add", |_: JobContext, (a, b): (u8, u8)| async move {
    ///     a.checked_add(b).ok_or("too large")
    /// })?;
    /// assert!(registry.contains("add"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Duplicate`] if a task is registered under this name.
    #[cfg(feature = "store")]
    #[track_caller]
    pub fn register_stored<Args, F, Fut, T>(
        &mut self,
        name: impl Into<Arc<str>>,
        function: F,
    ) -> Result<()>
    where
        Args: DeserializeOwned + Clone + Send + Sync + 'static,
        F: Fn(JobContext, Args) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
        T: serde::Serialize + Send + 'static,
    {
        self.register(name, move |job: JobContext, args: Args| {
            let keeper = job.clone();
            Then::new(function(job, args), move |end| {
                crate::job::store_value(&keeper, end)
            })
        })
    }

    #[track_caller]
    fn insert(
        &mut self,
        name: Arc<str>,
        make: impl Fn(Origin) -> Result<TaskBody, TaskError> + Send + Sync + 'static,
    ) -> Result<()> {
        crate::contract::names::check_name("name", &name)?;
        if self.entries.contains_key(&name) {
            return Err(TaskError::Duplicate { name }.into());
        }
        let entry = Entry {
            make: Arc::new(make),
            policy: None,
            made_at: Location::caller(),
        };
        self.entries.insert(name, entry);
        Ok(())
    }
}

/// Builds the function with its arguments, or returns an error if they do not fit.
fn registered<F, Args: DeserializeOwned>(
    function: &Arc<F>,
    origin: Origin,
) -> Result<Arc<Registered<F, Args>>, TaskError> {
    Ok(Arc::new(Registered {
        function: Contained::new(function.clone()),
        args: Contained::new(arguments::read(&origin)?),
        origin,
    }))
}
