//! Opens the file.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use scheduler_core::store::StoreError;

use crate::{
    Synchronous,
    error::{at, of},
    network, schema,
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
    connect(path, synchronous, busy).map_err(|error| at(path, error))
}

fn connect(
    path: &Path,
    synchronous: Synchronous,
    busy: Duration,
) -> Result<Connection, StoreError> {
    // A path is a path: no `file:` form, whose parameters could switch off locks.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(of)?;
    connection.busy_timeout(busy).map_err(of)?;
    // Before the mode of the journal, which is a part of the file.
    schema::refuse_newer(&connection)?;
    set_up(&connection, synchronous, busy).map_err(of)?;
    Ok(connection)
}

fn set_up(
    connection: &Connection,
    synchronous: Synchronous,
    busy: Duration,
) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    // Readers do not wait for the writer, and one write a commit is synced.
    use_wal(connection, busy)?;
    connection.pragma_update(None, "synchronous", synchronous.pragma())
}

/// Changes the mode of the journal. SQLite waits for no other connection that does so too, so the wait is here.
fn use_wal(connection: &Connection, busy: Duration) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        let changed = connection.pragma_update(None, "journal_mode", "wal");
        let is_busy = changed
            .as_ref()
            .is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy));
        if !is_busy || begun.elapsed() >= busy {
            return changed;
        }
        thread::sleep(Duration::from_millis(1));
    }
}
