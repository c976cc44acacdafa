//! [`SlotWaiters`]: the callers that wait for slots of the queues.

use crate::{
    engine::{Freed, QueueNumber},
    sync::fair_queue::FairQueue,
};

/// The waiters of each queue, by its number.
pub(crate) struct SlotWaiters(Box<[FairQueue]>);

impl SlotWaiters {
    /// Creates the waiters of each of `queues` queues.
    pub(super) fn of(queues: usize) -> Self {
        Self((0..queues).map(|_| FairQueue::new()).collect())
    }

    /// Returns the waiters of a queue.
    pub(crate) fn of_queue(&self, queue: QueueNumber) -> &FairQueue {
        // The engine numbers the same queues.
        &self.0[queue.index()]
    }

    /// Wakes the first waiter of each queue of which a slot may be free.
    pub(crate) fn notify(&self, freed: Freed) {
        match freed {
            Freed::Nothing => {}
            Freed::Of(queue) => self.of_queue(queue).notify(),
            Freed::Several => self.0.iter().for_each(FairQueue::notify),
        }
    }

    /// Wakes all waiters of all queues.
    pub(super) fn notify_everyone(&self) {
        self.0.iter().for_each(FairQueue::notify_everyone);
    }
}
