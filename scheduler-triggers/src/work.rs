//! A budget for trigger calls, counted in calls of the members of combined triggers.
//!
//! Each search has a bound (see `search`), but members multiply searches, and one
//! decision of the engine takes many trigger calls. The caller therefore opens a budget, and every
//! combined trigger takes one unit from it for each call of a member. Simple triggers are not counted.

use std::{cell::Cell, fmt};

/// Budget of one decision of the engine, and of a direct call without an open budget. It takes some
/// hundredths of a second.
pub const QUESTION: u32 = 100_000;

/// Budget of all triggers of one document.
pub const DOCUMENT: u32 = 1_000_000;

/// Maximum of one decision, regardless of the number of instants that it lists.
const MOST: u32 = 1_000_000;

/// Units that each listed instant adds to the budget: the cost of an instant of a trigger with the
/// maximum number of members.
const EACH: u32 = 1_000;

thread_local! {
    static CURRENT: Cell<Option<Budget>> = const { Cell::new(None) };
}

/// Remaining budget on this thread.
#[derive(Debug, Clone, Copy)]
struct Budget {
    limit: u32,
    /// The limit that errors name: that of the outer budget, if there is one.
    named: u32,
    spent: u32,
    overrun: Option<Overrun>,
    asker: Asker,
}

/// Owner of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// A call from outside of the engine, of a combined trigger or of a builder. A search that ends without a result
    /// is valid.
    Rule,
    /// The engine. After an overrun, no result is valid.
    Engine,
}

/// Reason why a trigger call has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overrun {
    /// A search took more than its maximum number of steps.
    GivenUp,
    /// The budget was used up.
    Spent { limit: u32 },
}

/// Units that were taken from a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    pub questions: u32,
    pub overrun: Option<Overrun>,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GivenUp => f.write_str(
                "the search for its next instant was given up: its members agree too rarely or never",
            ),
            Self::Spent { limit } => write!(
                f,
                "it took more than {limit} calls of its members, use fewer or simpler members"
            ),
        }
    }
}

/// Builds triggers with the rest of a budget.
#[cfg(feature = "serde")]
pub fn within_rest<T>(budget: u32, already: &mut u32, ask: impl FnOnce() -> T) -> T {
    let scope = Scope::enter(
        CURRENT.get(),
        budget.saturating_sub(*already),
        budget,
        Asker::Rule,
    );
    let answer = ask();
    *already = already.saturating_add(scope.spent().questions);
    answer
}

/// Calls triggers with a budget, and charges the outer budget too. After an overrun the result is
/// invalid.
pub fn within<T>(limit: u32, ask: impl FnOnce() -> T) -> (T, Spent) {
    scoped(limit, Asker::Engine, ask)
}

/// Builds triggers with a budget, and charges the outer budget too.
#[cfg(feature = "serde")]
pub(super) fn building<T>(limit: u32, build: impl FnOnce() -> T) -> T {
    scoped(limit, Asker::Rule, build).0
}

fn scoped<T>(limit: u32, asker: Asker, ask: impl FnOnce() -> T) -> (T, Spent) {
    let around = CURRENT.get();
    let (left, named) = around.map_or((limit, limit), |around| {
        let left = around.limit - around.spent;
        if left < limit {
            (left, around.named)
        } else {
            (limit, limit)
        }
    });
    let scope = Scope::enter(around, left, named, asker);
    let answer = ask();
    let spent = scope.spent();
    drop(scope);
    (answer, spent)
}

/// Opens a budget for a direct call of a combined trigger, unless one is open.
pub(super) fn open(limit: u32) -> Option<Scope> {
    let around = CURRENT.get();
    around
        .is_none()
        .then(|| Scope::enter(around, limit, limit, Asker::Rule))
}

/// Calls a member, if the budget allows it.
pub(super) fn ask<T>(question: impl FnOnce() -> Option<T>) -> Option<T> {
    if charge() { question() } else { None }
}

/// Takes one unit from the budget. Returns false if none is left.
pub(super) fn charge() -> bool {
    let Some(mut budget) = CURRENT.get() else {
        return true;
    };
    let may = budget.charge();
    CURRENT.set(Some(budget));
    may
}

