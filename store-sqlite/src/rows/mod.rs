//! [`SqliteRows`]: the rows of the file inside one transaction.
//!
//! Each statement is a constant beside the function that runs it, and names the index that it needs.

mod ends;
mod jobs;
mod keys;
mod nodes;
mod records;
mod schedules;
mod values;

use rusqlite::{Connection, Params, Row};
use scheduler_core::store::{
    EndRow, JobFilter, RecordRow, RunOf, ScheduleRow, StoreError, StoreTime, StoredId, StoredJob,
    turns::{Claimable, LiveNode, RowResult, Rows, TakenKey},
};

use crate::error::of;

/// The rows of the file inside one transaction.
pub(crate) struct SqliteRows<'a> {
    connection: &'a Connection,
}

impl<'a> SqliteRows<'a> {
    pub(crate) const fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    fn execute(&self, sql: &str, params: impl Params) -> RowResult<usize> {
        let mut statement = self.connection.prepare_cached(sql).map_err(of)?;
        statement.execute(params).map_err(of)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> RowResult<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(of)?;
        let rows = statement.query_map(params, |row| read(row)).map_err(of)?;
        rows.collect::<rusqlite::Result<_>>().map_err(of)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> RowResult<Option<T>> {
        Ok(self.all(sql, params, read)?.into_iter().next())
    }
}

/// Returns a limit as SQLite counts it.
fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

impl Rows for SqliteRows<'_> {
    fn add_node(&mut self, node: &LiveNode) -> RowResult<u64> {
        self.insert_node(node)
    }

    fn node(&mut self, id: u64) -> RowResult<Option<LiveNode>> {
        self.select_node(id)
    }

    fn set_node(&mut self, node: &LiveNode) -> RowResult<()> {
        self.update_node(node)
    }

    fn remove_node(&mut self, id: u64) -> RowResult<()> {
        self.delete_node(id)
    }

    fn nodes(&mut self) -> RowResult<Vec<LiveNode>> {
        self.select_nodes()
    }

    fn job(&mut self, id: StoredId) -> RowResult<Option<StoredJob>> {
        self.select_job(id)
    }

    fn add_job(&mut self, job: &StoredJob) -> RowResult<()> {
        self.insert_job(job)
    }

    fn set_job(&mut self, job: &StoredJob) -> RowResult<()> {
        self.update_job(job)
    }

    fn remove_job(&mut self, id: StoredId) -> RowResult<()> {
        self.delete_job(id)
    }

    fn due_jobs(
        &mut self,
        which: &Claimable<'_>,
        now: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        self.select_due(which, now, at_most)
    }

    fn first_due(&mut self, which: &Claimable<'_>) -> RowResult<Option<StoreTime>> {
        self.select_first_due(which)
    }

    fn jobs_of_node(&mut self, node: u64) -> RowResult<Vec<StoredJob>> {
        self.select_held(node)
    }

    fn orphans(&mut self, at_most: usize) -> RowResult<Vec<StoredJob>> {
        self.select_orphans(at_most)
    }

    fn runs_of(&mut self, schedule: &str) -> RowResult<Vec<StoredJob>> {
        self.select_runs(schedule)
    }

    fn end(&mut self, id: StoredId) -> RowResult<Option<EndRow>> {
        self.select_end(id)
    }

    fn add_end(&mut self, end: &EndRow) -> RowResult<()> {
        self.insert_end(end)
    }

    fn remove_end(&mut self, id: StoredId) -> RowResult<()> {
        self.delete_end(id)
    }

    fn key(&mut self, text: &str) -> RowResult<Option<TakenKey>> {
        self.select_key(text)
    }

    fn set_key(&mut self, text: &str, taken: &TakenKey) -> RowResult<()> {
        self.upsert_key(text, taken)
    }

    fn remove_key(&mut self, text: &str) -> RowResult<()> {
        self.delete_key(text)
    }

    fn schedule(&mut self, id: &str) -> RowResult<Option<ScheduleRow>> {
        self.select_schedule(id)
    }

    fn set_schedule(&mut self, row: &ScheduleRow) -> RowResult<()> {
        self.upsert_schedule(row)
    }

    fn next_edit(&mut self) -> RowResult<u64> {
        self.count_edit()
    }

    fn edited(&mut self, after: u64, at_most: usize) -> RowResult<Vec<ScheduleRow>> {
        self.select_edited(after, at_most)
    }

    fn overdue(
        &mut self,
        tasks: &[String],
        until: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        self.select_overdue(tasks, until, at_most)
    }

    fn with_kept(&mut self, tasks: &[String], at_most: usize) -> RowResult<Vec<ScheduleRow>> {
        self.select_with_kept(tasks, at_most)
    }

    fn has_record(&mut self, run: &RunOf) -> RowResult<bool> {
        self.select_record(run)
    }

    fn add_record(&mut self, record: &RecordRow) -> RowResult<()> {
        self.insert_record(record)
    }

    fn jobs_after(
        &mut self,
        filter: &JobFilter,
        after: Option<StoredId>,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        self.select_jobs_after(filter, after, at_most)
    }

    fn ends_after(
        &mut self,
        filter: &JobFilter,
        after: Option<(StoreTime, StoredId)>,
        at_most: usize,
    ) -> RowResult<Vec<EndRow>> {
        self.select_ends_after(filter, after, at_most)
    }

    fn records_after(
        &mut self,
        schedule: &str,
        range: (StoreTime, StoreTime),
        after: Option<(StoreTime, i64)>,
        at_most: usize,
    ) -> RowResult<Vec<RecordRow>> {
        self.select_records_after(schedule, range, after, at_most)
    }

    fn schedules_after(
        &mut self,
        after: Option<&str>,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        self.select_schedules_after(after, at_most)
    }

    fn prune_ends(&mut self, ends: StoreTime, dead: StoreTime, at_most: usize) -> RowResult<usize> {
        self.delete_old_ends(ends, dead, at_most)
    }

    fn prune_records(&mut self, records: StoreTime, at_most: usize) -> RowResult<usize> {
        self.delete_old_records(records, at_most)
    }

    fn prune_removed(&mut self, at_most: usize) -> RowResult<usize> {
        self.delete_removed(at_most)
    }

    fn prune_keys(&mut self, now: StoreTime) -> RowResult<()> {
        self.delete_ended_keys(now)
    }
}

/// Returns an error for a row that this version cannot read.
fn unreadable(what: &str) -> StoreError {
    StoreError::Unsuitable(format!(
        "{what} cannot be read: a newer version may have written it"
    ))
}
