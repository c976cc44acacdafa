//! What must hold for triggers of every kind and for random combinations of them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod bounds;
mod data;
mod laws;
mod model;
mod round_trip;

use proptest::{prelude::ProptestConfig, test_runner::FileFailurePersistence};

/// So many cases, and more or fewer of them in proportion if `PROPTEST_CASES` is not its 256. An input
/// that fails is kept for the next time.
fn config(cases: u32) -> ProptestConfig {
    let general = ProptestConfig::default();
    ProptestConfig {
        cases: (cases * general.cases / 256).max(1),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..general
    }
}

const REGRESSIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/trigger_kinds/regressions.txt"
);
