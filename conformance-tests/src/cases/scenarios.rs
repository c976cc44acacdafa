//! Random scenarios, generated from the seeds of the run.

use std::panic::panic_any;

use crate::{
    Backend,
    case::Inconclusive,
    draw::Draw,
    model::{
        Failure, Scenario, Side, compare, explained, explained_freely, generate, generate_free,
        run, run_on,
    },
    reference::reference,
};

/// Checks the scenario of every seed, up to the first that fails, and prints the first seed.
fn each(check: impl Fn(&Scenario) -> Result<(), Box<Failure>>) {
    each_of(generate, check);
}

fn each_of(make: fn(u64) -> Scenario, check: impl Fn(&Scenario) -> Result<(), Box<Failure>>) {
    let draw = Draw::current();
    if draw.scenarios == 0 {
        panic_any(Inconclusive::Vacuous("the run asks for no scenario".into()));
    }
    let mut count = 0_u64;
    for seed in draw.seeds() {
        if let Err(failure) = check(&make(seed)) {
            fail(seed, &failure);
        }
        count += 1;
    }
    println!("{count} scenarios from seed {}", draw.seed);
}

fn fail(seed: u64, failure: &Failure) -> ! {
    let report = format!("the scenario of seed {seed} reproduces it (@{seed}+1)\n{failure}");
    if failure.is_unknown {
        panic_any(Inconclusive::Unknown(report));
    }
    panic!("{report}");
}

pub(super) fn random_scenarios_are_explained_by_the_model(backend: &dyn Backend) {
    each(|scenario| explained(backend, scenario).map(drop));
}

pub(super) fn a_repeated_scenario_leaves_the_same_trace(backend: &dyn Backend) {
    let play = |scenario: &Scenario| run(backend, scenario);
    let name = backend.name();
    let (first, second) = (
        format!("{name}, first run:"),
        format!("{name}, second run:"),
    );
    each(|scenario| {
        compare(
            &Side::new(&first, &play),
            &Side::new(&second, &play),
            scenario,
        )
    });
}

pub(super) fn a_scenario_leaves_the_same_trace_on_the_reference_runtime(backend: &dyn Backend) {
    let here = |scenario: &Scenario| run(backend, scenario);
    let there = |scenario: &Scenario| run_on(backend, reference(), scenario);
    let name = backend.name();
    each(|scenario| {
        let (there, here) = (Side::new("reference", &there), Side::new(&name, &here));
        compare(&there, &here, scenario)
    });
}

pub(super) fn concurrent_runs_are_explained_by_the_model(backend: &dyn Backend) {
    each_of(generate_free, |scenario| {
        explained_freely(backend, scenario).map(drop)
    });
}
