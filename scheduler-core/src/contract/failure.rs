//! [`JobFailure`] and [`ErrorHandler`]: failed jobs, and the callback that receives them.

use std::{
    error::Error as StdError,
    fmt,
    io::{self, Write},
    panic::Location,
    sync::Arc,
};

#[cfg(doc)]
use crate::Options;
use crate::{
    ScheduleId,
    base::text::visible,
    job::{JobError, JobId, JobPolicy},
};

/// A callback for every job that failed, timed out, panicked or was lost.
///
/// It is called after the job's permit was released and before the job's waiters resume, on a thread where it
/// may block: the thread of a blocking job, or one of
/// [`Runtime::spawn_blocking`](crate::Runtime::spawn_blocking). Up to four calls run at the same time. Once the
/// runtime has ended, it is called on the thread that dropped the runtime.
///
/// Waits for the job, for an idle scheduler and for its end include the handler (`LC-033`), at most for the
/// [grace](Options::handler_grace). A panic of the handler is caught and counted in
/// [`Metrics::handler_panics`](crate::Metrics::handler_panics).
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use scheduler_core::{Blocking, Options, SchedulerExt, Shutdown};
/// use scheduler_core::failure::{ErrorHandler, JobFailure};
/// # use backend_thread::{ThreadRuntime, ThreadScheduler};
///
/// /// Counts the failures of the program.
/// struct Counter;
///
/// static FAILURES: AtomicUsize = AtomicUsize::new(0);
///
/// impl ErrorHandler for Counter {
///     fn on_error(&self, _: &JobFailure) {
///         FAILURES.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let options = Options::default().on_error(Counter);
/// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
/// scheduler.start()?;
/// scheduler.spawn(async { Err::<(), _>("no disk") })?;
/// scheduler.shutdown(Shutdown::graceful())?;
/// assert_eq!(FAILURES.load(Ordering::Relaxed), 1);
/// # Ok::<(), scheduler_core::Error>(())
/// ```
pub trait ErrorHandler: Send + Sync + 'static {
    /// Handles a job that has just failed.
    fn on_error(&self, failure: &JobFailure);
}

impl<F: Fn(&JobFailure) + Send + Sync + 'static> ErrorHandler for F {
    fn on_error(&self, failure: &JobFailure) {
        self(failure);
    }
}

/// An error handler that writes each failure to standard error, on one line. Control characters and
/// marks of direction are [escaped](crate::base::text::visible).
///
/// ```
/// use scheduler_core::{Options, failure::PrintErrors};
///
/// let options = Options::default().on_error(PrintErrors);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct PrintErrors;

impl ErrorHandler for PrintErrors {
    fn on_error(&self, failure: &JobFailure) {
        // Control characters are escaped, so that the message is one line.
        let line = format!("{}\n", visible(&failure.to_string()));
        // In one call, so that lines of several threads do not mix. An error of the write itself is ignored.
        drop(io::stderr().write_all(line.as_bytes()));
    }
}

/// The default error handler: reports each failure once.
///
/// With the feature `tracing`, it publishes an event of level `ERROR` and of the target
/// `scheduler`, with the fields `job`, `name`, `schedule`, `attempt`, `spawned_at` and `error`; the
/// texts in them are [escaped](visible). Without the feature, or without a subscriber, it writes to
/// standard error, as [`PrintErrors`] does.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportErrors;

impl ErrorHandler for ReportErrors {
    fn on_error(&self, failure: &JobFailure) {
        if !is_traced(failure) {
            PrintErrors.on_error(failure);
        }
    }
}

/// Publishes the failure as a `tracing` event. Returns false if there is no subscriber.
#[cfg(feature = "tracing")]
fn is_traced(failure: &JobFailure) -> bool {
    use tracing::{dispatcher::get_default, subscriber::NoSubscriber};

    if get_default(|dispatch| dispatch.is::<NoSubscriber>()) {
        return false;
    }
    let shown = |text: &str| visible(text).to_string();
    tracing::error!(
        target: "scheduler",
        job = %failure.job,
        name = failure.name.as_deref().map(shown),
        schedule = failure.schedule.as_ref().map(|id| shown(id.as_str())),
        attempt = failure.attempt,
        spawned_at = failure.spawned_at.map(ToString::to_string),
        error = shown(&failure.error_and_sources()),
        "a job failed"
    );
    true
}

#[cfg(not(feature = "tracing"))]
const fn is_traced(_: &JobFailure) -> bool {
    false
}

/// A job that failed, timed out, panicked or was lost.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JobFailure {
    /// Id of the job.
    pub job: JobId,
    /// Name of the job, if it has one.
    pub name: Option<Arc<str>>,
    /// Error of the job.
    pub error: JobError,
    /// Id of the schedule that ran the job; `None` for a submitted job.
    pub schedule: Option<ScheduleId>,
    /// Number of attempts that were started.
    pub attempt: u32,
    /// Tags, metadata and limits of the job.
    pub policy: Option<Arc<JobPolicy>>,
    /// Source location that created the job, if [recorded](Options::keep_spawn_sites).
    pub spawned_at: Option<&'static Location<'static>>,
}

impl fmt::Display for JobFailure {
    /// Formats the failure: `job "mail" (7.1, from src/mail.rs:12): attempt 3: the error: its
    /// source`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "job {name:?} ({}", self.job)?,
            None => write!(f, "job ({}", self.job)?,
        }
        if let Some(site) = self.spawned_at {
            write!(f, ", from {}:{}", site.file(), site.line())?;
        }
        f.write_str("): ")?;
        if self.attempt > 1 {
            write!(f, "attempt {}: ", self.attempt)?;
        }
        f.write_str(&self.error_and_sources())
    }
}

impl JobFailure {
    /// Formats the error and its sources: `the error: its source`.
    fn error_and_sources(&self) -> String {
        let mut text = self.error.to_string();
        let mut source = StdError::source(&self.error);
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let mut failure = JobFailure {
            job: JobId::from_bits(7 << 32 | 1),
            name: Some("mail".into()),
            error: JobError::failed("no route"),
            schedule: None,
            attempt: 3,
            policy: None,
            spawned_at: None,
        };
        assert_eq!(
            failure.to_string(),
            r#"job "mail" (7.1): attempt 3: no route"#
        );
        failure.name = None;
        failure.attempt = 1;
        failure.spawned_at = Some(Location::caller());
        let line = Location::caller().line() - 1;
        let wanted = format!("job (7.1, from {}:{line}): no route", file!());
        assert_eq!(failure.to_string(), wanted);
    }

    #[test]
    fn a_failure_names_its_sources() {
        #[derive(Debug, thiserror::Error)]
        #[error("the mail is not sent")]
        struct Unsent(#[source] io::Error);

        let failure = JobFailure {
            job: JobId::from_bits(7 << 32 | 1),
            name: None,
            error: JobError::failed(Unsent(io::Error::other("no route"))),
            schedule: None,
            attempt: 1,
            policy: None,
            spawned_at: None,
        };
        let wanted = "job (7.1): the mail is not sent: no route";
        assert_eq!(failure.to_string(), wanted);
    }
}
