//! Offering jobs to the engine, which may have no room for them.

use std::sync::Arc;

use super::Inner;
use crate::{
    Error, Result,
    engine::{Engine, Refused},
    job::{Job, JobCell, JobId},
};

impl Inner {
    /// Submits a job unless the queue is full, in which case it is handed back.
    pub(super) fn offer(
        &self,
        job: Job,
        cell: Option<Arc<JobCell>>,
    ) -> std::result::Result<JobId, Refused> {
        self.shared
            .call(|engine, now| engine.submit(job, cell, now))
    }

    pub(super) fn cell_for(&self, job: &Job) -> Arc<JobCell> {
        let cell = JobCell::new(job.name.clone(), None, self.host());
        Arc::new(cell.with_policy(job.policy.clone()))
    }

    /// Refuses a job that would overtake those who wait for room.
    pub(super) fn forbid_overtaking(&self, job: &Job) -> Result<()> {
        if job.takes_room() && !self.shared.room.is_empty() {
            return self.shared.look(Engine::queue_full);
        }
        Ok(())
    }

    /// Submits a job; if the queue is full, it comes back.
    pub(super) fn offer_again(&self, job: Job, cell: &Arc<JobCell>) -> Result<Option<Job>> {
        match self.offer(job, Some(cell.clone())) {
            Ok(_) => Ok(None),
            Err(refused) => match *refused {
                (Error::QueueFull { .. }, job) => Ok(Some(job)),
                refused => Err(Self::refuse(refused)),
            },
        }
    }

    pub(super) fn refuse((error, _job): (Error, Job)) -> Error {
        error
    }
}
