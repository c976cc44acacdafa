//! [`Options`]: the settings of a scheduler, fixed when it is built.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use crate::{
    Error, ErrorHandler, Result,
    base::panic::Contained,
    queue::{DEFAULT, Queue},
};

/// The settings of a scheduler.
///
/// ```
/// use scheduler_core::Options;
///
/// let options = Options::default().max_concurrent_jobs(100).queue_limit(10_000);
/// ```
#[derive(Clone)]
pub struct Options {
    /// Settings of the queue [`DEFAULT`].
    pub(crate) default_queue: Queue,
    /// The other queues.
    pub(crate) queues: Vec<Queue>,
    pub(crate) event_capacity: usize,
    pub(crate) wake_quantum: Duration,
    pub(crate) error_handler: Option<Contained<Arc<dyn ErrorHandler>>>,
    pub(crate) handler_grace: Duration,
    pub(crate) keep_spawn_sites: bool,
    pub(crate) history: usize,
    pub(crate) kept_results: usize,
    #[cfg(feature = "store")]
    pub(crate) stored: Option<crate::store::Stored>,
}

impl Options {
    /// Sets the maximum number of jobs that run at the same time. Further jobs wait in the queue. No
    /// limit by default.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Options, Scheduler, SchedulerExt};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().max_concurrent_jobs(1);
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
    /// scheduler.start()?;
    /// let endless = scheduler.spawn(std::future::pending::<()>())?;
    /// let second = scheduler.spawn(async {})?;
    /// assert_eq!(scheduler.metrics().jobs(), 2);
    /// assert!(second.outcome().is_none(), "it waits for the permit of the first");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn max_concurrent_jobs(mut self, limit: usize) -> Self {
        self.default_queue.concurrency = Some(limit);
        self
    }

    /// Sets the maximum number of submitted jobs that wait in the queue. When it is reached,
    /// `try_submit` returns `QueueFull` and `submit` waits. No limit by default. Delayed jobs and runs
    /// of schedules do not count.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Job, Options, Scheduler};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue_limit(1);
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// scheduler.post(Job::new(|_| async {}))?;
    /// let full = scheduler.post(Job::new(|_| async {})).unwrap_err();
    /// assert_eq!(full.kind(), ErrorKind::QueueFull);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn queue_limit(mut self, limit: usize) -> Self {
        self.default_queue.limit = Some(limit);
        self
    }

    /// Adds a queue, or replaces the settings of [`DEFAULT`]. Jobs enter it by
    /// [`Job::queue`](crate::Job::queue) and [`Task::queue`](crate::Task::queue) (`QU-001`).
    ///
    /// ```
    /// use scheduler_core::{Job, Options, Scheduler, SchedulerExt, queue::Queue};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue(Queue::named("mail").concurrency(10));
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// scheduler.post(Job::new(|_| async {}).queue("mail"))?;
    /// assert_eq!(scheduler.queue("mail").info()?.queued, 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn queue(mut self, queue: Queue) -> Self {
        if &*queue.name == DEFAULT {
            self.default_queue = queue;
        } else {
            self.queues.push(queue);
        }
        self
    }

    /// Validates the named queues, whose names must differ.
    fn validate_queues(&self) -> Result<()> {
        if self.queues.len() >= usize::from(u16::MAX) {
            return Err(Error::InvalidConfig {
                field: "queue",
                problem: format!("must be set less than {} times", u16::MAX),
            });
        }
        let mut names = BTreeSet::new();
        for queue in &self.queues {
            queue.validate()?;
            if !names.insert(&queue.name) {
                return Err(Error::InvalidConfig {
                    field: "queue",
                    problem: format!(
                        "has the name {:?} twice: give each queue another name",
                        queue.name
                    ),
                });
            }
        }
        Ok(())
    }

    /// Sets how many unread events a subscriber buffers. When the buffer is full, the oldest event is
    /// dropped and the subscriber receives [`EventKind::Lagged`](crate::EventKind::Lagged). 1,024 by
    /// default.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, Job, Options, Scheduler};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().event_capacity(1);
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// let mut events = scheduler.subscribe(EventFilter::jobs());
    /// for _ in 0..3 {
    ///     scheduler.post(Job::new(|_| async {}))?;
    /// }
    /// let first = events.try_next().expect("the reader is late");
    /// assert!(matches!(first.kind, EventKind::Lagged { missed: 2 }));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn event_capacity(mut self, capacity: usize) -> Self {
        self.event_capacity = capacity;
        self
    }

    /// Sets how many decisions are kept for each schedule, for
    /// [`history`](crate::ScheduleHandle::history) and [`explain`](crate::ScheduleHandle::explain). Ten by
    /// default; zero keeps none and costs nothing. [`Schedule::history`](crate::Schedule::history)
    /// overrides it for one schedule.
    ///
    /// ```
    /// use scheduler_core::{Options, Scheduler};
    /// # use scheduler_core::{Blocking, Schedule, SchedulerExt, Task, trigger::Cron};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().history(1);
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
    /// # let daily = scheduler.add(Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {})))?;
    /// # scheduler.start()?;
    /// for _ in 0..3 {
    ///     daily.run_now()?.join_blocking()?;
    /// }
    /// assert_eq!(daily.history()?.len(), 1);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn history(mut self, decisions: usize) -> Self {
        self.history = decisions;
        self
    }

    /// Sets how many [results](crate::Scheduler::result) are kept, of all jobs that ask for it with
    /// [`keep_result`](crate::job::JobPolicy::keep_result). One more takes the place of the one that would expire first
    /// (`JB-022`). 1,000 by default; zero keeps none. The scheduler cannot know the size of a value: the program bounds
    /// the memory by this number and the values that its tasks return.
    ///
    /// ```
    /// use scheduler_core::Options;
    ///
    /// assert_eq!(Options::default().settings().kept_results, 1_000);
    /// assert_eq!(Options::default().kept_results(10).settings().kept_results, 10);
    /// ```
    #[must_use]
    pub fn kept_results(mut self, count: usize) -> Self {
        self.kept_results = count;
        self
    }

    /// Sets the shortest sleep of the driver. Due times that are closer together are handled in one
    /// turn, at most this late, which saves most of the turns. 1 ms by default; zero wakes for
    /// every due time. Due times that are further apart are exact in either case.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Options;
    ///
    /// let exact = Options::default().wake_quantum(Duration::ZERO);
    /// assert_eq!(exact.settings().wake_quantum, Duration::ZERO);
    /// assert_eq!(Options::default().settings().wake_quantum, Duration::from_millis(1));
    /// ```
    #[must_use]
    pub fn wake_quantum(mut self, quantum: Duration) -> Self {
        self.wake_quantum = quantum;
        self
    }

    /// Sets the error handler. It is called exactly once for every job that failed, timed out,
    /// panicked or was lost. The default is [`ReportErrors`](crate::ReportErrors), so that no
    /// failure is silent: it reports to `tracing` if that feature is on, else to standard error. A
    /// program that gets failures in another way sets a handler that does nothing: `|_:
    /// &JobFailure| ()`.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use scheduler_core::{Blocking, Options, SchedulerExt, Shutdown, failure::JobFailure};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let errors = seen.clone();
    /// let options = Options::default().on_error(move |failure: &JobFailure| {
    ///     errors.lock().unwrap().push(failure.error.to_string());
    /// });
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
    /// scheduler.start()?;
    /// scheduler.spawn(async { Err::<(), _>("no disk") })?;
    /// scheduler.shutdown(Shutdown::graceful())?;
    /// assert_eq!(*seen.lock().unwrap(), ["no disk"]);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn on_error(mut self, handler: impl ErrorHandler) -> Self {
        self.error_handler = Some(Contained::new(Arc::new(handler)));
        self
    }

    /// Sets how long a failed job waits for the error handler before it finishes: 5 s by default. The
    /// waiters of the job, [`wait_idle`](crate::Scheduler::wait_idle) and the shutdown wait too. A
    /// shutdown with an earlier deadline waits less.
    ///
    /// A handler that takes longer is counted in
    /// [`Metrics::hung_handlers`](crate::Metrics::hung_handlers), and named in the
    /// [report](crate::ShutdownReport::hung_handlers) of a shutdown during the call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Options;
    ///
    /// let brisk = Options::default().handler_grace(Duration::from_millis(100));
    /// assert_eq!(brisk.settings().handler_grace, Duration::from_millis(100));
    /// ```
    #[must_use]
    pub fn handler_grace(mut self, grace: Duration) -> Self {
        self.handler_grace = grace;
        self
    }

    /// Sets whether every job records the source location that created it. Jobs with a handle, a name
    /// or a policy always do. For other jobs it costs one more allocation. By default it is on in
    /// builds with debug assertions.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use scheduler_core::{Blocking, Job, Options, Scheduler, Shutdown, failure::JobFailure};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let site = Arc::new(Mutex::new(None));
    /// let seen = site.clone();
    /// let options = Options::default().keep_spawn_sites(true);
    /// let options = options.on_error(move |failure: &JobFailure| {
    ///     *seen.lock().unwrap() = failure.spawned_at;
    /// });
    /// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
    /// scheduler.start()?;
    /// scheduler.post(Job::new(|_| async { Err::<(), _>("no disk") }))?;
    /// scheduler.shutdown(Shutdown::graceful())?;
    /// assert!(site.lock().unwrap().is_some(), "the line above that made the job");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn keep_spawn_sites(mut self, keep: bool) -> Self {
        self.keep_spawn_sites = keep;
        self
    }

    /// Sets the store of durable jobs. [`Scheduler::durable`](crate::Scheduler::durable) reaches them.
    ///
    /// ```
    /// use scheduler_core::{Options, registry::TaskRegistry, store::{MemoryStore, Stored}};
    ///
    /// let options = Options::default().store(Stored::new(MemoryStore::new(), TaskRegistry::new()));
    /// ```
    #[cfg(feature = "store")]
    #[must_use]
    pub fn store(mut self, stored: crate::store::Stored) -> Self {
        self.stored = Some(stored);
        self
    }

    /// Validates the settings (`CF-001`, `CF-002`).
    ///
    /// ```
    /// use scheduler_core::Options;
    ///
    /// let error = Options::default().queue_limit(0).validate().unwrap_err();
    /// assert!(error.to_string().contains("queue_limit"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidConfig`], which names the first invalid setting.
    pub fn validate(&self) -> Result<()> {
        not_zero("max_concurrent_jobs", self.default_queue.concurrency)?;
        not_zero("queue_limit", self.default_queue.limit)?;
        self.default_queue.validate()?;
        self.validate_queues()?;
        #[cfg(feature = "store")]
        self.stored
            .as_ref()
            .map_or(Ok(()), crate::store::Stored::validate)?;
        not_zero("event_capacity", Some(self.event_capacity))
    }
}

fn not_zero(field: &'static str, value: Option<usize>) -> Result<()> {
    match value {
        Some(0) => Err(Error::InvalidConfig {
            field,
            problem: "must not be zero: nothing could ever be accepted".into(),
        }),
        _ => Ok(()),
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default_queue: Queue::named(DEFAULT),
            queues: Vec::new(),
            event_capacity: 1024,
            wake_quantum: Duration::from_millis(1),
            error_handler: None,
            handler_grace: Duration::from_secs(5),
            keep_spawn_sites: cfg!(debug_assertions),
            history: 10,
            kept_results: 1_000,
            #[cfg(feature = "store")]
            stored: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("max_concurrent_jobs", &self.default_queue.concurrency)
            .field("queue_limit", &self.default_queue.limit)
            .field("queues", &self.queues)
            .field("event_capacity", &self.event_capacity)
            .field("wake_quantum", &self.wake_quantum)
            .field("history", &self.history)
            .field("kept_results", &self.kept_results)
            .field("error_handler", &self.error_handler.is_some())
            .field("handler_grace", &self.handler_grace)
            .field("keep_spawn_sites", &self.keep_spawn_sites)
            .finish()
    }
}
