//! The only queue, which has no limits.

use std::sync::Arc;

use scheduler_core::{
    Error, Job, Result,
    implement::QueueControl,
    lifecycle::{Operation, permit},
    queue::{DEFAULT, Queue, QueueInfo},
};

use super::Shared;

/// The control of its queue handles. It cannot be paused alone: `pause` of the scheduler is the call for that.
pub(super) struct OnlyQueue(pub(super) Arc<Shared>);

fn known(name: &str) -> Result<()> {
    match name {
        DEFAULT => Ok(()),
        other => Err(Error::UnknownQueue(other.into())),
    }
}

/// Returns an error if a job names another queue.
pub(super) fn check(job: &Job) -> Result<()> {
    let queue = job.get_policy().and_then(|policy| policy.queue.as_deref());
    known(queue.unwrap_or(DEFAULT))
}

impl QueueControl for OnlyQueue {
    fn list(&self) -> Vec<QueueInfo> {
        vec![QueueInfo::new(&Queue::named(DEFAULT))]
    }

    fn info(&self, name: &str) -> Result<QueueInfo> {
        known(name)?;
        Ok(QueueInfo::new(&Queue::named(DEFAULT)))
    }

    fn pause(&self, name: &str, _: &str) -> Result<()> {
        permit(self.0.lock().state, Operation::Add)?;
        known(name)
    }

    fn resume(&self, name: &str) -> Result<()> {
        permit(self.0.lock().state, Operation::Add)?;
        known(name)
    }
}
