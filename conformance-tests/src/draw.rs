//! Which random scenarios are run: the first seed, and how many.
//!
//! The seed of a run is fixed unless another one is asked for, so that a change that breaks something
//! is to blame, and not the luck of the draw.

use std::{cell::Cell, env};

/// The first seed of a process: `CONFORMANCE_SEED`.
const SEED: (&str, u64) = ("CONFORMANCE_SEED", 20_261_122);

/// How many seeds, from the first one on: `CONFORMANCE_SCENARIOS`.
const SCENARIOS: (&str, u64) = ("CONFORMANCE_SCENARIOS", 50);

thread_local! {
    /// What the case on this thread is run with.
    static CURRENT: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// Which random scenarios are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) scenarios: u64,
}

impl Default for Draw {
    fn default() -> Self {
        let set = |(variable, usual): (&str, u64)| {
            let set = env::var(variable).ok();
            set.and_then(|set| set.parse().ok()).unwrap_or(usual)
        };
        Self {
            seed: set(SEED),
            scenarios: set(SCENARIOS),
        }
    }
}

impl Draw {
    /// That of the case which this thread runs.
    pub(crate) fn current() -> Self {
        CURRENT.get().unwrap_or_default()
    }

    /// From now on this thread runs a case with it.
    pub(crate) fn enter(self) {
        CURRENT.set(Some(self));
    }

    /// The seeds.
    pub(crate) fn seeds(self) -> impl Iterator<Item = u64> {
        (0..self.scenarios).map(move |step| self.seed.wrapping_add(step))
    }

    /// What tells a process of its own of them.
    pub(crate) fn variables(self) -> [(&'static str, String); 2] {
        [
            (SEED.0, self.seed.to_string()),
            (SCENARIOS.0, self.scenarios.to_string()),
        ]
    }
}
