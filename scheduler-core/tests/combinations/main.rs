//! Combinations of settings, and changes of settings while runs are active or waiting: random
//! scenarios in virtual time, and laws that hold in each of them.
//!
//! A failure prints the smallest failing scenario as Rust code. Add it to the cases of [`known`],
//! so that every test run repeats it.

#![allow(
    clippy::unwrap_used,
    reason = "a test may fail, and brings its own clocks"
)]

mod known;
mod laws;
mod log;
mod plan;
mod play;
mod present;
mod rule;
mod tasks;
mod twin;
mod world;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    laws::judge,
    plan::{Plan, plans},
    play::play,
};

/// Number of scenarios in a test run.
const CASES: u32 = 1_000;

/// Reads a number from the environment. Other seeds and more cases search further.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Returns a runner with a fixed seed, so that a new failure is caused by the change at hand.
fn runner() -> TestRunner {
    let mut seed = [7; 32];
    if let Some(number) = number("COMBINATIONS_SEED") {
        seed[..8].copy_from_slice(&number.to_le_bytes());
    }
    let cases = number("PROPTEST_CASES").and_then(|cases| cases.try_into().ok());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// Searches for a random scenario in which `violations` finds any.
fn search(plans: impl Strategy<Value = Plan>, violations: impl Fn(&Plan) -> Vec<String>) {
    let outcome = runner().run(&plans, |plan| {
        let violations = violations(&plan);
        prop_assert!(violations.is_empty(), "{}", violations.join("\n"));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Random scenarios: any settings, up to six disturbances.
#[test]
fn every_law_holds_in_random_scenarios() {
    search(plans(), |plan| judge(plan, &play(plan)));
}

/// Random scenarios without active or waiting runs at a handover.
#[test]
fn a_handover_equals_none() {
    search(twin::plans(), twin::differences);
}
