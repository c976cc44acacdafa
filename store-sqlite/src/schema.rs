//! The versions of the schema. A version is a file of statements, and is never changed once it was released.

use rusqlite::{Connection, OptionalExtension};
use scheduler_core::store::StoreError;

use crate::error::of;

/// The statements of each version, from 1 on.
const VERSIONS: &[&str] = &[include_str!("schema/0001.sql")];

/// The newest version that this program knows.
#[expect(clippy::cast_possible_truncation, reason = "a handful of files")]
pub(crate) const NEWEST: u32 = VERSIONS.len() as u32;

/// Brings the file to the newest version, inside the transaction of the caller. A newer file is refused before anything
/// is written (`ST-013`).
pub(crate) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let found = refuse_newer(connection)?;
    for (number, statements) in (1..).zip(VERSIONS) {
        if number > found {
            connection.execute_batch(statements).map_err(of)?;
            let set = "insert or replace into sched_meta values ('schema', ?1)";
            connection.execute(set, [number]).map_err(of)?;
        }
    }
    Ok(())
}

/// Returns the version of a file that this program can use.
pub(crate) fn refuse_newer(connection: &Connection) -> Result<u32, StoreError> {
    let found = version(connection)?;
    if found > NEWEST {
        let known = NEWEST;
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(found)
}

/// Returns the version of the file: 0 for a new one.
pub(crate) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let table = "select 1 from sqlite_schema where type = 'table' and name = 'sched_meta'";
    let exists: Option<i64> = connection
        .query_row(table, [], |row| row.get(0))
        .optional()
        .map_err(of)?;
    if exists.is_none() {
        return Ok(0);
    }
    let version = "select value from sched_meta where key = 'schema'";
    let found: Option<u32> = connection
        .query_row(version, [], |row| row.get(0))
        .optional()
        .map_err(of)?;
    Ok(found.unwrap_or(0))
}
