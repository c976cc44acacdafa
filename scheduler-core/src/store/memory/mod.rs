//! [`MemoryStore`]: a store in memory, and the model of all stores.

mod tables;

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};

use self::tables::Tables;
use super::{
    Keep, Look, Open, Opened, Page, Promises, Session, Sharing, Store, StoreError, StoreTime,
    Survives, Turn, Turned, Woken, turns,
};

/// Version of the schema: there is no older one.
const SCHEMA: u32 = 1;

/// A store whose data goes with the process. Its clones share the data.
///
/// Programs use it in tests. The suite for stores uses it as the model: it has no lock that a user can hold, no plan
/// and no partial failure.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::store::{MemoryStore, Open, Store, Turn};
///
/// let store = MemoryStore::new();
/// let mut session = store.connect()?;
/// let opened = session.open(&Open::new("first", 7, Duration::from_secs(30)))?;
/// let turned = session.turn(&Turn::new(opened.node, 1, Duration::from_secs(30)))?;
/// assert!(turned.claimed.is_empty());
/// # Ok::<(), scheduler_core::store::StoreError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    tables: Mutex<Tables>,
    stored: Condvar,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn promises(&self) -> Promises {
        Promises::new(Sharing::Process, Survives::Nothing).wakes(true)
    }

    fn connect(&self) -> Result<Box<dyn Session>, StoreError> {
        let seen = self.tables().stored();
        Ok(Box::new(MemorySession {
            store: self.clone(),
            seen,
        }))
    }
}

struct MemorySession {
    store: MemoryStore,
    seen: u64,
}

impl Session for MemorySession {
    fn open(&mut self, open: &Open) -> Result<Opened, StoreError> {
        let now = time(open.now);
        let node = turns::open(&mut *self.store.tables(), open, now)?;
        Ok(Opened::new(node, now, SCHEMA))
    }

    fn turn(&mut self, turn: &Turn) -> Result<Turned, StoreError> {
        let turned = turns::turn(&mut *self.store.tables(), turn, time(turn.now));
        self.store.0.stored.notify_all();
        turned
    }

    fn look(&mut self, look: &Look) -> Result<Page, StoreError> {
        turns::look(&mut *self.store.tables(), look, time(look.now))
    }

    fn prune(&mut self, keep: &Keep, at_most: usize) -> Result<usize, StoreError> {
        turns::prune(&mut *self.store.tables(), keep, at_most, time(keep.now))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a session blocks, on a thread of its own"
    )]
    fn watch(&mut self, at_most: Duration) -> Result<Woken, StoreError> {
        let seen = self.seen;
        let waited =
            self.store
                .0
                .stored
                .wait_timeout_while(self.store.tables(), at_most, |tables| {
                    tables.stored() == seen
                });
        let stored = waited
            .map_or_else(|poisoned| poisoned.into_inner().0, |(tables, _)| tables)
            .stored();
        self.seen = stored;
        Ok(if stored == seen {
            Woken::TimePassed
        } else {
            Woken::Hint
        })
    }
}

// Whole microseconds of the wall clock, unless the call brings the time along.
#[expect(
    clippy::disallowed_methods,
    reason = "a store has the clock that decides; the engine never reads it"
)]
fn time(given: Option<StoreTime>) -> StoreTime {
    given.unwrap_or_else(|| DateTime::<Utc>::from(SystemTime::now()).into())
}
