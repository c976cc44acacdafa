//! The selection of random scenarios: the first seed, and the number of seeds.
//!
//! The seed is fixed by default. A new failure is then caused by a change of the code, not by a
//! different random scenario.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crate::environment::Setting;

/// The first seed, from `CONFORMANCE_SEED`.
const SEED: Setting = Setting {
    variable: "CONFORMANCE_SEED",
    usual: 20_261_122,
    range: 0..=u64::MAX,
};

/// The number of consecutive seeds, at least, from `CONFORMANCE_SCENARIOS`.
const SCENARIOS: Setting = Setting {
    variable: "CONFORMANCE_SCENARIOS",
    usual: 50,
    range: 1..=1_000_000,
};

/// The milliseconds in which a case tries further seeds, from `CONFORMANCE_SCENARIO_MILLIS`.
const TIME: Setting = Setting {
    variable: "CONFORMANCE_SCENARIO_MILLIS",
    usual: 0,
    range: 0..=86_400_000,
};

/// The time in the tests of a backend, unless the environment sets it or the number of scenarios.
const TIME_OF_A_TEST: Duration = Duration::from_millis(600);

thread_local! {
    /// The selection that applies to the case on this thread.
    static CURRENT: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// A range of seeds, one random scenario each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) scenarios: u64,
    /// The time in which further seeds are tried.
    pub(crate) time: Duration,
}

impl Default for Draw {
    fn default() -> Self {
        Self {
            seed: SEED.value(),
            scenarios: SCENARIOS.value(),
            time: Duration::from_millis(TIME.value()),
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

    /// Returns the selection for the tests of a backend, which the time limits.
    pub(crate) fn of_tests() -> Self {
        let is_set = SCENARIOS.changed().or_else(|| TIME.changed()).is_some();
        let draw = Self::default();
        match is_set {
            true => draw,
            false => Self {
                time: TIME_OF_A_TEST,
                ..draw
            },
        }
    }

    /// Returns the seeds, in order.
    pub(crate) fn seeds(self) -> impl Iterator<Item = u64> {
        let begun = Instant::now();
        let continues = move |step: &u64| *step < self.scenarios || begun.elapsed() < self.time;
        let steps = (0..).take_while(continues);
        steps.map(move |step| self.seed.wrapping_add(step))
    }

    /// Returns the environment variables that pass the selection to a child process.
    pub(crate) fn variables(self) -> [(&'static str, String); 3] {
        [
            (SEED.variable, self.seed.to_string()),
            (SCENARIOS.variable, self.scenarios.to_string()),
            (TIME.variable, self.time.as_millis().to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_exact_and_a_time_continues_after_it() {
        let draw = Draw {
            seed: u64::MAX,
            scenarios: 2,
            time: Duration::ZERO,
        };
        assert!(draw.seeds().eq([u64::MAX, 0]));
        let timed = Draw {
            time: Duration::MAX,
            ..draw
        };
        assert_eq!(timed.seeds().take(100).last(), Some(98));
    }
}
