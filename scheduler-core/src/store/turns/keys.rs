//! Keys: which job holds which key (`ST-055`).

use super::{RowResult, TakenKey, Transaction};
use crate::store::{JobRow, KeyHold, StoredId, StoredJob};

impl Transaction<'_> {
    /// Returns the job that holds the key of a row, if it is another one.
    pub(super) fn holder(&mut self, row: &JobRow) -> RowResult<Option<StoredId>> {
        let Some(key) = &row.key else { return Ok(None) };
        let Some(taken) = self.rows.key(&key.text)? else {
            return Ok(None);
        };
        let is_over = taken.ended && taken.until.is_none_or(|until| until <= self.now);
        let is_free = taken.job == row.id || is_over;
        Ok((!is_free).then_some(taken.job))
    }

    /// Returns the job that holds the key of a row, whether its time has passed or not.
    pub(super) fn holder_of(&mut self, row: &JobRow) -> RowResult<Option<StoredId>> {
        let Some(key) = &row.key else { return Ok(None) };
        Ok(self.rows.key(&key.text)?.map(|taken| taken.job))
    }

    /// Takes the key of a row that was just stored.
    pub(super) fn take_key(&mut self, row: &JobRow) -> RowResult<()> {
        let Some(key) = &row.key else { return Ok(()) };
        let until = match key.hold {
            KeyHold::AtLeast(time) => Some(self.now.plus(time)),
            KeyHold::Claimed | KeyHold::Ended => None,
        };
        self.rows.set_key(&key.text, &TakenKey::new(row.id, until))
    }

    /// Frees the key of a job that was claimed, if it is held until then.
    pub(super) fn key_of_claimed(&mut self, job: &StoredJob) -> RowResult<()> {
        match &job.row.key {
            Some(key) if key.hold == KeyHold::Claimed => self.release_key(job),
            _ => Ok(()),
        }
    }

    /// Frees the key of a job that has ended, unless it is taken for a time.
    pub(super) fn key_of_ended(&mut self, job: &StoredJob) -> RowResult<()> {
        let Some(key) = &job.row.key else {
            return Ok(());
        };
        match self.rows.key(&key.text)? {
            Some(mut taken) if taken.job == job.row.id && taken.until.is_some() => {
                taken.ended = true;
                self.rows.set_key(&key.text, &taken)
            }
            _ => self.release_key(job),
        }
    }

    fn release_key(&mut self, job: &StoredJob) -> RowResult<()> {
        let Some(key) = &job.row.key else {
            return Ok(());
        };
        match self.rows.key(&key.text)? {
            Some(taken) if taken.job == job.row.id => self.rows.remove_key(&key.text),
            _ => Ok(()),
        }
    }
}
