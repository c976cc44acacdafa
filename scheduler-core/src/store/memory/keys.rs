//! [`Keys`]: which job holds which key.

use std::collections::BTreeMap;

use super::super::{JobRow, KeyHold, StoreTime, StoredId, StoredJob};

/// Keys that are taken.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<String, Taken>);

#[derive(Debug)]
struct Taken {
    job: StoredId,
    /// Until when the key is taken although its job has ended.
    until: Option<StoreTime>,
    ended: bool,
}

impl Keys {
    /// Returns the job that holds the key of a row, if it is another one.
    pub(super) fn holder(&self, row: &JobRow, now: StoreTime) -> Option<StoredId> {
        let taken = self.0.get(&row.key.as_ref()?.text)?;
        let free =
            taken.job == row.id || taken.ended && taken.until.is_none_or(|until| until <= now);
        (!free).then_some(taken.job)
    }

    /// Returns the job that holds the key of a row, whether its time has passed or not.
    pub(super) fn holder_of(&self, row: &JobRow) -> Option<StoredId> {
        Some(self.0.get(&row.key.as_ref()?.text)?.job)
    }

    /// Takes the key of a row that was just stored.
    pub(super) fn take(&mut self, row: &JobRow, now: StoreTime) {
        let Some(key) = &row.key else { return };
        let until = match key.hold {
            KeyHold::AtLeast(time) => Some(now.plus(time)),
            KeyHold::Claimed | KeyHold::Ended => None,
        };
        let (job, ended) = (row.id, false);
        self.0.insert(key.text.clone(), Taken { job, until, ended });
    }

    /// Frees the key of a job that was claimed, if it is held until then.
    pub(super) fn claimed(&mut self, job: &StoredJob) {
        if job
            .row
            .key
            .as_ref()
            .is_some_and(|key| key.hold == KeyHold::Claimed)
        {
            self.release(job);
        }
    }

    /// Frees the key of a job that has ended, unless it is taken for a time.
    pub(super) fn ended(&mut self, job: &StoredJob) {
        let Some(key) = &job.row.key else { return };
        match self.0.get_mut(&key.text) {
            Some(taken) if taken.job == job.row.id && taken.until.is_some() => taken.ended = true,
            _ => self.release(job),
        }
    }

    fn release(&mut self, job: &StoredJob) {
        let Some(key) = &job.row.key else { return };
        if self
            .0
            .get(&key.text)
            .is_some_and(|taken| taken.job == job.row.id)
        {
            self.0.remove(&key.text);
        }
    }

    /// Forgets keys whose job has ended and whose time has passed.
    pub(super) fn prune(&mut self, now: StoreTime) {
        self.0
            .retain(|_, taken| !(taken.ended && taken.until.is_none_or(|until| until <= now)));
    }
}
