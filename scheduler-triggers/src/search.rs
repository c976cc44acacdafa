//! Limits the steps of searches for instants, because a search may find nothing. Nested triggers share one limit.

use std::{
    cell::{Cell, RefCell},
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};

use super::work;

thread_local! {
    /// State of the outermost search on the thread.
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
    /// Number of steps of all searches on the thread, modulo 2^32.
    static MADE: Cell<u32> = const { Cell::new(0) };
}

/// A search with at most [`STEPS`] steps.
///
/// A nested search may take four fifths of the remaining steps of the outer one. Nested triggers thus
/// need no more steps than a single one, and an inner search without a result does not starve the outer
/// one. The first step of a nested search may also use the reserved fifth, so triggers can be nested to
/// any depth. A search that was given up is not repeated while the outermost search lasts.
#[derive(Debug)]
pub(super) struct Search {
    sought: Sought,
    /// Steps that are reserved for the outer search, if there is one.
    kept: Option<u32>,
    has_begun: Cell<bool>,
    /// Budget of the outermost search, unless another one was opened before.
    _budget: Option<work::Scope>,
}

/// Identity of the searched trigger, shared by its clones.
#[derive(Clone)]
pub(super) struct Identity(u64);

/// Direction of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Back,
    There,
}

/// The direction of a search, and the instant from which it searches.
#[derive(Debug, Clone, Copy)]
struct Sought {
    rule: u64,
    way: Way,
    from: DateTime<Utc>,
}

#[derive(Debug)]
struct Current {
    left: u32,
    /// Steps that nested searches reserve for outer ones.
    kept: u32,
    /// Reserved steps that were used.
    borrowed: u32,
    /// Whether a search did not get a single step.
    is_short: bool,
    given_up: Vec<Sought>,
}

impl Search {
    pub(super) fn begin(rule: &Identity, way: Way, from: DateTime<Utc>) -> Self {
        let rule = rule.0;
        let kept = CURRENT.with_borrow_mut(|current| match current {
            None => {
                *current = Some(Current::default());
                None
            }
            Some(current) => Some(current.keep()),
        });
        Self {
            sought: Sought { rule, way, from },
            kept,
            has_begun: Cell::new(false),
            _budget: work::open(work::QUESTION),
        }
    }

    /// Returns whether every nested search got a step. Otherwise their results are invalid.
    pub(super) fn is_sound(&self) -> bool {
        CURRENT.with_borrow(|current| current.as_ref().is_some_and(|current| !current.is_short))
    }

    /// Makes a search with a single step, if a step is available.
    pub(super) fn single(rule: &Identity, way: Way, from: DateTime<Utc>) -> Option<Self> {
        let search = Self::begin(rule, way, from);
        search.step(from).then_some(search)
    }

    /// Takes one more step at `position`. Returns false if none is left, and records that the
    /// search was given up.
    pub(super) fn step(&self, position: DateTime<Utc>) -> bool {
        let is_first = !self.has_begun.replace(true);
        let may = CURRENT.with_borrow_mut(|current| {
            let current = current.as_mut();
            current.is_some_and(|current| current.step(self.sought, position, is_first))
        });
        if !may {
            work::give_up();
        }
        may
    }
}

/// Calls `question`, and returns its result with the number of search steps that it took.
pub(super) fn counted<T>(question: impl FnOnce() -> T) -> (T, u32) {
    let before = MADE.get();
    let answer = question();
    (answer, MADE.get().wrapping_sub(before))
}

impl Drop for Search {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| match (self.kept, current.as_mut()) {
            (Some(kept), Some(current)) => current.give_back(kept),
            _ => *current = None,
        });
    }
}

impl Current {
    /// Reserves steps, which a nested search must not use.
    fn keep(&mut self) -> u32 {
        let kept = self.left.div_ceil(5);
        self.left -= kept;
        self.kept += kept;
        kept
    }

    /// Releases the reserved steps, minus those that were borrowed.
    fn give_back(&mut self, kept: u32) {
        let repaid = kept.min(self.borrowed);
        self.borrowed -= repaid;
        self.kept -= kept;
        self.left += kept - repaid;
    }

