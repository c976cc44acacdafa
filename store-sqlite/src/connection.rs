//! Opens the file.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};
use scheduler_core::store::StoreError;

use crate::{
    Synchronous,
    error::{at, of},
    network,
};

/// Opens the file, and creates it if it does not exist.
pub(crate) fn open(
    path: &Path,
    synchronous: Synchronous,
    busy: Duration,
) -> Result<Connection, StoreError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    network::check(folder.unwrap_or_else(|| Path::new(".")))?;
    connect(path, synchronous, busy).map_err(|error| at(path, of(error)))
}

fn connect(path: &Path, synchronous: Synchronous, busy: Duration) -> rusqlite::Result<Connection> {
    // A path is a path: no `file:` form, whose parameters could switch off locks.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Readers do not wait for the writer, and one write a commit is synced.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous.pragma())?;
    Ok(connection)
}
