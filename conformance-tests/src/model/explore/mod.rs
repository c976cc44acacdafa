//! An exhaustive search through all interleavings of a few callers.
//!
//! The lifecycle table gives the result of one call in one state. Only concurrent calls show
//! whether the table as a whole is consistent: no call waits forever, no state follows the end, and
//! every accepted job gets an outcome. Clients therefore make arbitrary calls, jobs make calls from
//! inside, and starts fail. A set holds every reachable state. As in the real scheduler, a call has
//! two phases, and anything may happen between the call and its return.
//!
//! A client chooses its next call only when it makes it, so that one search covers all programs at
//! once.

mod actor;
mod check;
mod step;
mod system;

use std::collections::HashSet;

use scheduler_core::{
    State,
    lifecycle::{LifecycleError, Operation, permit},
};

use self::{actor::Op, check::check, step::successors, system::System};

/// The function that decides whether a call is allowed: [`permit`], or a table with a known flaw.
pub type Table = fn(State, Operation) -> Result<(), LifecycleError>;

/// The size of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The number of clients.
    pub clients: usize,
    /// The number of calls of each client.
    pub calls: u8,
}

impl Scope {
    /// Returns the number of different programs; clients are interchangeable. Jobs make further
    /// calls, and any start may fail.
    ///
    /// ```
    /// use conformance_tests::model::explore::Scope;
    ///
    /// let scope = Scope { clients: 2, calls: 3 };
    /// assert_eq!(scope.programs(), 131_328);
    /// ```
    #[must_use]
    pub fn programs(self) -> u64 {
        let one = (Op::ALL.len() as u64).pow(self.calls.into());
        (0..self.clients as u64).fold(1, |sets, more| sets * (one + more) / (more + 1))
    }
}

/// The size of the explored state space, if it has no flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explored {
    /// The number of distinct states. States that differ only in the order of clients count once.
    pub states: usize,
    /// The number of steps between states.
    pub steps: usize,
    /// The number of states in which nothing is left to do.
    pub ends: usize,
}

/// A violated invariant, with a path to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// A description of the violation.
    pub problem: String,
    /// The state that violates the invariant.
    pub state: String,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nin {}", self.problem, self.state)
    }
}

/// Explores the lifecycle table of the core.
///
/// # Errors
///
/// The first [`Flaw`] found.
///
/// ```
/// use conformance_tests::model::explore::{Scope, explore};
///
/// let seen = explore(Scope { clients: 1, calls: 2 })?;
/// assert!(seen.states > 100);
/// # Ok::<(), conformance_tests::model::explore::Flaw>(())
/// ```
pub fn explore(scope: Scope) -> Result<Explored, Flaw> {
    explore_table(scope, permit)
}

/// Explores another lifecycle table.
///
/// # Errors
///
/// The first [`Flaw`] found.
pub fn explore_table(scope: Scope, table: Table) -> Result<Explored, Flaw> {
    let first = System::new(scope);
    let mut seen = HashSet::from([first.clone()]);
    let mut waiting = vec![first];
    let (mut steps, mut ends) = (0, 0);
    while let Some(system) = waiting.pop() {
        let next = successors(&system, table);
        check(&system, &next)?;
        steps += next.len();
        ends += usize::from(next.is_empty());
        for next in next {
            if !seen.contains(&next) {
                waiting.push(next.clone());
                seen.insert(next);
            }
        }
    }
    Ok(Explored {
        states: seen.len(),
        steps,
        ends,
    })
}
