//! A bound on searches that may find nothing, however rules are nested.

use std::{
    cell::RefCell,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};

thread_local! {
    /// The outermost search that the thread is in.
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// A search of at most [`STEPS`] steps.
///
/// One that begins inside another may take half of the steps which that one has left, so that nested
/// rules need no more of them than a single rule, and a rule that nothing is left of does not starve
/// the one around it. Nor is it asked again and again: what was given up stays so for as long as the
/// outermost search lasts.
#[derive(Debug)]
pub(super) struct Search {
    sought: Sought,
    /// The steps kept for the search around it, if there is one.
    kept: Option<u32>,
}

/// Which rule is searched, whoever holds a copy of it.
#[derive(Clone)]
pub(super) struct Identity(u64);

/// The direction of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Back,
    There,
}

/// What is looked for: the next instant of a rule after another one, or the previous one before it.
#[derive(Debug, Clone, Copy)]
struct Sought {
    rule: u64,
    way: Way,
    from: DateTime<Utc>,
}

#[derive(Debug)]
struct Current {
    left: u32,
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
            Some(current) => Some(current.halve()),
        });
        let sought = Sought { rule, way, from };
        Self { sought, kept }
    }

    /// Whether one more step may be made, having come as far as `position`; otherwise the search is
    /// given up.
    pub(super) fn step(&self, position: DateTime<Utc>) -> bool {
        CURRENT.with_borrow_mut(|current| {
            let current = current.as_mut();
            current.is_some_and(|current| current.step(self.sought, position))
        })
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| match (self.kept, current.as_mut()) {
            (Some(kept), Some(current)) => current.left += kept,
            _ => *current = None,
        });
    }
}

impl Current {
    /// Takes what is kept from a nested search.
    fn halve(&mut self) -> u32 {
        let kept = self.left - self.left / 2;
        self.left -= kept;
        kept
    }

    fn step(&mut self, sought: Sought, position: DateTime<Utc>) -> bool {
        let rest = Sought {
            from: position,
            ..sought
        };
        if self.left == 0 || self.given_up.iter().any(|other| other.covers(&rest)) {
            self.given_up.retain(|other| !sought.covers(other));
            self.given_up.push(sought);
            return false;
        }
        self.left -= 1;
        true
    }
}

impl Default for Current {
    fn default() -> Self {
        Self {
            left: STEPS,
            given_up: Vec::new(),
        }
    }
}

impl Sought {
    /// Whether the other search looks at nothing that this one has not looked at.
    fn covers(&self, other: &Self) -> bool {
        let is_behind = match self.way {
            Way::Back => other.from <= self.from,
            Way::There => other.from >= self.from,
        };
        (self.rule, self.way) == (other.rule, other.way) && is_behind
    }
}

impl Identity {
    /// One that no other rule has.
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

/// Rules are compared by what they say.
impl PartialEq for Identity {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// As many as APScheduler makes: every day of 27 years, in a few thousandths of a second.
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
    fn a_nested_search_has_half_of_the_steps_that_are_left() {
        let (outer, inner) = (Identity::new(), Identity::new());
        let search = Search::begin(&outer, Way::There, at(0));
        assert!(search.step(at(0)));
        let nested = Search::begin(&inner, Way::There, at(0));
        assert_eq!(steps(&nested, 0), 4_999);
        drop(nested);
        assert_eq!(steps(&search, 0), 5_000);
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
    fn a_panic_ends_the_search() {
        let panicked = std::panic::catch_unwind(|| {
            let _search = Search::begin(&Identity::new(), Way::There, at(0));
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.is_err());
        assert!(CURRENT.with_borrow(Option::is_none));
    }
}
