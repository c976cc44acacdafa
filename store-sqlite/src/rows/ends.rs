//! Jobs that have ended.

use rusqlite::{Row, named_params, params};
use scheduler_core::store::{End, EndRow, JobFilter, StoreTime, StoredId, turns::RowResult};

use super::{
    SqliteRows, limit,
    values::{At, Count, FILTER, Id, JOB, filtered, hold, job, replaces},
};

const INSERT: &str = "insert into sched_past (id, ended, outcome, error, result, queue, class, due, node, token, attempt, lost, \
     cancelled, since, task, schedule, nominal, cause, key, hold, taken, policy, facts, note, args) values (:id, :ended, \
     :outcome, :error, :result, :queue, :class, :due, :node, :token, :attempt, :lost, :cancelled, :since, :task, :schedule, \
     :nominal, :cause, :key, :hold, :taken, :policy, :facts, :note, :args)";
const DELETE: &str = "delete from sched_past where id = ?1";
// By `past_ended`, from the oldest on.
const PRUNE: &str = "delete from sched_past where id in (select id from sched_past where ended < ?1 and outcome <> ?4 \
     or ended < ?2 and outcome = ?4 order by ended limit ?3)";

impl SqliteRows<'_> {
    pub(super) fn select_end(&self, id: StoredId) -> RowResult<Option<EndRow>> {
        let sql =
            format!("select ended, outcome, error, result, {JOB} from sched_past where id = ?1");
        self.first(&sql, [Id(id)], end)
    }

    pub(super) fn insert_end(&self, end: &EndRow) -> RowResult<()> {
        let (stored, row) = (&end.job, &end.job.row);
        let (run, key) = (row.run.as_ref(), row.key.as_ref());
        self.execute(
            INSERT,
            named_params! {
                ":id": Id(row.id),
                ":ended": At(end.ended),
                ":outcome": end.end.outcome,
                ":error": end.end.error,
                ":result": end.end.result,
                ":queue": row.queue,
                ":class": row.class.number(),
                ":due": row.due.map(At),
                ":node": stored.node.map(Count),
                ":token": Count(stored.token),
                ":attempt": stored.attempt,
                ":lost": stored.lost,
                ":cancelled": stored.cancelled,
                ":since": At(stored.since),
                ":task": row.task,
                ":schedule": run.map(|run| &run.schedule),
                ":nominal": run.map(|run| At(run.nominal)),
                ":cause": run.map(|run| run.cause),
                ":key": key.map(|key| &key.text),
                ":hold": key.map(hold),
                ":taken": key.map(replaces),
                ":policy": row.policy,
                ":facts": row.facts,
                ":note": stored.note,
                ":args": row.args,
            },
        )?;
        Ok(())
    }

    pub(super) fn delete_end(&self, id: StoredId) -> RowResult<()> {
        self.execute(DELETE, [Id(id)])?;
        Ok(())
    }

    /// By `past_ended`.
    pub(super) fn select_ends_after(
        &self,
        filter: &JobFilter,
        after: Option<(StoreTime, StoredId)>,
        at_most: usize,
    ) -> RowResult<Vec<EndRow>> {
        let (id, task, queue, schedule) = filtered(filter);
        let sql = format!(
            "select ended, outcome, error, result, {JOB} from sched_past where {FILTER} and (?5 is null or outcome = ?5) \
             and (?6 is null or ended < ?6 or ended = ?6 and id > ?7) order by ended desc, id limit ?8"
        );
        let (ended, last) =
            after.map_or((None, None), |(ended, id)| (Some(At(ended)), Some(Id(id))));
        let params = params![
            id,
            task,
            queue,
            schedule,
            filter.outcome,
            ended,
            last,
            limit(at_most)
        ];
        self.all(&sql, params, end)
    }

    pub(super) fn delete_old_ends(
        &self,
        ends: StoreTime,
        dead: StoreTime,
        at_most: usize,
    ) -> RowResult<usize> {
        self.execute(
            PRUNE,
            params![At(ends), At(dead), limit(at_most), End::DEAD],
        )
    }
}

fn end(row: &Row<'_>) -> rusqlite::Result<EndRow> {
    let mut end = End::new(row.get::<_, String>("outcome")?);
    end.error = row.get("error")?;
    end.result = row.get("result")?;
    Ok(EndRow::new(job(row)?, row.get::<_, At>("ended")?.0, end))
}
