//! Two thousand scenarios on every backend. The model must explain each, all backends must agree, and
//! together the scenarios must cover every call and situation. Scenarios that failed once are kept as
//! regressions.

mod backends;

use std::{
    fs,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Instant, SystemTime},
};

use conformance_tests::{
    Backend,
    model::{Findings, Scenario, campaign, check, generate, run},
};

/// The first seed. It is fixed, so that a new failure comes from a change of the code.
const FIRST_SEED: u64 = 20_261_122;
const SCENARIOS: u64 = 2_000;

/// How often at least each call in each state, and each situation, must occur.
const OFTEN: usize = 5;

fn regressions() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

/// Stores the shrunk scenarios as files, and fails if there is any failure.
fn report(findings: &Findings) {
    for failure in &findings.failures {
        println!("{failure}");
        match failure.save(&regressions()) {
            Ok(path) => println!("kept as {}", path.display()),
            Err(error) => println!("could not be kept: {error}"),
        }
    }
    assert!(findings.failures.is_empty(), "see above");
}

/// Splits the seeds between two threads, because a scenario in virtual time uses one thread at a
/// time.
fn in_two_shares(seeds: std::ops::Range<u64>) -> Findings {
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let second = seeds.start..middle;
    let second = thread::spawn(move || campaign(&backends::all(), second));
    let mut findings = campaign(&backends::all(), middle..seeds.end);
    let second = second.join().expect("a campaign does not panic");
    findings.scenarios += second.scenarios;
    findings.lines += second.lines;
    findings.coverage.add(&second.coverage);
    findings.failures.extend(second.failures);
    findings
}

#[test]
fn two_thousand_scenarios_on_every_backend() {
    let begun = Instant::now();
    let findings = in_two_shares(FIRST_SEED..FIRST_SEED + SCENARIOS);
    report(&findings);
    let (pairs, marks) = findings.coverage.counts();
    println!(
        "{} scenarios on {} backends, {} lines, {pairs} pairs, {marks} marks, in {:?}",
        findings.scenarios,
        backends::all().len(),
        findings.lines,
        begun.elapsed()
    );
    let missing = findings.coverage.insufficient(OFTEN);
    assert!(missing.is_empty(), "INSUFFICIENT: {missing:#?}");
}

/// Runs a few new scenarios. Prints the first seed, and each scenario that fails.
#[test]
fn fresh_scenarios_on_every_backend() {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = since.expect("the clock is set").as_secs() * 1_000_003;
    println!("fresh seeds from {seed}");
    report(&in_two_shares(seed..seed + 100));
}

#[test]
fn what_failed_once_is_kept() {
    let backends: Vec<Arc<dyn Backend>> = backends::all();
    let files = fs::read_dir(regressions()).expect("the directory of regressions");
    let mut count = 0;
    for file in files {
        let path = file.expect("readable").path();
        let text = fs::read_to_string(&path).expect("readable");
        let scenario = Scenario::from_json(&text);
        let scenario = scenario.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(failure) = check(&backends, &scenario) {
            panic!("{}\n{failure}", path.display());
        }
        count += 1;
    }
    assert!(count > 0, "no stored scenarios");
}

#[test]
fn the_same_scenario_twice_leaves_the_same_trace() {
    for backend in backends::all() {
        for seed in 0..20 {
            let scenario = generate(seed);
            let name = backend.name();
            assert!(
                run(&*backend, &scenario) == run(&*backend, &scenario),
                "{seed} on {name}"
            );
        }
    }
}

#[test]
fn scenarios_survive_being_written_down() {
    for seed in 0..200 {
        let scenario = generate(seed);
        assert_eq!(
            Scenario::from_json(&scenario.to_json()).as_ref(),
            Ok(&scenario)
        );
    }
}
