//! Many scenarios on many backends: each has to be explained by the model, and all backends have to
//! tell the same story.

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

/// What a campaign found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many scenarios were run, on every backend.
    pub scenarios: u64,
    /// How many lines were explained.
    pub lines: usize,
    /// What all of it together exercised.
    pub coverage: Coverage,
    /// What went wrong, shrunk.
    pub failures: Vec<Failure>,
}

/// Runs the scenarios of these seeds on every backend.
///
/// The first backend is the one that the others are compared with. What fails is made smaller; after
/// `MAX_FAILURES` failures the rest is not run.
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

/// The first failure, shrunk, among the scenarios of these seeds; how a flaw is looked for.
#[must_use]
pub fn hunt(backend: &Arc<dyn Backend>, seeds: std::ops::Range<u64>) -> Option<Failure> {
    let alone = std::slice::from_ref(backend);
    seeds
        .map(generate)
        .find_map(|scenario| check(alone, &scenario))
}

/// Runs one scenario on every backend: a failure, shrunk, if it does not go as it should.
///
/// # Panics
///
/// If there is no backend.
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
