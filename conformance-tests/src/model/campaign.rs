//! Runs many scenarios on many backends. The model must explain each trace, and all backends must
//! produce the same trace.

use std::sync::Arc;

use super::{
    coverage::Coverage,
    execute::run,
    failure::{Failure, Side, compare, explained},
    generate::generate,
    judge::Judgement,
    scenario::Scenario,
};
use crate::Backend;

/// The result of a campaign.
#[derive(Debug, Default)]
pub struct Findings {
    /// The number of scenarios that ran on every backend.
    pub scenarios: u64,
    /// The number of trace lines that the model explained.
    pub lines: usize,
    /// The calls and situations that all traces together exercised.
    pub coverage: Coverage,
    /// The failures, shrunk.
    pub failures: Vec<Failure>,
}

/// Runs the scenarios of these seeds on every backend.
///
/// Compares each backend with the first one. Failing scenarios are shrunk. The campaign stops after
/// `MAX_FAILURES` failures.
#[must_use]
pub fn campaign(backends: &[Arc<dyn Backend>], seeds: impl IntoIterator<Item = u64>) -> Findings {
    let mut findings = Findings::default();
    for seed in seeds {
        if findings.failures.len() >= MAX_FAILURES {
            break;
        }
        findings.scenarios += 1;
        match everywhere(backends, &generate(seed)) {
            Ok((lines, judgement)) => {
                findings.lines += lines;
                findings.coverage.add(&judgement.coverage);
            }
            Err(failure) => findings.failures.push(*failure),
        }
    }
    findings
}

const MAX_FAILURES: usize = 3;

/// Returns the first failure among the scenarios of these seeds, shrunk. The tests search for
/// mutants with it.
#[must_use]
pub fn hunt(backend: &Arc<dyn Backend>, seeds: std::ops::Range<u64>) -> Option<Failure> {
    let alone = std::slice::from_ref(backend);
    seeds
        .map(generate)
        .find_map(|scenario| check(alone, &scenario))
}

/// Runs one scenario on every backend and checks it. A failure is returned shrunk.
///
/// # Panics
///
/// If `backends` is empty.
#[must_use]
pub fn check(backends: &[Arc<dyn Backend>], scenario: &Scenario) -> Option<Failure> {
    everywhere(backends, scenario).err().map(|failure| *failure)
}

fn everywhere(
    backends: &[Arc<dyn Backend>],
    scenario: &Scenario,
) -> Result<(usize, Judgement), Box<Failure>> {
    let (reference, others) = backends.split_first().expect("there is a backend");
    let (trace, judgement) = explained(&**reference, scenario)?;
    for other in others {
        if run(&**other, scenario) != trace {
            differs(&**reference, &**other, scenario)?;
        }
    }
    Ok((trace.len(), judgement))
}

fn differs(
    one: &dyn Backend,
    other: &dyn Backend,
    scenario: &Scenario,
) -> Result<(), Box<Failure>> {
    let (left, right) = (one.name(), other.name());
    let here = |scenario: &Scenario| run(one, scenario);
    let there = |scenario: &Scenario| run(other, scenario);
    compare(
        &Side::new(&left, &here),
        &Side::new(&right, &there),
        scenario,
    )
}
