//! [`SqliteSession`]: one connection. Each call is one transaction.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, TransactionBehavior};
use scheduler_core::store::{
    Keep, Look, Open, Opened, Page, Session, StoreError, StoreTime, Turn, Turned, Woken, turns,
};

use crate::{
    error::{at, of},
    rows::SqliteRows,
    schema,
};

/// How often [`Session::watch`] looks whether another connection has written.
const WATCH: Duration = Duration::from_millis(10);

pub(crate) struct SqliteSession {
    connection: Connection,
    path: PathBuf,
    has_schema: bool,
    seen: Option<i64>,
}

impl SqliteSession {
    pub(crate) const fn new(connection: Connection, path: PathBuf) -> Self {
        Self {
            connection,
            path,
            has_schema: false,
            seen: None,
        }
    }

    /// Runs a call in one transaction, which an error undoes.
    fn run<T>(
        &mut self,
        behavior: TransactionBehavior,
        call: impl FnOnce(&mut SqliteRows<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ensure_schema()?;
        let transaction = self.connection.transaction_with_behavior(behavior);
        let done = transaction.map_err(of).and_then(|transaction| {
            let done = call(&mut SqliteRows::new(&transaction))?;
            transaction.commit().map_err(of)?;
            Ok(done)
        });
        done.map_err(|error| at(&self.path, error))
    }

    /// Brings the file to the newest schema, once for each session.
    fn ensure_schema(&mut self) -> Result<(), StoreError> {
        if self.has_schema {
            return Ok(());
        }
        let found = schema::version(&self.connection).map_err(|error| at(&self.path, error))?;
        if found != schema::NEWEST {
            // Looked at again under the lock of writers: two nodes that open the file at once migrate it once.
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate);
            let done = transaction.map_err(of).and_then(|transaction| {
                schema::migrate(&transaction)?;
                transaction.commit().map_err(of)
            });
            done.map_err(|error| at(&self.path, error))?;
        }
        self.has_schema = true;
        Ok(())
    }

    fn data_version(&self) -> Result<i64, StoreError> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|error| at(&self.path, of(error)))
    }
}

// Immediate: a transaction that reads first and then writes fails if another one has written meanwhile.
const WRITE: TransactionBehavior = TransactionBehavior::Immediate;
const READ: TransactionBehavior = TransactionBehavior::Deferred;

impl Session for SqliteSession {
    fn open(&mut self, open: &Open) -> Result<Opened, StoreError> {
        self.run(WRITE, |rows| {
            let now = time(open.now);
            let node = turns::open(rows, open, now)?;
            Ok(Opened::new(node, now, schema::NEWEST))
        })
    }

    fn turn(&mut self, turn: &Turn) -> Result<Turned, StoreError> {
        // The time is read inside of the transaction: it may have waited for other writers.
        self.run(WRITE, |rows| turns::turn(rows, turn, time(turn.now)))
    }

    fn look(&mut self, look: &Look) -> Result<Page, StoreError> {
        self.run(READ, |rows| turns::look(rows, look, time(look.now)))
    }

    fn prune(&mut self, keep: &Keep, at_most: usize) -> Result<usize, StoreError> {
        self.run(WRITE, |rows| {
            turns::prune(rows, keep, at_most, time(keep.now))
        })
    }

    fn watch(&mut self, at_most: Duration) -> Result<Woken, StoreError> {
        let begun = Instant::now();
        loop {
            let version = self.data_version()?;
            if self
                .seen
                .replace(version)
                .is_some_and(|seen| seen != version)
            {
                return Ok(Woken::Hint);
            }
            let left = at_most.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(Woken::TimePassed);
            }
            thread::sleep(left.min(WATCH));
        }
    }
}

// The processes that share the file are on one host, so they have one clock.
fn time(given: Option<StoreTime>) -> StoreTime {
    given.unwrap_or_else(|| {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
            }
        };
        StoreTime::from_micros(micros)
    })
}
