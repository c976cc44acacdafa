//! The settings of a scheduler, fixed when it is built.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Error, ErrorHandler, Result, panic::Contained};

/// The settings of a scheduler.
///
/// ```
/// use scheduler_core::Options;
///
/// let options = Options::default().max_concurrent_jobs(100).queue_limit(10_000);
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) max_concurrent_jobs: Option<usize>,
    pub(crate) queue_limit: Option<usize>,
    pub(crate) event_capacity: usize,
    pub(crate) wake_quantum: Duration,
    pub(crate) error_handler: Option<Contained<Arc<dyn ErrorHandler>>>,
    pub(crate) handler_grace: Duration,
    pub(crate) keep_spawn_sites: bool,
    pub(crate) history: usize,
}

impl Options {
    /// How many jobs may run at a time; the others wait in the queue. No limit by default.
    #[must_use]
    pub fn max_concurrent_jobs(mut self, limit: usize) -> Self {
        self.max_concurrent_jobs = Some(limit);
        self
    }

    /// How many submitted jobs may wait in the queue; past it `try_submit` answers `QueueFull` and
    /// `submit` waits. No limit by default. Jobs that wait for a point in time and occurrences of
    /// schedules do not count.
    #[must_use]
    pub fn queue_limit(mut self, limit: usize) -> Self {
        self.queue_limit = Some(limit);
        self
    }

    /// How many events a subscriber may be behind before it loses the oldest and is told so by
    /// [`EventKind::Lagged`](crate::EventKind::Lagged). 1,024 by default.
    #[must_use]
    pub fn event_capacity(mut self, capacity: usize) -> Self {
        self.event_capacity = capacity;
        self
    }

    /// How many decisions each schedule remembers, for
    /// [`history`](crate::Scheduler::history) and [`explain`](crate::Scheduler::explain). Ten by
    /// default; zero remembers none and costs nothing. A schedule may have
    /// [its own number](crate::Schedule::history).
    #[must_use]
    pub fn history(mut self, decisions: usize) -> Self {
        self.history = decisions;
        self
    }

    /// After a wake the driver sleeps at least this long, so that dense due times are served
    /// together: at most this late, at a fraction of the cost. 1 ms by default; zero wakes for
    /// every instant. Sparse due times are exact either way.
    #[must_use]
    pub fn wake_quantum(mut self, quantum: Duration) -> Self {
        self.wake_quantum = quantum;
        self
    }

    /// What is called, exactly once each, for every job that failed, timed out, panicked or was
    /// lost. By default it is [`ReportErrors`](crate::ReportErrors), so that no failure goes
    /// unnoticed. A program that hears of failures in another way passes a handler that does
    /// nothing: `|_: &JobFailure| ()`.
    #[must_use]
    pub fn on_error(mut self, handler: impl ErrorHandler) -> Self {
        self.error_handler = Some(Contained::new(Arc::new(handler)));
        self
    }

    /// How long the end of a job that failed waits for the error handler to return: 5 s by default.
    /// Its waiters, [`wait_idle`](crate::Scheduler::wait_idle) and the end of the scheduler wait
    /// with it. A handler that takes longer is counted
    /// ([`Metrics::hung_handlers`](crate::Metrics::hung_handlers)), and named in the
    /// [report](crate::ShutdownReport::hung_handlers) of a shutdown that meets it. A shutdown
    /// with a deadline of its own may wait less.
    #[must_use]
    pub fn handler_grace(mut self, grace: Duration) -> Self {
        self.handler_grace = grace;
        self
    }

    /// Whether the place in the program where a job was made is kept for every job. It is kept
    /// anyway for a job with a handle, a name or a policy; a plain posted one has no room for it,
    /// and takes an allocation more. By default it is in programs built with debug assertions.
    #[must_use]
    pub fn keep_spawn_sites(mut self, keep: bool) -> Self {
        self.keep_spawn_sites = keep;
        self
    }

    /// Checks that the settings make sense together (`CF-001`, `CF-002`).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidConfig`] names the first setting that does not.
    pub fn validate(&self) -> Result<()> {
        not_zero("max_concurrent_jobs", self.max_concurrent_jobs)?;
        not_zero("queue_limit", self.queue_limit)?;
        not_zero("event_capacity", Some(self.event_capacity))
    }
}

fn not_zero(field: &'static str, value: Option<usize>) -> Result<()> {
    match value {
        Some(0) => Err(Error::InvalidConfig {
            field,
            problem: "must not be zero: nothing could ever pass".into(),
        }),
        _ => Ok(()),
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_concurrent_jobs: None,
            queue_limit: None,
            event_capacity: 1024,
            wake_quantum: Duration::from_millis(1),
            error_handler: None,
            handler_grace: Duration::from_secs(5),
            keep_spawn_sites: cfg!(debug_assertions),
            history: 10,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("max_concurrent_jobs", &self.max_concurrent_jobs)
            .field("queue_limit", &self.queue_limit)
            .field("event_capacity", &self.event_capacity)
            .field("wake_quantum", &self.wake_quantum)
            .field("history", &self.history)
            .field("error_handler", &self.error_handler.is_some())
            .field("handler_grace", &self.handler_grace)
            .field("keep_spawn_sites", &self.keep_spawn_sites)
            .finish()
    }
}
