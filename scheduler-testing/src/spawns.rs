//! Fault injection for spawns: holds them back, or makes them fail.

use std::collections::{BTreeMap, VecDeque};

use scheduler_core::runtime::SpawnError;

use super::turns::Id;

#[derive(Default)]
pub(super) struct Spawns {
    attempts: u64,
    failures: BTreeMap<u64, SpawnError>,
    held: Option<VecDeque<Id>>,
}

impl Spawns {
    /// Counts a spawn, and refuses it if it was chosen to fail.
    pub(super) fn attempt(&mut self) -> Result<(), SpawnError> {
        let refused = self.failures.remove(&self.attempts);
        self.attempts += 1;
        refused.map_or(Ok(()), Err)
    }

    /// Returns the replaced error, which the caller drops after unlocking.
    pub(super) fn fail_after(&mut self, others: u64, error: SpawnError) -> Option<SpawnError> {
        let attempt = self.attempts.saturating_add(others);
        self.failures.insert(attempt, error)
    }

    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Returns the held participants, if spawns are held.
    pub(super) fn held(&mut self) -> Option<&mut VecDeque<Id>> {
        self.held.as_mut()
    }

    pub(super) fn release(&mut self) -> VecDeque<Id> {
        self.held.take().unwrap_or_default()
    }

    pub(super) fn held_count(&self) -> usize {
        self.held.as_ref().map_or(0, VecDeque::len)
    }

    pub(super) fn attempts(&self) -> u64 {
        self.attempts
    }
}
