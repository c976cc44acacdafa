//! The selection of random scenarios: the first seed, and the number of seeds.
//!
//! The seed is fixed by default. A new failure is then caused by a change of the code, not by a
//! different random scenario.

use std::cell::Cell;

use crate::environment::Setting;

/// The first seed, from `CONFORMANCE_SEED`.
const SEED: Setting = Setting {
    variable: "CONFORMANCE_SEED",
    usual: 20_261_122,
    range: 0..=u64::MAX,
};

/// The number of consecutive seeds, from `CONFORMANCE_SCENARIOS`.
const SCENARIOS: Setting = Setting {
    variable: "CONFORMANCE_SCENARIOS",
    usual: 50,
    range: 1..=1_000_000,
};

thread_local! {
    /// The selection that applies to the case on this thread.
    static CURRENT: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// A range of seeds, one random scenario each.
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
    /// Returns the selection for the case on this thread, or the default.
    pub(crate) fn current() -> Self {
        CURRENT.get().unwrap_or_default()
    }

    /// Sets the selection for the case that this thread runs next.
    pub(crate) fn enter(self) {
        CURRENT.set(Some(self));
    }

    /// Returns the seeds, in order.
    pub(crate) fn seeds(self) -> impl Iterator<Item = u64> {
        (0..self.scenarios).map(move |step| self.seed.wrapping_add(step))
    }

    /// Returns the environment variables that pass the selection to a child process.
    pub(crate) fn variables(self) -> [(&'static str, String); 2] {
        [
            (SEED.variable, self.seed.to_string()),
            (SCENARIOS.variable, self.scenarios.to_string()),
        ]
    }
}
