//! Every course that a few callers can take, gone through one by one.
//!
//! The lifecycle table says what one call answers in one state. Whether the table as a whole makes
//! sense (nobody waits for ever, nothing comes back from the end, no accepted job is forgotten)
//! shows only when calls meet. So some clients make any calls they like, jobs make calls from
//! inside, starts fail, and a set holds every state that can be reached. Calls have two phases, as
//! real ones do: between the call and its answer anything else may happen.
//!
//! A client chooses its next call when it makes it, so that one walk covers all programs at once.

mod actor;
mod check;
mod step;
mod system;

use std::collections::HashSet;

use scheduler_core::{LifecycleError, Operation, State, permit};

use self::{actor::Op, check::check, step::successors, system::System};

/// What decides whether a call is allowed: [`permit`], or a table that is to be found wrong.
pub type Table = fn(State, Operation) -> Result<(), LifecycleError>;

/// How much to explore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// How many clients there are.
    pub clients: usize,
    /// How many calls each of them makes.
    pub calls: u8,
}

impl Scope {
    /// How many programs the clients can have between them: who has which makes no difference. Jobs
    /// make calls of their own on top, and any start may fail.
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

/// What there was to see, if nothing was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explored {
    /// Different states; clients that could change places count as one.
    pub states: usize,
    /// Steps from one to another.
    pub steps: usize,
    /// States in which nothing was left to do.
    pub ends: usize,
}

/// Something that must not happen, and how it comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub problem: String,
    /// The state in which it is.
    pub state: String,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nin {}", self.problem, self.state)
    }
}

/// Explores the core's table.
///
/// # Errors
///
/// The first [`Flaw`] that is found.
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

/// Explores another table.
///
/// # Errors
///
/// The first [`Flaw`] that is found.
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
