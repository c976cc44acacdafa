//! [`DurableControl`]: the scheduler's side of [`Durable`](super::Durable).

use std::sync::Arc;

use async_trait::async_trait;

use super::super::{Decide, Look, Page, Picture, StoreTime, StoredId, Write, Written};
use crate::{Result, registry::TaskRegistry, trigger::Trigger};

/// A trigger whose relative parts were fixed, and the first instant.
pub(crate) type Begin = (Option<Arc<dyn Trigger>>, Option<StoreTime>);

/// Carries out the calls of [`Durable`](super::Durable). Each call checks the state of the scheduler with [`permit`](crate::lifecycle::permit).
#[async_trait]
pub(crate) trait DurableControl: Send + Sync + 'static {
    /// Returns the tasks that the node runs.
    fn tasks(&self) -> &TaskRegistry;

    /// Returns the time of the store, as the node estimates it.
    fn now(&self) -> StoreTime;

    /// Returns the id of a new job. It is larger than those before.
    fn next_id(&self) -> StoredId;

    /// Stores a change, and returns the result of the store.
    ///
    /// # Errors
    ///
    /// The error of the state; [`Store`](crate::Error::Store) if nothing was sent;
    /// [`MaybeStored`](crate::Error::MaybeStored) if the store did not answer.
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    async fn write(&self, write: Write) -> Result<Written>;

    /// Reads a page.
    ///
    /// # Errors
    ///
    /// The error of the state; [`Store`](crate::Error::Store).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the store.
    async fn look(&self, look: Look) -> Result<Page>;

    /// Returns the first instant of a new schedule from `from` on, later than `after`. Fixes what is relative in its
    /// trigger.
    fn begin(&self, trigger: Arc<dyn Trigger>, from: StoreTime, after: Option<StoreTime>) -> Begin;

    /// Returns the decision that resumes a paused schedule. The instants before `from` are recorded as skipped; without
    /// it the schedule continues at its cursor.
    fn resumed(&self, picture: &Picture, from: Option<StoreTime>) -> Decide;

    /// Waits for some time, less if a job of this node has ended meanwhile: a caller that waits for a job looks again.
    async fn pause_between_looks(&self);
}
