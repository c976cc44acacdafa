//! Which random scenarios are run: the first seed, and how many.
//!
//! The seed of a run is fixed unless another one is asked for, so that a change that breaks something
//! is to blame, and not the luck of the draw.

use std::cell::Cell;

use crate::environment::Setting;

/// The first seed of a process: `CONFORMANCE_SEED`.
const SEED: Setting = Setting {
    variable: "CONFORMANCE_SEED",
    usual: 20_261_122,
    range: 0..=u64::MAX,
};

/// How many seeds, from the first one on: `CONFORMANCE_SCENARIOS`.
const SCENARIOS: Setting = Setting {
    variable: "CONFORMANCE_SCENARIOS",
    usual: 50,
    range: 1..=1_000_000,
};

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
        Self {
            seed: SEED.value(),
            scenarios: SCENARIOS.value(),
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
            (SEED.variable, self.seed.to_string()),
            (SCENARIOS.variable, self.scenarios.to_string()),
        ]
    }
}
