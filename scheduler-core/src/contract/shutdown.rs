//! [`Shutdown`]: how to end a scheduler. [`ShutdownReport`]: the result.

mod named;

pub use self::named::Named;

use std::{any::Any, fmt, sync::Arc, time::Duration};

use crate::{
    StateCause,
    base::text::visible,
    job::{JobError, JobId},
};

/// How a shutdown treats the jobs that exist when it begins.
///
/// A shutdown has up to four phases:
///
/// 1. No further job or instant becomes due: delayed jobs and future instants of schedules are
///    cancelled at once. An instant that is due when the shutdown begins is decided by the policies of
///    its schedule. An instant that jitter or a pause delays is recorded as
///    [skipped](crate::SkipReason::Shutdown). In a shutdown without a drain, all due instants are.
/// 2. During [`drain`](Self::drain), running jobs and accepted jobs that are due run to their end.
///    This includes jobs that wait for a permit or a rate limit, buffered and catch-up runs, and
///    retries that are due in time.
/// 3. After the drain, jobs that have not started are cancelled. Running jobs receive a cancellation
///    request, and asynchronous ones are dropped after [`cancel_grace`](Self::cancel_grace).
/// 4. Jobs that still run after [`abandon_after`](Self::abandon_after) are abandoned.
///
/// The report names all of them. A paused scheduler starts nothing: waiting jobs are cancelled at
/// once, even with a permit. Otherwise a job with a permit counts as running.
///
/// A further call joins the shutdown in progress: it returns the same report and changes nothing
/// (`SD-001`). Only a call with [`hurry`](Self::hurry) shortens it (`SD-002`).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::Shutdown;
///
/// let patient = Shutdown::graceful();
/// let brisk = Shutdown::drain_within(Duration::from_secs(5));
/// let abrupt = Shutdown::immediate();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// Time for jobs to finish without cancellation; `None` means no limit.
    pub drain: Option<Duration>,
    /// Policy for accepted jobs that are due and have not started.
    pub waiting: Waiting,
    /// Grace between the cancellation requests and the drop of the jobs.
    pub cancel_grace: Duration,
    /// Time for the runtime to drop the jobs, before they are abandoned.
    pub abandon_after: Duration,
    /// Whether the call may shorten a shutdown that is in progress.
    pub hurry: bool,
}

impl Shutdown {
    /// Runs all running and due jobs to their end, without a limit.
    ///
    /// ```
    /// use scheduler_core::{Blocking, SchedulerExt, Shutdown};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// scheduler.spawn(async {})?;
    /// let report = scheduler.shutdown(Shutdown::graceful())?;
    /// assert!(report.cancelled.is_empty() && report.unstarted == 0);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn graceful() -> Self {
        Self {
            drain: None,
            waiting: Waiting::Run,
            cancel_grace: Duration::from_secs(5),
            abandon_after: Duration::from_secs(1),
            hurry: false,
        }
    }

    /// Runs jobs as [`graceful`](Self::graceful) does, for at most `limit`, and then cancels the rest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Blocking, SchedulerExt, Shutdown};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let endless = scheduler.spawn(std::future::pending::<()>())?;
    /// let brief = Shutdown::drain_within(Duration::from_millis(5)).cancel_grace(Duration::ZERO);
    /// let report = scheduler.shutdown(brief)?;
    /// assert_eq!(report.cancelled.len() + report.unstarted, 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn drain_within(limit: Duration) -> Self {
        Self {
            drain: Some(limit),
            ..Self::graceful()
        }
    }

    /// Waits for running jobs without a limit. Jobs that have not started are cancelled at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Shutdown, shutdown::Waiting};
    ///
    /// let at_most_a_minute = Shutdown::drain_within(Duration::from_secs(60)).waiting(Waiting::Cancel);
    /// assert_eq!(at_most_a_minute.waiting, Shutdown::running_only().waiting);
    /// ```
    #[must_use]
    pub const fn running_only() -> Self {
        Self::graceful().waiting(Waiting::Cancel)
    }

    /// Cancels all jobs at once, without a grace.
    ///
    /// ```
    /// use scheduler_core::{Blocking, Job, Scheduler, Shutdown};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// scheduler.post(Job::new(|_| std::future::pending::<()>()))?;
    /// let report = scheduler.shutdown(Shutdown::immediate())?;
    /// assert_eq!(report.cancelled.len() + report.unstarted, 1);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn immediate() -> Self {
        Self {
            drain: Some(Duration::ZERO),
            waiting: Waiting::Cancel,
            cancel_grace: Duration::ZERO,
            abandon_after: Duration::from_secs(1),
            hurry: false,
        }
    }

    /// Lets the call shorten a shutdown that is in progress: for each phase, the earlier end applies. Use
    /// this for a second Ctrl-C.
    ///
    /// ```
    /// use scheduler_core::Shutdown;
    ///
    /// let force = Shutdown::immediate().hurry();
    /// ```
    #[must_use]
    pub const fn hurry(mut self) -> Self {
        self.hurry = true;
        self
    }

    /// Sets the policy for due jobs that have not started.
    ///
    /// ```
    /// use scheduler_core::{Shutdown, shutdown::Waiting};
    ///
    /// assert_eq!(Shutdown::graceful().waiting, Waiting::Run);
    /// let brief = Shutdown::graceful().waiting(Waiting::Cancel);
    /// assert_eq!(brief.waiting, Waiting::Cancel);
    /// ```
    #[must_use]
    pub const fn waiting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    /// Sets the grace between the cancellation requests and the drop of the jobs.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Shutdown;
    ///
    /// // Ten seconds to finish, and five more to react to the cancellation.
    /// let how = Shutdown::drain_within(Duration::from_secs(10)).cancel_grace(Duration::from_secs(5));
    /// assert_eq!((how.drain, how.cancel_grace.as_secs()), (Some(Duration::from_secs(10)), 5));
    /// ```
    #[must_use]
    pub const fn cancel_grace(mut self, grace: Duration) -> Self {
        self.cancel_grace = grace;
        self
    }

    /// Sets the time for the runtime to drop the jobs.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Shutdown;
    ///
    /// let patient = Shutdown::graceful().abandon_after(Duration::from_secs(30));
    /// assert_eq!(patient.abandon_after, Duration::from_secs(30));
    /// ```
    #[must_use]
    pub const fn abandon_after(mut self, limit: Duration) -> Self {
        self.abandon_after = limit;
        self
    }
}

