//! [`JobContext`]: the argument of a job's body.

use std::{future::Future, sync::Arc, task::Poll, time::Duration};

use chrono::{DateTime, Utc};

use super::{CancelReason, JobCell, JobControl, JobId, Progress};
use crate::{BackfillId, RunCause, ScheduleId, Scheduler, Span};

/// The argument of a job's body: its id, nominal time, labels and cancellation request.
///
/// ```
/// use scheduler_core::Task;
///
/// let polite = Task::new(|job| async move {
///     while !job.is_cancelled() {
///         job.sleep(std::time::Duration::from_secs(1)).await;
///     }
/// });
/// ```
#[derive(Debug, Clone)]
pub struct JobContext {
    cell: Arc<JobCell>,
    attempt: u32,
}

impl JobContext {
    pub(crate) fn new(cell: Arc<JobCell>) -> Self {
        let attempt = cell.attempt();
        Self { cell, attempt }
    }

    /// Returns the id of the job.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.cell.id()
    }

    /// Returns the name of the job, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.name()
    }

    /// Returns the id of the schedule that runs the job; `None` for a submitted job.
    #[must_use]
    pub fn schedule(&self) -> Option<&ScheduleId> {
        self.cell.schedule()
    }

    /// Returns the nominal time in UTC, regardless of how late the job runs. For a run of a schedule
    /// it is the instant of the trigger, for a submitted job the instant at which it could start.
    #[must_use]
    pub fn nominal(&self) -> DateTime<Utc> {
        self.cell.nominal()
    }

    /// Returns why the schedule runs the job; `None` for a submitted job.
    #[must_use]
    pub fn cause(&self) -> Option<RunCause> {
        Some(self.cell.run()?.cause)
    }

    /// Returns the range and number of the missed instants that this run replaces (`MF-004`). `None`
    /// if the run is for one instant only.
    #[must_use]
    pub fn covers(&self) -> Option<Span> {
        self.cell.run()?.covers
    }

    /// Returns the id of the backfill that runs the job, if any.
    #[must_use]
    pub fn backfill(&self) -> Option<BackfillId> {
        self.cell.run()?.backfill
    }

    /// Returns the number of this attempt, counted from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns whether the job has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.cell.policy().is_some_and(|policy| policy.has_tag(tag))
    }

    /// Returns the tags of the job.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let policy = self.cell.policy();
        policy
            .into_iter()
            .flat_map(|policy| policy.tags.iter().map(|tag| &**tag))
    }

    /// Returns the metadata value of the job under `key`.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.cell.policy()?.metadata.get(key).map(|value| &**value)
    }

    /// Returns whether the cancellation of the job, or of this attempt, was requested.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell.orders().ends(self.attempt)
    }

    /// Returns why the cancellation was requested; `None` without a request.
    #[must_use]
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        let order = self.cell.orders();
        order.why.filter(|_| order.attempt == self.attempt)
    }

    /// Reports progress. [`JobInfo`](super::JobInfo), the handle and an event show it.
    ///
    /// ```
    /// use scheduler_core::Task;
    ///
    /// let task = Task::new(|job| async move {
    ///     for step in 1..=10 {
    ///         job.report_progress(f64::from(step) / 10.0, format!("step {step}"));
    ///     }
    /// });
    /// ```
    pub fn report_progress(&self, fraction: f64, text: impl Into<Arc<str>>) {
        self.cell.report(&Arc::new(Progress::new(fraction, text)));
    }

    /// Waits until the cancellation of the job, or of this attempt, is requested.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops nothing but the wait.
    pub async fn cancelled(&self) {
        self.cell.cancelled(self.attempt).await;
    }

    /// Sleeps on the clock of the scheduler. Returns early if the runtime ends.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future frees its timer.
    pub async fn sleep(&self, duration: Duration) {
        if let Some(host) = self.cell.host() {
            host.sleep_of_job(duration).await;
        }
    }

    /// Blocks the thread for `duration`, for blocking jobs. Returns true after the whole duration,
    /// and false as soon as the cancellation of the job is requested.
    #[must_use = "a job should return when its cancellation was requested"]
    pub fn sleep_blocking(&self, duration: Duration) -> bool {
        crate::block_on(async {
            let mut end = std::pin::pin!(self.sleep(duration));
            let mut told = std::pin::pin!(self.cancelled());
            std::future::poll_fn(|cx| match told.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(false),
                Poll::Pending => end.as_mut().poll(cx).map(|()| true),
            })
            .await
        })
    }

    /// Returns the scheduler that runs the job; `None` if its last handle was dropped.
    #[must_use]
    pub fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.cell.host()?.scheduler()
    }
}
