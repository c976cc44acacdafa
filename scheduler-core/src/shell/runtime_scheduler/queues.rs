//! The control of queue handles.

use std::sync::{Arc, Weak};

use super::upgrade;
use crate::{
    Error, Operation, Result,
    engine::Engine,
    queue::{QueueInfo, control::QueueControl},
    shell::shared::Shared,
};

/// The control of every queue handle of a scheduler. It does not keep the scheduler alive.
pub(super) struct Queues(Weak<Shared>);

impl Queues {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    fn shared(&self, name: &str, operation: Operation) -> Result<Arc<Shared>> {
        upgrade(&self.0, operation, || Error::UnknownQueue(name.into()))
    }
}

impl QueueControl for Queues {
    fn list(&self) -> Vec<QueueInfo> {
        let shared = self.0.upgrade();
        shared.map_or_else(Vec::new, |shared| shared.look(Engine::queue_infos))
    }

    fn info(&self, name: &str) -> Result<QueueInfo> {
        let shared = self.shared(name, Operation::Observe)?;
        shared.look(|engine| engine.queue_info(name))
    }

    fn pause(&self, name: &str, reason: &str) -> Result<()> {
        let shared = self.shared(name, Operation::Add)?;
        shared.pause(|engine, now| engine.pause_queue(name, reason, now))
    }

    fn resume(&self, name: &str) -> Result<()> {
        let shared = self.shared(name, Operation::Add)?;
        shared.call(|engine, now| engine.resume_queue(name, now))
    }
}