    fn step(&mut self, sought: Sought, position: DateTime<Utc>, is_first: bool) -> bool {
        let rest = Sought {
            from: position,
            ..sought
        };
        let is_known = self.given_up.iter().any(|other| other.covers(&rest));
        if is_known || !self.take(is_first) {
            self.given_up.retain(|other| !sought.covers(other));
            self.given_up.push(sought);
            return false;
        }
        MADE.set(MADE.get().wrapping_add(1));
        true
    }

    /// Takes one of the remaining steps. Only the first step of a search may be borrowed from the reserve.
    fn take(&mut self, is_first: bool) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return true;
        }
        let may_borrow = is_first && self.borrowed < self.kept;
        self.is_short |= is_first && !may_borrow;
        self.borrowed += u32::from(may_borrow);
        may_borrow
    }
}

impl Default for Current {
    fn default() -> Self {
        Self {
            left: STEPS,
            kept: 0,
            borrowed: 0,
            is_short: false,
            given_up: Vec::new(),
        }
    }
}

impl Sought {
    /// Returns whether this search covered everything that `other` would search.
    fn covers(&self, other: &Self) -> bool {
        let is_behind = match self.way {
            Way::Back => other.from <= self.from,
            Way::There => other.from >= self.from,
        };
        (self.rule, self.way) == (other.rule, other.way) && is_behind
    }
}

impl Identity {
    /// Creates a new identity.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl Eq for Identity {}

/// Identities always compare equal: triggers are compared by their rules.
impl PartialEq for Identity {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The number that APScheduler uses: every day of 27 years, a few milliseconds.
pub(super) const STEPS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn steps(search: &Search, position: i64) -> usize {
        std::iter::from_fn(|| search.step(at(position)).then_some(())).count()
    }

    #[test]
    fn a_nested_search_has_four_fifths_of_the_steps_that_are_left() {
        let (outer, inner) = (Identity::new(), Identity::new());
        let search = Search::begin(&outer, Way::There, at(0));
        assert!(search.step(at(0)));
        let nested = Search::begin(&inner, Way::There, at(0));
        assert_eq!(steps(&nested, 0), 7_999);
        drop(nested);
        assert_eq!(steps(&search, 0), 2_000);
        drop(search);
        let again = Search::begin(&inner, Way::There, at(0));
        assert_eq!(steps(&again, 0), 10_000);
    }

    #[test]
    fn what_was_given_up_is_not_searched_again_inside_the_same_search() {
        let (outer, inner) = (Identity::new(), Identity::new());
        let search = Search::begin(&outer, Way::There, at(0));
        for (way, before, behind) in [(Way::There, 9, 11), (Way::Back, 11, 9)] {
            let begin = |second| Search::begin(&inner, way, at(second));
            assert!(begin(10).step(at(10)));
            steps(&begin(10), 10);
            assert!(!begin(10).step(at(10)) && !begin(behind).step(at(behind)));
            let longer = begin(before);
            assert!(longer.step(at(before)) && !longer.step(at(10)));
            drop(longer);
            assert!(!begin(before).step(at(before)), "it led to the same end");
        }
        drop(search);
        assert!(Search::begin(&inner, Way::There, at(10)).step(at(10)));
    }

    #[test]
    fn however_deep_a_search_is_nested_it_has_a_first_step() {
        let rules: Vec<_> = (0..40).map(|_| Identity::new()).collect();
        let begin = |rule| Search::begin(rule, Way::There, at(0));
        let searches: Vec<_> = rules.iter().map(begin).collect();
        assert!(searches.iter().all(|search| search.step(at(0))));
        assert!(
            !searches[39].step(at(0)),
            "the second one is kept for those around it"
        );
        for search in searches.into_iter().skip(1).rev() {
            drop(search);
        }
    }

    #[test]
    fn no_more_steps_are_made_in_all_than_there_are() {
        let (outer, inner) = (Identity::new(), Identity::new());
        let ((), made) = counted(|| {
            let search = Search::begin(&outer, Way::There, at(0));
            for second in 0..100_000 {
                // From there on, so that what was given up does not count.
                let _ = Search::single(&inner, Way::Back, at(second));
            }
            assert!(!search.is_sound());
            assert_eq!(steps(&search, 0), 0);
        });
        assert_eq!(made, STEPS);
    }

    #[test]
    fn a_panic_ends_the_search() {
        let panicked = std::panic::catch_unwind(|| {
            let _search = Search::begin(&Identity::new(), Way::There, at(0));
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.is_err());
        assert!(CURRENT.with_borrow(Option::is_none));
    }
}
