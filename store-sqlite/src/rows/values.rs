//! Conversions between columns and values.

use rusqlite::{
    Result, Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use scheduler_core::store::{
    Class, JobFilter, JobKey, JobRow, KeyHold, OnTaken, RunOf, StoreTime, StoredId, StoredJob,
};

/// An id of a job as a column.
pub(super) struct Id(pub(super) StoredId);

impl ToSql for Id {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value
            .as_blob()?
            .try_into()
            .map_err(|_| FromSqlError::InvalidType)?;
        Ok(Self(StoredId::from_bytes(bytes)))
    }
}

/// A time as a column.
pub(super) struct At(pub(super) StoreTime);

impl ToSql for At {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.micros().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(StoreTime::from_micros(value.as_i64()?)))
    }
}

/// A number without a sign: SQLite has only signed ones, and the order of these does not matter.
pub(super) struct Count(pub(super) u64);

impl ToSql for Count {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.cast_signed().into())
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(value.as_i64()?.cast_unsigned()))
    }
}

/// The columns of a job, in the order of [`job`].
pub(super) const JOB: &str = "id, queue, class, due, node, token, attempt, lost, cancelled, since, task, schedule, nominal, cause, \
     key, hold, taken, policy, facts, note, args";

/// Reads the columns [`JOB`].
pub(super) fn job(row: &Row<'_>) -> Result<StoredJob> {
    let id: Id = row.get("id")?;
    let mut job = JobRow::new(
        id.0,
        row.get::<_, String>("task")?,
        row.get::<_, String>("args")?,
        StoreTime::from_micros(0),
    );
    job.queue = row.get("queue")?;
    job.class = Class::from_number(row.get("class")?);
    job.due = row.get::<_, Option<At>>("due")?.map(|at| at.0);
    job.policy = row.get("policy")?;
    job.facts = row.get("facts")?;
    job.key = key(row)?;
    job.run = run(row)?;
    let mut stored = StoredJob::new(job, row.get::<_, At>("since")?.0);
    stored.node = row.get::<_, Option<Count>>("node")?.map(|node| node.0);
    stored.token = row.get::<_, Count>("token")?.0;
    stored.attempt = row.get("attempt")?;
    stored.lost = row.get("lost")?;
    stored.cancelled = row.get("cancelled")?;
    stored.note = row.get("note")?;
    Ok(stored)
}

fn run(row: &Row<'_>) -> Result<Option<RunOf>> {
    let Some(schedule) = row.get::<_, Option<String>>("schedule")? else {
        return Ok(None);
    };
    let mut run = RunOf::due(schedule, row.get::<_, At>("nominal")?.0);
    run.cause = row.get("cause")?;
    Ok(Some(run))
}

/// How long a key is held: -1 until the claim, -2 until the end, else a minimum in microseconds.
pub(super) fn hold(key: &JobKey) -> i64 {
    match key.hold {
        KeyHold::Claimed => -1,
        KeyHold::AtLeast(time) => i64::try_from(time.as_micros()).unwrap_or(i64::MAX),
        _ => -2,
    }
}

/// Whether a submission replaces the job that holds its key.
pub(super) fn replaces(key: &JobKey) -> bool {
    key.taken == OnTaken::Replace
}

fn key(row: &Row<'_>) -> Result<Option<JobKey>> {
    let Some(text) = row.get::<_, Option<String>>("key")? else {
        return Ok(None);
    };
    let mut key = JobKey::new(text);
    key.hold = match row.get::<_, i64>("hold")? {
        -1 => KeyHold::Claimed,
        -2 => KeyHold::Ended,
        micros => KeyHold::AtLeast(std::time::Duration::from_micros(micros.unsigned_abs())),
    };
    if row.get("taken")? {
        key.taken = OnTaken::Replace;
    }
    Ok(Some(key))
}

/// The condition of a page of jobs; its parameters are those of [`filtered`].
pub(super) const FILTER: &str = "(?1 is null or id = ?1) and (?2 is null or task = ?2) and (?3 is null or queue = ?3) \
     and (?4 is null or schedule = ?4)";

/// Returns the parameters of [`FILTER`].
pub(super) fn filtered(
    filter: &JobFilter,
) -> (
    Option<Id>,
    &Option<String>,
    &Option<String>,
    &Option<String>,
) {
    (
        filter.id.map(Id),
        &filter.task,
        &filter.queue,
        &filter.schedule,
    )
}
