//! Records of the ledger. No record is changed once it was written.

use rusqlite::{Row, params};
use scheduler_core::store::{RecordRow, RunOf, StoreTime, turns::RowResult};

use super::{
    SqliteRows, limit,
    values::{At, Count, Id},
};

const EXISTS: &str =
    "select 1 from sched_record where schedule = ?1 and nominal = ?2 and cause = ?3";
// A second record of an instant is a fault of the program, so it is an error of the primary key and not ignored.
const INSERT: &str = "insert into sched_record (schedule, nominal, cause, until, count, verdict, merged, job, node, at) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
// By the primary key.
const PAGE: &str = "select * from sched_record where schedule = ?1 and nominal >= ?2 and nominal < ?3 \
     and (?4 is null or (nominal, cause) > (?4, ?5)) order by nominal, cause limit ?6";
// By `record_at`.
const PRUNE: &str = "delete from sched_record where (schedule, nominal, cause) in (select schedule, nominal, cause from sched_record \
     where at < ?1 order by at limit ?2)";

impl SqliteRows<'_> {
    pub(super) fn select_record(&self, run: &RunOf) -> RowResult<bool> {
        let found = self.first(
            EXISTS,
            params![run.schedule, At(run.nominal), run.cause],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    pub(super) fn insert_record(&self, record: &RecordRow) -> RowResult<()> {
        let run = &record.run;
        self.execute(
            INSERT,
            params![
                run.schedule,
                At(run.nominal),
                run.cause,
                record.until.map(At),
                Count(record.count),
                record.verdict,
                record.into.map(At),
                record.job.map(Id),
                Count(record.node),
                At(record.at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn select_records_after(
        &self,
        schedule: &str,
        range: (StoreTime, StoreTime),
        after: Option<(StoreTime, i64)>,
        at_most: usize,
    ) -> RowResult<Vec<RecordRow>> {
        let (nominal, cause) = after.map_or((None, None), |(nominal, cause)| {
            (Some(At(nominal)), Some(cause))
        });
        let params = params![
            schedule,
            At(range.0),
            At(range.1),
            nominal,
            cause,
            limit(at_most)
        ];
        self.all(PAGE, params, record)
    }

    pub(super) fn delete_old_records(
        &self,
        records: StoreTime,
        at_most: usize,
    ) -> RowResult<usize> {
        self.execute(PRUNE, params![At(records), limit(at_most)])
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<RecordRow> {
    let mut run = RunOf::due(
        row.get::<_, String>("schedule")?,
        row.get::<_, At>("nominal")?.0,
    );
    run.cause = row.get("cause")?;
    let mut record = RecordRow::new(run, row.get::<_, String>("verdict")?);
    record.until = row.get::<_, Option<At>>("until")?.map(|at| at.0);
    record.count = row.get::<_, Count>("count")?.0;
    record.into = row.get::<_, Option<At>>("merged")?.map(|at| at.0);
    record.job = row.get::<_, Option<Id>>("job")?.map(|id| id.0);
    record.node = row.get::<_, Count>("node")?.0;
    record.at = row.get::<_, At>("at")?.0;
    Ok(record)
}
