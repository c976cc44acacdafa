//! Clients that run concurrently on real threads. The model must explain every resulting trace.

mod backends;

use std::time::Duration;

use backends::within;
use conformance_tests::{
    Backend,
    model::{explained_freely, generate_free},
};

const SCENARIOS: u64 = 400;

/// How long all scenarios may take on one backend before they count as hanging.
const WATCHDOG: Duration = Duration::from_secs(300);

/// Runs one scenario. Returns the largest set of states that the model needed to explain it.
fn explain(backend: &dyn Backend, seed: u64) -> usize {
    let explained = explained_freely(backend, &generate_free(seed));
    explained.unwrap_or_else(|wrong| panic!("{wrong}")).widest
}

#[test]
fn what_runs_at_a_time_is_explained_on_every_backend() {
    for backend in backends::all() {
        let name = backend.name();
        let all = move || (0..SCENARIOS).map(|seed| explain(&*backend, seed)).max();
        let widest = within(WATCHDOG, &name, all).expect("at least one scenario");
        println!("{name}: {SCENARIOS} scenarios, at most {widest} states at a time");
    }
}