/// Policy for accepted jobs that are due when a shutdown begins, and have not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// The jobs run, within the drain of the shutdown.
    Run,
    /// The jobs are cancelled at once.
    Cancel,
}

impl Default for Shutdown {
    /// [`Shutdown::graceful`].
    fn default() -> Self {
        Self::graceful()
    }
}

/// The result of a shutdown. All callers that wait for it get the same report.
///
/// ```
/// use scheduler_core::{Blocking, Options, SchedulerExt, failure::JobFailure};
/// # use backend_thread::{ThreadRuntime, ThreadScheduler};
///
/// let quiet = Options::default().on_error(|_: &JobFailure| ());
/// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), quiet)?);
/// let (_, report) = scheduler.run_scoped(std::time::Duration::from_secs(5), || {
///     scheduler.spawn(async { Err::<(), _>("no disk") })
/// })?;
/// for failed in &report.failed {
///     assert_eq!(failed.error.to_string(), "no disk");
/// }
/// assert_eq!(report.failed.len(), 1);
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Cause of the shutdown.
    pub cause: StateCause,
    /// Jobs that succeeded during the shutdown.
    pub drained: Named<JobRef>,
    /// Jobs that failed. A job that received a cancellation request counts as cancelled, even if it
    /// returned an error.
    pub failed: Named<FailedJob>,
    /// Running jobs that were cancelled.
    pub cancelled: Named<JobRef>,
    /// Running jobs that ignored their cancellation. Their threads may still execute them.
    pub abandoned: Named<JobRef>,
    /// Failed jobs whose error handler did not return within its [grace](crate::Options::handler_grace) or
    /// the deadline of the shutdown.
    pub hung_handlers: Named<JobRef>,
    /// Number of accepted jobs that never started.
    pub unstarted: usize,
    /// The jobs that never started.
    pub never_started: Named<JobRef>,
}

impl ShutdownReport {
    /// Creates an empty report. Third-party schedulers use this.
    #[must_use]
    pub const fn new(cause: StateCause) -> Self {
        Self {
            cause,
            drained: Named::new(),
            failed: Named::new(),
            cancelled: Named::new(),
            abandoned: Named::new(),
            hung_handlers: Named::new(),
            unstarted: 0,
            never_started: Named::new(),
        }
    }
}

impl ShutdownReport {
    /// Adds an accepted job that never started. Third-party schedulers use this.
    pub fn note_unstarted(&mut self, job: JobRef) {
        self.unstarted += 1;
        self.never_started.push(job);
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "drained {}, cancelled {}, abandoned {}, never started {}",
            self.drained, self.cancelled, self.abandoned, self.never_started
        )?;
        if !self.failed.is_empty() {
            write!(f, ", failed {}", self.failed)?;
        }
        if !self.hung_handlers.is_empty() {
            write!(f, ", handlers hang for {}", self.hung_handlers)?;
        }
        Ok(())
    }
}

/// A failed job and its error.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FailedJob {
    /// Id and name of the job.
    pub job: JobRef,
    /// Error of the job.
    pub error: JobError,
}

impl FailedJob {
    /// Creates an entry.
    #[must_use]
    pub const fn new(job: JobRef, error: JobError) -> Self {
        Self { job, error }
    }
}

impl fmt::Display for FailedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.job, self.error)
    }
}

/// Guard returned by [`watch_failures`](crate::Scheduler::watch_failures). While it exists, failures are
/// recorded for the shutdown report.
#[derive(Default)]
#[must_use = "failures are noted only until it is dropped"]
pub struct FailureWatch(Option<Box<dyn Any + Send + Sync>>);

impl FailureWatch {
    /// Creates a guard that owns `guard`. Third-party schedulers use this.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Some(Box::new(guard)))
    }
}

impl fmt::Debug for FailureWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watches = self.0.is_some();
        f.debug_struct("FailureWatch")
            .field("watches", &watches)
            .finish()
    }
}

/// Id and name of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct JobRef {
    /// Id of the job.
    pub id: JobId,
    /// Name of the job, if it has one.
    pub name: Option<Arc<str>>,
}

impl JobRef {
    /// Creates a reference to a job.
    #[must_use]
    pub const fn new(id: JobId, name: Option<Arc<str>>) -> Self {
        Self { id, name }
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => visible(name).fmt(f),
            None => write!(f, "job {}", self.id),
        }
    }
}
