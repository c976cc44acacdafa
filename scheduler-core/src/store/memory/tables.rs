//! [`Tables`]: the rows of the store, and the indexes that must agree with them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Class, EndRow, RecordRow, RunOf, ScheduleRow, StoreTime, StoredId, StoredJob};
use super::{keys::Keys, nodes::Nodes};

/// A waiting job in the order of claims.
pub(super) type Waiting = (String, Class, StoreTime, StoredId);

/// All rows. A method is one transaction, or a part of one.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) nodes: Nodes,
    pub(super) keys: Keys,
    jobs: BTreeMap<StoredId, StoredJob>,
    waiting: BTreeSet<Waiting>,
    ends: BTreeMap<StoredId, EndRow>,
    pub(super) schedules: BTreeMap<String, ScheduleRow>,
    pub(super) records: BTreeMap<RunOf, RecordRow>,
    pub(super) edits: u64,
    stored: u64,
}

impl Tables {
    /// Returns how often work that may be claimed was stored.
    pub(super) const fn stored(&self) -> u64 {
        self.stored
    }

    pub(super) fn job(&self, id: StoredId) -> Option<&StoredJob> {
        self.jobs.get(&id)
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = &StoredJob> {
        self.jobs.values()
    }

    pub(super) fn end(&self, id: StoredId) -> Option<&EndRow> {
        self.ends.get(&id)
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = &EndRow> {
        self.ends.values()
    }

    pub(super) fn waiting(&self) -> &BTreeSet<Waiting> {
        &self.waiting
    }

    /// Stores a job, in place of the row with its id.
    pub(super) fn set_job(&mut self, job: StoredJob) {
        self.take_job(job.row.id);
        if let Some(place) = place(&job) {
            self.waiting.insert(place);
            self.stored += 1;
        }
        self.jobs.insert(job.row.id, job);
    }

    /// Removes a job that has not ended.
    pub(super) fn take_job(&mut self, id: StoredId) -> Option<StoredJob> {
        let job = self.jobs.remove(&id)?;
        if let Some(place) = place(&job) {
            self.waiting.remove(&place);
        }
        Some(job)
    }

    pub(super) fn set_end(&mut self, end: EndRow) {
        self.ends.insert(end.job.row.id, end);
    }

    pub(super) fn take_end(&mut self, id: StoredId) -> Option<EndRow> {
        self.ends.remove(&id)
    }
}

/// Returns the place of a job among those that can be claimed; `None` for a claimed job and a kept run.
fn place(job: &StoredJob) -> Option<Waiting> {
    let due = job.row.due.filter(|_| job.node.is_none())?;
    Some((job.row.queue.clone(), job.row.class, due, job.row.id))
}
