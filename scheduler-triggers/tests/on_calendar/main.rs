//! Calendar events: agreement with systemd, with a slow evaluator, and the laws of every trigger.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../cases/mod.rs"]
mod cases;
mod grammar;
mod laws;
mod oracle;
mod systemd;
#[path = "../trigger_oracle/mod.rs"]
#[allow(dead_code, reason = "it evaluates cron expressions, too")]
mod trigger_oracle;
mod vectors;

use proptest::prelude::ProptestConfig;

fn config(cases: u32) -> ProptestConfig {
    cases::config(cases, REGRESSIONS)
}

const REGRESSIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/on_calendar/regressions.txt"
);
