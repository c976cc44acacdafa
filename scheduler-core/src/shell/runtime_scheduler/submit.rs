//! Submitting jobs to the engine, whose queue may be full.

use std::sync::Arc;

use super::Inner;
use crate::{
    Error, Operation, Result, WaitingCall,
    engine::{Engine, Key, QueueNumber, Refused, key_of},
    job::{
        Job, JobCell, JobId,
        caller::{self, Place},
    },
    shell::shared::Shared,
    sync::fair_queue::SlotWaiter,
};

impl Inner {
    /// Submits a job; if the queue is full, returns it in the error. A caller with a turn leaves
    /// the queue of waiters when its job is accepted. A caller without one may use only the slots
    /// that are not reserved for waiters.
    pub(super) fn offer(
        &self,
        job: Job,
        cell: Option<Arc<JobCell>>,
        turn: Option<&SlotWaiter<'_>>,
    ) -> std::result::Result<JobId, Refused> {
        let waiters = |queue| self.shared.slots.of_queue(queue).len();
        self.shared.call(|engine, now| {
            let before = match turn {
                // The engine refuses a job of an unknown queue.
                None => engine.queue_of(&job).map_or(0, waiters),
                Some(_) => 0,
            };
            let taken = engine.submit(job, cell, before, now)?;
            turn.inspect(|turn| turn.leave());
            Ok(taken)
        })
    }

    pub(super) fn cell_for(&self, job: &Job) -> Arc<JobCell> {
        Arc::new(JobCell::new(job.facts(), self.host()))
    }

    /// Submits a job; returns it if the queue is full.
    pub(super) fn offer_again(
        &self,
        job: Job,
        cell: &Arc<JobCell>,
        turn: Option<&SlotWaiter<'_>>,
    ) -> Result<Option<Job>> {
        match self.offer(job, Some(cell.clone()), turn) {
            Ok(_) => Ok(None),
            Err(refused) => match *refused {
                (Error::QueueFull { .. }, job) => Ok(Some(job)),
                refused => Err(Self::refuse(refused)),
            },
        }
    }

    /// Submits the job of a waiter if it is the waiter's turn and a slot is free. Returns `None` if
    /// the waiter must wait.
    pub(super) fn offer_in_turn(
        &self,
        waiting: &mut Option<Job>,
        cell: &Arc<JobCell>,
        turn: &SlotWaiter<'_>,
        inside: Option<&SlotWait<'_>>,
    ) -> Option<Result<()>> {
        if turn.is_next() {
            match self.offer_again(waiting.take()?, cell, Some(turn)) {
                Ok(job) => *waiting = job,
                Err(error) => return Some(Err(error)),
            }
            if waiting.is_none() {
                return Some(Ok(()));
            }
        } else if let Err(error) = self.shared.permit(Operation::Submit) {
            return Some(Err(error));
        }
        // Checked each time, because an earlier waiter may have taken the free slot.
        inside?.refusal().map(Err)
    }

    pub(super) fn refuse((error, _job): (Error, Job)) -> Error {
        error
    }
}

/// Drop guard: while it is alive, the engine knows that a job of the scheduler waits for a queue
/// slot.
pub(super) struct SlotWait<'a> {
    shared: &'a Shared,
    waiter: Key,
    queue: QueueNumber,
}

impl<'a> SlotWait<'a> {
    /// Records the wait of the job that makes the call. Returns `None` outside of the scheduler's
    /// jobs.
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` inside a listener or handler, which would block the thread that frees slots.
    pub(super) fn begin(shared: &'a Shared, queue: QueueNumber) -> Result<Option<Self>> {
        let waiter = match caller::place_inside(shared.id()) {
            None => return Ok(None),
            Some(Place::Callback) => return Err(Error::WouldDeadlock(WaitingCall::Submit)),
            Some(Place::Async(job) | Place::Blocking(job)) => key_of(job),
        };
        shared.call(|engine, _| engine.begin_slot_wait(waiter, queue));
        Ok(Some(Self {
            shared,
            waiter,
            queue,
        }))
    }

    /// Returns an error if the wait could never end.
    fn refusal(&self) -> Option<Error> {
        let starved = |engine: &Engine| engine.is_slot_wait_starved(self.waiter, self.queue);
        let refused = self.shared.look(starved);
        refused.then_some(Error::WouldDeadlock(WaitingCall::Submit))
    }
}

impl Drop for SlotWait<'_> {
    fn drop(&mut self) {
        let (waiter, queue) = (self.waiter, self.queue);
        self.shared
            .call(|engine, _| engine.end_slot_wait(waiter, queue));
    }
}