/// Records that a search was given up.
pub(super) fn give_up() {
    if let Some(mut budget) = CURRENT.get() {
        budget.overrun.get_or_insert(Overrun::GivenUp);
        CURRENT.set(Some(budget));
    }
}

/// Returns the overrun that prevents further calls on this thread, if there is one.
#[cfg(feature = "serde")]
pub fn all_spent() -> Option<Overrun> {
    let overrun = CURRENT.get().and_then(|budget| budget.overrun);
    overrun.filter(|overrun| *overrun != Overrun::GivenUp)
}

/// Returns the number of units that calls on this thread have taken.
pub fn spent() -> u32 {
    CURRENT.get().map_or(0, |budget| budget.spent)
}

/// Increases the budget for an instant that was listed for a run.
pub fn earn() {
    if let Some(mut budget) = CURRENT.get() {
        let earned = budget.limit.saturating_add(EACH);
        budget.limit = earned.min(budget.limit.max(MOST));
        CURRENT.set(Some(budget));
    }
}

impl Budget {
    fn charge(&mut self) -> bool {
        if self.overrun.is_some() && self.asker == Asker::Engine {
            return false;
        }
        if self.spent >= self.limit {
            let limit = self.limit.max(self.named);
            self.overrun = Some(Overrun::Spent { limit });
            return false;
        }
        self.spent += 1;
        true
    }
}

/// An open budget. Dropping it closes the budget.
#[derive(Debug)]
pub(super) struct Scope {
    around: Option<Budget>,
}

impl Scope {
    fn enter(around: Option<Budget>, limit: u32, named: u32, asker: Asker) -> Self {
        CURRENT.set(Some(Budget {
            limit,
            named,
            spent: 0,
            overrun: None,
            asker,
        }));
        Self { around }
    }

    fn spent(&self) -> Spent {
        let budget = CURRENT.get();
        Spent {
            questions: budget.map_or(0, |budget| budget.spent),
            overrun: budget.and_then(|budget| budget.overrun),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let spent = self.spent();
        CURRENT.set(self.around.map(|around| {
            Budget {
                spent: around
                    .limit
                    .min(around.spent.saturating_add(spent.questions)),
                overrun: around.overrun.or(spent.overrun),
                ..around
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charged() -> usize {
        std::iter::repeat_with(charge)
            .take(1_000)
            .take_while(|may| *may)
            .count()
    }

    #[test]
    fn a_budget_is_spent_once_for_all_questions_inside() {
        let (inner, outer) = within(10, || {
            assert!(charge());
            within(20, charged)
        });
        let spent = |questions, limit| Spent {
            questions,
            overrun: Some(Overrun::Spent { limit }),
        };
        assert_eq!(inner, (9, spent(9, 10)), "the budget around it is named");
        assert_eq!(outer, spent(10, 10));
        assert_eq!((charged(), super::spent()), (1_000, 0), "there is none");
    }

    #[test]
    fn after_a_search_was_given_up_only_a_rule_asked_directly_goes_on() {
        let give_up_first = || {
            give_up();
            charge()
        };
        let (went_on, spent) = within(10, give_up_first);
        assert_eq!((went_on, spent.overrun), (false, Some(Overrun::GivenUp)));
        let scope = open(10);
        assert!(give_up_first());
        let overrun = || CURRENT.get().and_then(|budget| budget.overrun);
        assert_eq!(overrun(), Some(Overrun::GivenUp));
        drop(scope);
        assert_eq!(overrun(), None);
    }

    #[test]
    fn listed_instants_add_to_it_up_to_a_limit() {
        let ((), spent) = within(1, || {
            assert!(charge());
            earn();
            assert_eq!(
                std::iter::repeat_with(charge)
                    .take_while(|may| *may)
                    .count(),
                1_000
            );
        });
        assert_eq!(spent.questions, 1_001);
        let ((), _) = within(MOST + 1, || {
            earn();
            assert_eq!(CURRENT.get().map(|budget| budget.limit), Some(MOST + 1));
        });
    }

    #[test]
    fn a_panic_ends_it() {
        let panicked = std::panic::catch_unwind(|| {
            within(1, || std::panic::resume_unwind(Box::new(())));
        });
        assert!(panicked.is_err());
        assert!(CURRENT.get().is_none());
    }
}
