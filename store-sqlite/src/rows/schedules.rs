//! Schedules.

use rusqlite::{Row, params};
use scheduler_core::store::{ScheduleRow, ScheduleState, StoreTime, turns::RowResult};

use super::{
    SqliteRows, limit, unreadable,
    values::{At, Count},
};

const COLUMNS: &str = "id, task, data, state, next, last, rev, ver, edit";
const UPSERT: &str = "insert or replace into sched_schedule (id, task, data, state, next, last, rev, ver, edit) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const COUNT_EDIT: &str = "update sched_meta set value = value + 1 where key = 'edits'";
const EDIT: &str = "select value from sched_meta where key = 'edits'";
// The row of a removed schedule holds its last recorded instant, until no record is left.
const PRUNE: &str = "delete from sched_schedule where id in (select id from sched_schedule where state = 'removed' \
     and not exists (select 1 from sched_record where sched_record.schedule = sched_schedule.id) order by id limit ?1)";

impl SqliteRows<'_> {
    pub(super) fn select_schedule(&self, id: &str) -> RowResult<Option<ScheduleRow>> {
        let sql = format!("select {COLUMNS} from sched_schedule where id = ?1");
        let rows = self.all(&sql, [id], schedule)?;
        Ok(read(rows)?.into_iter().next())
    }

    pub(super) fn upsert_schedule(&self, row: &ScheduleRow) -> RowResult<()> {
        self.execute(
            UPSERT,
            params![
                row.id,
                row.task,
                row.data,
                row.state.name(),
                row.next.map(At),
                row.last.map(At),
                Count(row.rev),
                Count(row.ver),
                Count(row.edit),
            ],
        )?;
        Ok(())
    }

    pub(super) fn count_edit(&self) -> RowResult<u64> {
        self.execute(COUNT_EDIT, [])?;
        let edit = self.first(EDIT, [], |row| Ok(row.get::<_, Count>(0)?.0))?;
        edit.ok_or_else(|| unreadable("the number of edits"))
    }

    /// By `schedule_edit`.
    pub(super) fn select_edited(&self, after: u64, at_most: usize) -> RowResult<Vec<ScheduleRow>> {
        let sql =
            format!("select {COLUMNS} from sched_schedule where edit > ?1 order by edit limit ?2");
        read(self.all(&sql, params![Count(after), limit(at_most)], schedule)?)
    }

    /// By `schedule_due`.
    pub(super) fn select_overdue(
        &self,
        tasks: &[String],
        until: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        let sql = format!(
            "select {COLUMNS} from sched_schedule where state = 'active' and next is not null and next <= ?1 \
             and task in (select value from json_each(?2)) order by next, id limit ?3"
        );
        let tasks = serde_json::Value::from(tasks).to_string();
        read(self.all(&sql, params![At(until), tasks, limit(at_most)], schedule)?)
    }

    /// By `job_kept`, which is empty unless runs are kept.
    pub(super) fn select_with_kept(
        &self,
        tasks: &[String],
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        let sql = format!(
            "select {COLUMNS} from sched_schedule where id in (select schedule from sched_job where due is null) \
             and task in (select value from json_each(?1)) order by id limit ?2"
        );
        let tasks = serde_json::Value::from(tasks).to_string();
        read(self.all(&sql, params![tasks, limit(at_most)], schedule)?)
    }

    pub(super) fn select_schedules_after(
        &self,
        after: Option<&str>,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        let sql = format!(
            "select {COLUMNS} from sched_schedule where state <> 'removed' and (?1 is null or id > ?1) order by id limit ?2"
        );
        read(self.all(&sql, params![after, limit(at_most)], schedule)?)
    }

    pub(super) fn delete_removed(&self, at_most: usize) -> RowResult<usize> {
        self.execute(PRUNE, [limit(at_most)])
    }
}

/// A row, and the name of its state.
type Read = (ScheduleRow, String);

fn schedule(row: &Row<'_>) -> rusqlite::Result<Read> {
    let (id, task, data): (String, String, String) =
        (row.get("id")?, row.get("task")?, row.get("data")?);
    let mut schedule = ScheduleRow::new(id, task, data);
    schedule.next = row.get::<_, Option<At>>("next")?.map(|at| at.0);
    schedule.last = row.get::<_, Option<At>>("last")?.map(|at| at.0);
    schedule.rev = row.get::<_, Count>("rev")?.0;
    schedule.ver = row.get::<_, Count>("ver")?.0;
    schedule.edit = row.get::<_, Count>("edit")?.0;
    Ok((schedule, row.get("state")?))
}

/// Reads the states, which a newer version may have added.
fn read(rows: Vec<Read>) -> RowResult<Vec<ScheduleRow>> {
    let state = |(mut row, state): Read| match ScheduleState::from_name(&state) {
        Some(state) => {
            row.state = state;
            Ok(row)
        }
        None => Err(unreadable(&format!(
            "the state {state:?} of schedule {:?}",
            row.id
        ))),
    };
    rows.into_iter().map(state).collect()
}
