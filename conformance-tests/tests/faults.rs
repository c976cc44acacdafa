//! Faults at every opportunity: in scenarios made of seeds, and in one that has a bit of everything.

mod backends;

use conformance_tests::{
    Backend,
    model::{Command, Scenario, Sweep, generate, sweep},
};

/// A start, schedules, jobs of every sort, a pause, a clock that is set, cancellations, waiting calls,
/// an end with work left.
const EVERYTHING: &str = r#"{
  "name": "a bit of everything",
  "config": {"max_concurrent_jobs": 3, "queue_limit": 2},
  "commands": [
    {"call": {"client": 0, "call": {"add": {"id": 0, "every": 300, "script": [{"sleep": 50}]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 0, "script": [{"sleep": 10}, "fail"]}}}},
    {"call": {"client": 0, "call": "start"}},
    {"call": {"client": 1, "call": {"wait": 0}}},
    {"call": {"client": 0, "call": {"post": {"tag": 1, "blocking": true, "script": [{"sleep": 40}]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 2, "script": ["yield", {"gate": 0}, "witness"]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 3, "delay": 60, "script": ["panic"]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 4, "script": ["witness"]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 5, "script": [{"sleep": 5}]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 6, "script": [{"sleep": 5}]}}}},
    {"advance": 30},
    {"call": {"client": 0, "call": "pause"}},
    {"advance": 700},
    {"jump_wall": 3600000},
    {"call": {"client": 0, "call": "resume"}},
    {"advance": 350},
    {"call": {"client": 0, "call": {"run_now": 0}}},
    {"call": {"client": 0, "call": {"cancel": {"job": 2, "grace": 20}}}},
    {"advance": 100},
    {"call": {"client": 1, "call": "wait_idle"}},
    {"open_gate": 0},
    {"call": {"client": 0, "call": {"post": {"tag": 7, "script": [{"call": {"shutdown": {"grace": 0, "abandon": 0}}}, {"sleep": 400}]}}}},
    {"call": {"client": 0, "call": {"post": {"tag": 8, "blocking": true, "script": [{"deaf": 900}]}}}},
    {"call": {"client": 2, "call": "stopped"}},
    {"call": {"client": 1, "call": {"shutdown": {"drain": 100, "grace": 50, "abandon": 50}}}},
    {"advance": 1000}
  ]
}"#;

fn swept(backend: &dyn Backend, scenario: &Scenario, kind: Sweep) -> u64 {
    match sweep(backend, scenario, kind) {
        Ok(opportunities) => opportunities,
        Err(failure) => panic!("{kind:?}: {failure}"),
    }
}

#[test]
fn a_bit_of_everything_survives_every_fault_on_every_backend() {
    let scenario = Scenario::from_json(EVERYTHING).expect("it is well written");
    for backend in backends::all() {
        for kind in Sweep::ALL {
            let opportunities = swept(&*backend, &scenario, kind);
            println!(
                "{}: {kind:?} at {opportunities} opportunities",
                backend.name()
            );
            assert!(opportunities > 0, "{kind:?} never struck");
        }
    }
}

/// Listeners are called by what is spawned: while that is held back, the end waits for them, and the
/// traces with and without one are not the same.
fn can_have(scenario: &Scenario, kind: Sweep) -> bool {
    let holds = |command: &Command| matches!(command, Command::HoldSpawns);
    kind != Sweep::ListenerPanic || !scenario.commands.iter().any(holds)
}

#[test]
fn scenarios_made_of_seeds_survive_every_fault() {
    let backend = backends::threads();
    for kind in Sweep::ALL {
        let scenarios = (0..40).map(generate).filter(|it| can_have(it, kind));
        let swept = scenarios.map(|scenario| swept(&backend, &scenario, kind));
        let (count, opportunities) = swept.fold((0, 0), |(n, sum), swept| (n + 1, sum + swept));
        println!("{kind:?} at {opportunities} opportunities of {count} scenarios");
        assert!(count >= 20, "too few scenarios can have {kind:?}");
        assert!(opportunities > 0, "{kind:?} never struck");
    }
}
