//! Offering jobs to the engine, which may have no room for them.

use std::sync::Arc;

use super::Inner;
use crate::{
    Error, Operation, Result,
    engine::Refused,
    job::{Job, JobCell, JobId},
    room::RoomWaiter,
};

impl Inner {
    /// Submits a job unless there is no room for it, in which case it is handed back. A caller
    /// whose turn it is has left the line when its job is taken; a newcomer takes what those who
    /// wait leave over.
    pub(super) fn offer(
        &self,
        job: Job,
        cell: Option<Arc<JobCell>>,
        turn: Option<&RoomWaiter<'_>>,
    ) -> std::result::Result<JobId, Refused> {
        let room = &self.shared.room;
        self.shared.call(|engine, now| {
            let before = turn.map_or_else(|| room.len(), |_| 0);
            let taken = engine.submit(job, cell, before, now)?;
            turn.inspect(|turn| turn.leave());
            Ok(taken)
        })
    }

    pub(super) fn cell_for(&self, job: &Job) -> Arc<JobCell> {
        let cell = JobCell::new(job.name.clone(), None, self.host());
        Arc::new(cell.with_policy(job.policy.clone()))
    }

    /// Submits a job; if there is no room for it, it comes back.
    pub(super) fn offer_again(
        &self,
        job: Job,
        cell: &Arc<JobCell>,
        turn: Option<&RoomWaiter<'_>>,
    ) -> Result<Option<Job>> {
        match self.offer(job, Some(cell.clone()), turn) {
            Ok(_) => Ok(None),
            Err(refused) => match *refused {
                (Error::QueueFull { .. }, job) => Ok(Some(job)),
                refused => Err(Self::refuse(refused)),
            },
        }
    }

    /// Submits the job of a caller in line if it is its turn and there is room; `None` if the caller
    /// has to wait.
    pub(super) fn offer_in_turn(
        &self,
        waiting: &mut Option<Job>,
        cell: &Arc<JobCell>,
        turn: &RoomWaiter<'_>,
    ) -> Option<Result<()>> {
        if !turn.is_next() {
            return self.shared.permit(Operation::Submit).err().map(Err);
        }
        let offered = self.offer_again(waiting.take()?, cell, Some(turn));
        offered
            .map(|job| *waiting = job)
            .map(|()| waiting.is_none().then_some(()))
            .transpose()
    }

    pub(super) fn refuse((error, _job): (Error, Job)) -> Error {
        error
    }
}
