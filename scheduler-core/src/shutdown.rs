//! How to end, and what came of it.

mod named;

pub use self::named::Named;

use std::{any::Any, fmt, sync::Arc, time::Duration};

use crate::{
    StateCause,
    job::{JobError, JobId},
    text::visible,
};

/// How a shutdown goes about the jobs that there are when it begins.
///
/// Nothing new becomes due: delayed jobs and further instants of schedules are cancelled at once.
/// Running jobs, and accepted ones that are due, run to their end: also jobs that wait for a permit
/// or for a rate limit, kept instants and catch-up runs, and attempts that are due within
/// [`drain`](Self::drain). An instant that is due when the shutdown begins is decided by the policies of
/// its schedule, even if the driver has not come to it. One that its jitter or a pause holds back, or
/// that a shutdown without a drain leaves, is recorded as [skipped](crate::SkipReason::Shutdown). When that is over, what has not started is cancelled, and what runs is told
/// to end, then dropped where it is suspended; what is left after that is abandoned. The report
/// names them all.
///
/// A scheduler that is paused starts nothing: what waits is cancelled at once, also jobs that have a
/// permit. A job that has its permit counts as running otherwise, even where its executor has not
/// come to it yet.
///
/// A further call joins the shutdown that is going on: it gets the same report, and changes nothing
/// (`SD-001`). Only one that is told to [`hurry`](Self::hurry) makes it shorter (`SD-002`).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::Shutdown;
///
/// let patient = Shutdown::graceful();
/// let brisk = Shutdown::within(Duration::from_secs(5));
/// let abrupt = Shutdown::now();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// How long jobs may take to end by themselves; `None` is as long as it takes.
    pub drain: Option<Duration>,
    /// What becomes of accepted jobs that are due and have not started.
    pub waiting: Waiting,
    /// How long they then have to follow the request to end.
    pub cancel_grace: Duration,
    /// How long the runtime then has to drop them, before they are abandoned.
    pub abandon_after: Duration,
    /// Whether it may shorten a shutdown that is going on.
    pub hurries: bool,
}

impl Shutdown {
    /// Runs what runs or is due to its end, as long as it takes.
    #[must_use]
    pub const fn graceful() -> Self {
        Self {
            drain: None,
            waiting: Waiting::Run,
            cancel_grace: Duration::from_secs(5),
            abandon_after: Duration::from_secs(1),
            hurries: false,
        }
    }

    /// As [`graceful`](Self::graceful) for as long as `drain`, then cancels what is left.
    #[must_use]
    pub const fn within(drain: Duration) -> Self {
        Self {
            drain: Some(drain),
            ..Self::graceful()
        }
    }

    /// Waits for running jobs as long as they take; what has not started is cancelled at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Shutdown;
    ///
    /// let at_most_a_minute = Shutdown::within(Duration::from_secs(60)).cancel_waiting();
    /// assert_eq!(at_most_a_minute.waiting, Shutdown::running_only().waiting);
    /// ```
    #[must_use]
    pub const fn running_only() -> Self {
        Self::graceful().cancel_waiting()
    }

    /// Cancels everything at once, without a grace.
    #[must_use]
    pub const fn immediate() -> Self {
        Self::now()
    }

    /// The same as [`immediate`](Self::immediate).
    #[must_use]
    pub const fn now() -> Self {
        Self {
            drain: Some(Duration::ZERO),
            waiting: Waiting::Cancel,
            cancel_grace: Duration::ZERO,
            abandon_after: Duration::from_secs(1),
            hurries: false,
        }
    }

    /// The same, also for a shutdown that is going on: of the two ends of each phase the earlier
    /// one counts. What a second Ctrl-C is for.
    ///
    /// ```
    /// use scheduler_core::Shutdown;
    ///
    /// let force = Shutdown::now().hurry();
    /// ```
    #[must_use]
    pub const fn hurry(mut self) -> Self {
        self.hurries = true;
        self
    }

    /// The same, but what is due and has not started is cancelled at once.
    #[must_use]
    pub const fn cancel_waiting(mut self) -> Self {
        self.waiting = Waiting::Cancel;
        self
    }

    /// The same with another time for jobs to follow the request to end.
    #[must_use]
    pub const fn cancel_grace(mut self, grace: Duration) -> Self {
        self.cancel_grace = grace;
        self
    }

    /// The same with another time for the runtime to drop what did not end.
    #[must_use]
    pub const fn abandon_after(mut self, limit: Duration) -> Self {
        self.abandon_after = limit;
        self
    }
}

/// What becomes of accepted jobs that are due when a shutdown begins, and have not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// They run, within the time of the shutdown.
    Run,
    /// They are cancelled at once.
    Cancel,
}

impl Default for Shutdown {
    /// [`Shutdown::graceful`].
    fn default() -> Self {
        Self::graceful()
    }
}

/// What came of a shutdown: the same report for everybody who waited for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Why the scheduler ended.
    pub cause: StateCause,
    /// Jobs that ran and ended well by themselves.
    pub drained: Named<JobRef>,
    /// Jobs that failed by themselves. One that was told to end is cancelled, whatever it answered:
    /// interrupted is not failed.
    pub failed: Named<FailedJob>,
    /// Jobs that had started and had to be cancelled.
    pub cancelled: Named<JobRef>,
    /// Jobs that were running and did not end: their threads may still be busy with them.
    pub abandoned: Named<JobRef>,
    /// Jobs whose failure the error handler had not finished with when its
    /// [grace](crate::Options::handler_grace), or the time of the shutdown, was over.
    pub hung_handlers: Named<JobRef>,
    /// How many jobs had been accepted and never started.
    pub unstarted: usize,
    /// Which ones.
    pub never_started: Named<JobRef>,
}

impl ShutdownReport {
    /// A report of an end with nothing to tell of: for those who implement a scheduler.
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
    /// Notes a job that had been accepted and never started: for those who implement a scheduler.
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

/// A job that failed, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedJob {
    /// Which job.
    pub job: JobRef,
    /// How it failed.
    pub error: JobError,
}

impl FailedJob {
    /// The job that failed like this.
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

/// As long as it is there, a scheduler notes what fails, for the report of its shutdown: the answer of
/// [`watch_failures`](crate::Scheduler::watch_failures).
#[derive(Default)]
#[must_use = "failures are noted only until it is dropped"]
pub struct FailureWatch(Option<Box<dyn Any + Send + Sync>>);

impl FailureWatch {
    /// One that drops `guard` with itself: for those who implement a scheduler.
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

/// A job, named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRef {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: Option<Arc<str>>,
}

impl JobRef {
    /// The job `id`, called `name`.
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
