//! A job, seen from inside.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{JobCell, JobControl, JobId, cell::Told};
use crate::{ScheduleId, Scheduler};

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
}

impl JobContext {
    pub(crate) const fn new(cell: Arc<JobCell>) -> Self {
        Self { cell }
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

    /// Whether the job has been told to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell.told() != Told::Nothing
    }

    /// Waits until the job is told to end.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn cancelled(&self) {
        self.cell.cancelled().await;
    }

    /// Sleeps on the scheduler's clock.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future frees its timer.
    pub async fn sleep(&self, duration: Duration) {
        self.cell.sleep(duration).await;
    }

    /// The scheduler that runs the job; `None` when its last handle has been dropped.
    #[must_use]
    pub fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.cell.host()?.scheduler()
    }
}
