//! A bound on searches that may find nothing, however rules are nested.

use std::cell::Cell;

thread_local! {
    /// The steps left to the search that the thread is in.
    static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// A search of at most [`STEPS`] steps. One that begins inside another shares the steps of that one,
/// so that nested rules need no more of them than a single rule.
#[derive(Debug)]
pub(super) struct Search {
    is_outermost: bool,
}

impl Search {
    pub(super) fn begin() -> Self {
        let is_outermost = LEFT.get().is_none();
        if is_outermost {
            LEFT.set(Some(STEPS));
        }
        Self { is_outermost }
    }

    /// Whether one more step may be made.
    pub(super) fn step(&self) -> bool {
        let left = LEFT.get().unwrap_or_default();
        LEFT.set(Some(left.saturating_sub(1)));
        left > 0
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        if self.is_outermost {
            LEFT.set(None);
        }
    }
}

/// As many as APScheduler makes: every day of 27 years, in a few thousandths of a second.
pub(super) const STEPS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_search_shares_the_steps() {
        let outer = Search::begin();
        assert!(outer.step());
        {
            let inner = Search::begin();
            while inner.step() {}
        }
        assert!(!outer.step());
        drop(outer);
        assert!(Search::begin().step());
    }

    #[test]
    fn a_panic_ends_the_search() {
        let panicked = std::panic::catch_unwind(|| {
            let _search = Search::begin();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.is_err());
        assert_eq!(LEFT.get(), None);
    }
}
