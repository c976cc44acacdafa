//! [`DurableHandle`]: refers to one stored job.

use std::{fmt, sync::Arc};

use super::{
    super::{EndRow, JobFilter, Look, LookAt, Rows, StoredId, StoredJob},
    DurableControl,
};
use crate::{Error, Result};

/// Result of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placed {
    /// The job was stored.
    New,
    /// The store has a job with this id already.
    Known,
    /// Another job holds the key. The handle is that of the other job.
    KeyTaken,
    /// The job that holds the key took over the arguments, the policy and the due time. The handle is that of this job.
    Replaced,
}

/// Refers to one stored job, which may run on any node and in a later process. Clones are cheap.
#[derive(Clone)]
pub struct DurableHandle {
    id: StoredId,
    placed: Placed,
    control: Arc<dyn DurableControl>,
}

impl DurableHandle {
    pub(super) fn new(id: StoredId, placed: Placed, control: Arc<dyn DurableControl>) -> Self {
        Self {
            id,
            placed,
            control,
        }
    }

    /// Returns the id of the job.
    #[must_use]
    pub const fn id(&self) -> StoredId {
        self.id
    }

    /// Returns what the submission did.
    #[must_use]
    pub const fn placed(&self) -> Placed {
        self.placed
    }

    fn filter(&self) -> JobFilter {
        JobFilter {
            id: Some(self.id),
            ..JobFilter::default()
        }
    }

    /// Returns the job, if it has not ended.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn job(&self) -> Result<Option<StoredJob>> {
        match self
            .control
            .look(Look::new(LookAt::Jobs(self.filter())))
            .await?
            .rows
        {
            Rows::Jobs(jobs) => Ok(jobs.into_iter().next()),
            _ => Ok(None),
        }
    }

    /// Returns how the job ended; `None` if it has not ended, or the store keeps the end no longer.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn end(&self) -> Result<Option<EndRow>> {
        match self
            .control
            .look(Look::new(LookAt::Ends(self.filter())))
            .await?
            .rows
        {
            Rows::Ends(ends) => Ok(ends.into_iter().next()),
            _ => Ok(None),
        }
    }

    /// Waits until the job has ended, on whichever node.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownStoredJob`] if the store has neither the job nor its end. The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the job.
    pub async fn wait(&self) -> Result<EndRow> {
        loop {
            if let Some(end) = self.end().await? {
                return Ok(end);
            }
            if self.job().await?.is_none() {
                // It may have ended between the two looks.
                let end = self.end().await?;
                return end.ok_or(Error::UnknownStoredJob(self.id));
            }
            self.control.pause_between_looks().await;
        }
    }
}

impl fmt::Debug for DurableHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableHandle")
            .field("id", &self.id)
            .field("placed", &self.placed)
            .finish_non_exhaustive()
    }
}
