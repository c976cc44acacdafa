//! [`SqliteStore`]: the store, and its settings.

use std::{path::PathBuf, time::Duration};

use scheduler_core::store::{Promises, Session, Sharing, Store, StoreError, Survives};

use crate::{connection, session::SqliteSession};

/// A store in one SQLite file, which processes of one host can share.
///
/// ```
/// use scheduler_core::store::Store;
/// use store_sqlite::SqliteStore;
///
/// // Creates no file yet.
/// let store = SqliteStore::new("jobs.db");
/// assert_eq!(store.name(), "sqlite:jobs.db");
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: PathBuf,
    synchronous: Synchronous,
    busy: Duration,
}

/// When a commit is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Synchronous {
    /// When the call returns: a committed change survives a crash of the host.
    #[default]
    Full,
    /// Later: the last changes before a crash of the host may be lost. The end of a process loses nothing. A commit
    /// costs a tenth.
    Normal,
}

impl Synchronous {
    pub(crate) const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}

impl SqliteStore {
    /// Uses the file at a path. It is created when a scheduler opens it; its folder must exist.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::Full,
            busy: Duration::from_secs(5),
        }
    }

    /// Sets when a commit is on the disk: when the call returns, by default.
    #[must_use]
    pub fn synchronous(mut self, when: Synchronous) -> Self {
        self.synchronous = when;
        self
    }

    /// Sets how long a call waits for other writers of the file: 5 s by default.
    #[must_use]
    pub fn busy_limit(mut self, limit: Duration) -> Self {
        self.busy = limit;
        self
    }
}

impl Store for SqliteStore {
    fn name(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    fn promises(&self) -> Promises {
        let survives = match self.synchronous {
            Synchronous::Full => Survives::Host,
            Synchronous::Normal => Survives::Process,
        };
        Promises::new(Sharing::Host, survives).wakes(true)
    }

    fn connect(&self) -> Result<Box<dyn Session>, StoreError> {
        let connection = connection::open(&self.path, self.synchronous, self.busy)?;
        Ok(Box::new(SqliteSession::new(connection, self.path.clone())))
    }
}
