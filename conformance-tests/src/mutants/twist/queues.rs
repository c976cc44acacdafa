//! The calls about queues, through a twist.

use std::sync::{Arc, Weak};

use scheduler_core::{Result, implement::QueueControl, queue::QueueInfo};

use super::{Scene, Twist, forward::Twisted};

/// The control of the queue handles. It does not keep the scheduler alive, and is sound once the scheduler was
/// dropped.
pub(super) struct TwistedQueues<T> {
    pub(super) scheduler: Weak<Twisted<T>>,
    pub(super) sound: Arc<dyn QueueControl>,
}

impl<T: Twist> TwistedQueues<T> {
    fn call<R>(
        &self,
        twisted: impl FnOnce(&T, &Scene) -> R,
        sound: impl FnOnce(&dyn QueueControl) -> R,
    ) -> R {
        match self.scheduler.upgrade() {
            Some(scheduler) => twisted(&scheduler.twist, &scheduler.scene),
            None => sound(&*self.sound),
        }
    }
}

impl<T: Twist> QueueControl for TwistedQueues<T> {
    fn list(&self) -> Vec<QueueInfo> {
        self.call(T::queues, |it| it.list())
    }

    fn info(&self, name: &str) -> Result<QueueInfo> {
        self.call(|it, on| it.queue(on, name), |it| it.info(name))
    }

    fn pause(&self, name: &str, reason: &str) -> Result<()> {
        self.call(
            |it, on| it.pause_queue(on, name, reason),
            |it| it.pause(name, reason),
        )
    }

    fn resume(&self, name: &str) -> Result<()> {
        self.call(|it, on| it.resume_queue(on, name), |it| it.resume(name))
    }
}
