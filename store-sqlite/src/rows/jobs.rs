//! Jobs that have not ended.

use rusqlite::{named_params, params};
use scheduler_core::store::{
    Class, JobFilter, StoreTime, StoredId, StoredJob,
    turns::{Claimable, RowResult, Suspects},
};

use super::{
    SqliteRows, limit,
    values::{At, Count, FILTER, Id, JOB, filtered, hold, job, replaces},
};

const INSERT: &str = "insert into sched_job (id, queue, class, due, node, token, attempt, lost, cancelled, since, task, schedule, \
     nominal, cause, key, hold, taken, policy, facts, note, args) values (:id, :queue, :class, :due, :node, :token, :attempt, \
     :lost, :cancelled, :since, :task, :schedule, :nominal, :cause, :key, :hold, :taken, :policy, :facts, :note, :args)";
const UPDATE: &str = "update sched_job set due = :due, node = :node, token = :token, attempt = :attempt, lost = :lost, \
     cancelled = :cancelled, policy = :policy, note = :note, args = :args where id = :id";
const DELETE: &str = "delete from sched_job where id = ?1";

/// Tasks that are left out, as a JSON list. The list is normally empty, and then not looked at.
const WITHOUT: &str = "(?3 is null or task not in (select value from json_each(?3)))";

impl SqliteRows<'_> {
    pub(super) fn select_job(&self, id: StoredId) -> RowResult<Option<StoredJob>> {
        self.first(
            &format!("select {JOB} from sched_job where id = ?1"),
            [Id(id)],
            job,
        )
    }

    pub(super) fn insert_job(&self, stored: &StoredJob) -> RowResult<()> {
        let row = &stored.row;
        let (run, key) = (row.run.as_ref(), row.key.as_ref());
        self.execute(
            INSERT,
            named_params! {
                ":id": Id(row.id),
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

    pub(super) fn update_job(&self, stored: &StoredJob) -> RowResult<()> {
        let row = &stored.row;
        self.execute(
            UPDATE,
            named_params! {
                ":id": Id(row.id),
                ":due": row.due.map(At),
                ":node": stored.node.map(Count),
                ":token": Count(stored.token),
                ":attempt": stored.attempt,
                ":lost": stored.lost,
                ":cancelled": stored.cancelled,
                ":policy": row.policy,
                ":note": stored.note,
                ":args": row.args,
            },
        )?;
        Ok(())
    }

    pub(super) fn delete_job(&self, id: StoredId) -> RowResult<()> {
        self.execute(DELETE, [Id(id)])?;
        Ok(())
    }

    /// By `job_ready` or `job_suspect`, one class after the other: rows of a class that are not due yet are not read.
    pub(super) fn select_due(
        &self,
        which: &Claimable<'_>,
        now: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        let sql = format!(
            "select {JOB} from sched_job where node is null and due is not null and queue = ?1 and class = ?2 and {WITHOUT} \
             and {} and due <= ?4 order by due, id limit ?5",
            suspects(which.suspects)
        );
        let without = without(which);
        let mut due = Vec::new();
        for class in Class::ALL {
            let left = limit(at_most - due.len());
            if left == 0 {
                break;
            }
            let params = params![which.queue, class.number(), without, At(now), left];
            due.extend(self.all(&sql, params, job)?);
        }
        Ok(due)
    }

    /// By `job_ready`, one row of each class.
    pub(super) fn select_first_due(&self, which: &Claimable<'_>) -> RowResult<Option<StoreTime>> {
        let sql = format!(
            "select due from sched_job where node is null and due is not null and queue = ?1 and class = ?2 and {WITHOUT} \
             and {} order by due limit 1",
            suspects(which.suspects)
        );
        let without = without(which);
        let mut first = None;
        for class in Class::ALL {
            let params = params![which.queue, class.number(), without];
            let due = self.first(&sql, params, |row| Ok(row.get::<_, At>(0)?.0))?;
            first = [first, due].into_iter().flatten().min();
        }
        Ok(first)
    }

    /// By `job_held`.
    pub(super) fn select_held(&self, node: u64) -> RowResult<Vec<StoredJob>> {
        let sql = format!("select {JOB} from sched_job where node = ?1 order by id");
        self.all(&sql, [Count(node)], job)
    }

    /// By `job_held`.
    pub(super) fn select_orphans(&self, at_most: usize) -> RowResult<Vec<StoredJob>> {
        let sql = format!(
            "select {JOB} from sched_job where node is not null and not exists (select 1 from sched_node where sched_node.id = sched_job.node) \
             order by id limit ?1"
        );
        self.all(&sql, [limit(at_most)], job)
    }

    /// By `job_run`.
    pub(super) fn select_runs(&self, schedule: &str) -> RowResult<Vec<StoredJob>> {
        let sql = format!("select {JOB} from sched_job where schedule = ?1 order by nominal, id");
        self.all(&sql, [schedule], job)
    }

    pub(super) fn select_jobs_after(
        &self,
        filter: &JobFilter,
        after: Option<StoredId>,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        if filter.outcome.is_some() {
            return Ok(Vec::new());
        }
        let (id, task, queue, schedule) = filtered(filter);
        let sql = format!(
            "select {JOB} from sched_job where {FILTER} and (?5 is null or id > ?5) order by id limit ?6"
        );
        let params = params![id, task, queue, schedule, after.map(Id), limit(at_most)];
        self.all(&sql, params, job)
    }
}

/// The condition on the number of losses.
const fn suspects(suspects: Suspects) -> &'static str {
    match suspects {
        Suspects::Without => "lost < 2",
        Suspects::Only => "lost >= 2",
        _ => "true",
    }
}

fn without(which: &Claimable<'_>) -> Option<String> {
    (!which.without.is_empty()).then(|| serde_json::Value::from(which.without).to_string())
}
