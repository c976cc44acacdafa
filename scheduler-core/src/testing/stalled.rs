//! Nothing will ever happen again.

use std::time::Duration;

use super::world::Core;
use crate::counted::counted;

/// A future can never be done: nothing can run, and no timer is left that could change that.
///
/// The usual cause is a task that waits for what nobody is going to do. It is also what a future
/// looks like that waits for something outside of virtual time: another thread, a socket, the real
/// clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the future stalled {elapsed:?} after the start, as nothing can run and no timer is left, with {} \
     asleep and {} held back: let something wake it within virtual time",
    counted(*asleep, "participant"),
    counted(*held, "spawn")
)]
#[non_exhaustive]
pub struct Stalled {
    /// How far virtual time had come.
    pub elapsed: Duration,
    /// How many participants sleep: tasks, blocking closures and clients, the caller included.
    pub asleep: usize,
    /// How many spawns [`hold_spawns`](super::VirtualRuntime::hold_spawns) holds back.
    pub held: usize,
}

impl Core {
    pub(super) fn stalled(&self) -> Stalled {
        let held = self.spawns.held_count();
        Stalled {
            elapsed: self.clock.elapsed(),
            asleep: self.turns.len().saturating_sub(held),
            held,
        }
    }
}
