//! Laws that hold for all types of triggers and for random combinations of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bounds;
#[path = "../cases/mod.rs"]
mod cases;
mod data;
mod kinds;
mod laws;
mod live;
mod model;
mod round_trip;

use proptest::prelude::ProptestConfig;

fn config(cases: u32) -> ProptestConfig {
    cases::config(cases, REGRESSIONS)
}

const REGRESSIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/trigger_kinds/regressions.txt"
);
