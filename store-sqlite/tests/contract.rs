//! The contract of stores on a file.

use scheduler_core::store::{Promises, Session, Store, StoreError};
use store_sqlite::{SqliteStore, Synchronous};
use tempfile::TempDir;

/// A store in a folder of its own, which goes with it.
struct Scratch {
    store: SqliteStore,
    _folder: TempDir,
}

impl Store for Scratch {
    fn name(&self) -> String {
        self.store.name()
    }

    fn promises(&self) -> Promises {
        self.store.promises()
    }

    fn connect(&self) -> Result<Box<dyn Session>, StoreError> {
        self.store.connect()
    }
}

fn scratch() -> Box<dyn Store> {
    let folder = tempfile::tempdir().expect("a folder");
    // The cases are about what is stored, not about power cuts.
    let store = SqliteStore::new(folder.path().join("jobs.db")).synchronous(Synchronous::Normal);
    Box::new(Scratch {
        store,
        _folder: folder,
    })
}

conformance_tests::store_suite!(scratch);
