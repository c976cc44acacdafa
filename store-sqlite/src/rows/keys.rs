//! Keys that are taken.

use rusqlite::params;
use scheduler_core::store::{
    StoreTime,
    turns::{RowResult, TakenKey},
};

use super::{
    SqliteRows,
    values::{At, Id},
};

const SELECT: &str = "select job, until, ended from sched_held_key where key = ?1";
const UPSERT: &str =
    "insert or replace into sched_held_key (key, job, until, ended) values (?1, ?2, ?3, ?4)";
const DELETE: &str = "delete from sched_held_key where key = ?1";
// By `held_key_ended`.
const PRUNE: &str = "delete from sched_held_key where ended = 1 and (until is null or until <= ?1)";

impl SqliteRows<'_> {
    pub(super) fn select_key(&self, text: &str) -> RowResult<Option<TakenKey>> {
        self.first(SELECT, [text], |row| {
            let until: Option<At> = row.get(1)?;
            let mut taken = TakenKey::new(row.get::<_, Id>(0)?.0, until.map(|at| at.0));
            taken.ended = row.get(2)?;
            Ok(taken)
        })
    }

    pub(super) fn upsert_key(&self, text: &str, taken: &TakenKey) -> RowResult<()> {
        self.execute(
            UPSERT,
            params![text, Id(taken.job), taken.until.map(At), taken.ended],
        )?;
        Ok(())
    }

    pub(super) fn delete_key(&self, text: &str) -> RowResult<()> {
        self.execute(DELETE, [text])?;
        Ok(())
    }

    pub(super) fn delete_ended_keys(&self, now: StoreTime) -> RowResult<()> {
        self.execute(PRUNE, [At(now)])?;
        Ok(())
    }
}
