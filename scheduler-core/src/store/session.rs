//! [`Store`] and [`Session`]: the traits that a store implements.

use std::{thread, time::Duration};

use super::{Keep, Look, Open, Opened, Page, StoreError, Turn, Turned};

/// Range of processes that can share a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Sharing {
    /// Only this process.
    Process,
    /// All processes of this host.
    Host,
    /// Processes of many hosts.
    Network,
}

/// Faults that a committed turn survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Survives {
    /// Nothing: the data goes with the process.
    Nothing,
    /// The end of the process.
    Process,
    /// A crash of the host.
    Host,
    /// The loss of the host.
    Failover,
}

/// Promises of a store. The suite proves each claim, and shows what is not claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promises {
    /// The processes that can share the store.
    pub sharing: Sharing,
    /// The faults that a committed turn survives.
    pub survives: Survives,
    /// Whether [`Session::watch`] returns soon after another session stored work.
    pub wakes: bool,
}

impl Promises {
    /// Creates the promises of a store whose sessions are not woken.
    #[must_use]
    pub const fn new(sharing: Sharing, survives: Survives) -> Self {
        Self {
            sharing,
            survives,
            wakes: false,
        }
    }

    /// Sets whether sessions are woken.
    #[must_use]
    pub const fn wakes(self, wakes: bool) -> Self {
        Self { wakes, ..self }
    }
}

/// A store for durable schedules and jobs.
///
/// Creating one does no input or output and starts no thread (`LC-001`).
pub trait Store: Send + Sync + 'static {
    /// Returns the name of the store, without a password (`ST-061`).
    fn name(&self) -> String;

    /// Returns what the store promises.
    fn promises(&self) -> Promises;

    /// Connects a session. May block.
    ///
    /// # Errors
    ///
    /// The store cannot be reached.
    fn connect(&self) -> Result<Box<dyn Session>, StoreError>;
}

/// A connection to a store. Each call blocks, and is one transaction.
pub trait Session: Send {
    /// Opens the store for a node: creates or migrates the schema, and registers the node under a number that was never
    /// given before.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerSchema`] before anything is written; any other error of the store.
    fn open(&mut self, open: &Open) -> Result<Opened, StoreError>;

    /// Runs one turn of a node, as one transaction.
    ///
    /// # Errors
    ///
    /// Any error of the store. [`StoreError::may_have_been_applied`] says whether the turn may have been stored.
    fn turn(&mut self, turn: &Turn) -> Result<Turned, StoreError>;

    /// Returns one page of what people ask for.
    ///
    /// # Errors
    ///
    /// Any error of the store; [`StoreError::Unsuitable`] for a cursor that the store did not make.
    fn look(&mut self, look: &Look) -> Result<Page, StoreError>;

    /// Deletes ended jobs and records that are older than asked, and removed schedules without records, at most
    /// `at_most` rows. Returns how many.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn prune(&mut self, keep: &Keep, at_most: usize) -> Result<usize, StoreError>;

    /// Blocks until another session may have stored work, at most for `at_most`.
    ///
    /// May return early, late or for nothing: no rule depends on it (`ST-053`).
    ///
    /// # Errors
    ///
    /// Any error of the store.
    #[expect(
        clippy::disallowed_methods,
        reason = "a session blocks, on a thread of its own"
    )]
    fn watch(&mut self, at_most: Duration) -> Result<Woken, StoreError> {
        thread::sleep(at_most);
        Ok(Woken::TimePassed)
    }
}

/// Reason for which [`Session::watch`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Woken {
    /// The time has passed.
    TimePassed,
    /// Work may have been stored.
    Hint,
}
