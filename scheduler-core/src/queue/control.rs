//! [`QueueControl`]: the scheduler's side of every [`QueueHandle`](super::QueueHandle).

use super::QueueInfo;
use crate::Result;

/// Carries out the calls of queue handles.
///
/// A third-party scheduler implements it. Each call checks the state of the scheduler with
/// [`permit`](crate::lifecycle::permit), and then returns
/// [`UnknownQueue`](crate::Error::UnknownQueue) with the name if there is no such queue.
pub trait QueueControl: Send + Sync + 'static {
    /// Returns the settings and the state of all queues, [`DEFAULT`](super::DEFAULT) first.
    fn list(&self) -> Vec<QueueInfo>;

    /// Returns the settings and the state of a queue.
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue).
    fn info(&self, name: &str) -> Result<QueueInfo>;

    /// Pauses a queue, or replaces the reason of its pause.
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue) or `ShutDown`.
    fn pause(&self, name: &str, reason: &str) -> Result<()>;

    /// Resumes a queue. Has no effect on one that is not paused.
    ///
    /// # Errors
    ///
    /// [`UnknownQueue`](crate::Error::UnknownQueue) or `ShutDown`.
    fn resume(&self, name: &str) -> Result<()>;
}
