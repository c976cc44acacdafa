//! A job, seen from inside.

use std::{future::Future, sync::Arc, task::Poll, time::Duration};

use chrono::{DateTime, Utc};

use super::{CancelReason, JobCell, JobControl, JobId, Progress};
use crate::{BackfillId, RunCause, ScheduleId, Scheduler, Span};

/// What the body of a job is given: who it is, what it is for, whether it is to end.
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

    /// The job's identity.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.cell.id()
    }

    /// The job's name.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.name()
    }

    /// The schedule it is an occurrence of.
    #[must_use]
    pub fn schedule(&self) -> Option<&ScheduleId> {
        self.cell.schedule()
    }

    /// The instant it is for, however late it runs: of a schedule's occurrence the one its trigger
    /// gave, of a submitted job the one it was to start at. In UTC.
    #[must_use]
    pub fn nominal(&self) -> DateTime<Utc> {
        self.cell.nominal()
    }

    /// Why a schedule runs it; `None` for a job that was submitted.
    #[must_use]
    pub fn cause(&self) -> Option<RunCause> {
        Some(self.cell.run()?.cause)
    }

    /// The instants it stands for, if it makes up for several at once: from which to which, and how
    /// many (`MF-004`).
    #[must_use]
    pub fn covers(&self) -> Option<Span> {
        self.cell.run()?.covers
    }

    /// The backfill that runs it, if one does.
    #[must_use]
    pub fn backfill(&self) -> Option<BackfillId> {
        self.cell.run()?.backfill
    }

    /// Which attempt this is, counted from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the job has a label.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        self.cell
            .policy()
            .is_some_and(|policy| policy.is_tagged(tag))
    }

    /// Its labels.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let policy = self.cell.policy();
        policy
            .into_iter()
            .flat_map(|policy| policy.tags.iter().map(|tag| &**tag))
    }

    /// What else is known of it under `key`.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.cell.policy()?.metadata.get(key).map(|value| &**value)
    }

    /// Whether the job, or this attempt of it, has been told to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell.orders().ends(self.attempt)
    }

    /// Why it has been told to end.
    #[must_use]
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        let order = self.cell.orders();
        order.why.filter(|_| order.attempt == self.attempt)
    }

    /// Says how far the job has got: [`JobInfo`](super::JobInfo), the handle and an event tell.
    ///
    /// ```
    /// use scheduler_core::Task;
    ///
    /// let task = Task::new(|job| async move {
    ///     for step in 1..=10 {
    ///         job.progress(f64::from(step) / 10.0, format!("step {step}"));
    ///     }
    /// });
    /// ```
    pub fn progress(&self, fraction: f64, text: impl Into<Arc<str>>) {
        self.cell.report(&Arc::new(Progress::new(fraction, text)));
    }

    /// Waits until the job is told to end.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn cancelled(&self) {
        self.cell.cancelled(self.attempt).await;
    }

    /// Sleeps on the scheduler's clock. Ends early if the runtime ends.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future frees its timer.
    pub async fn sleep(&self, duration: Duration) {
        if let Some(host) = self.cell.host() {
            host.sleep_of_job(duration).await;
        }
    }

    /// [`sleep`](Self::sleep) for a job that blocks: ends early when the job is told to end, and
    /// answers whether it slept for the whole of it.
    #[must_use = "a job that was told to end is to end"]
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

    /// The scheduler that runs the job; `None` when its last handle has been dropped.
    #[must_use]
    pub fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.cell.host()?.scheduler()
    }
}
