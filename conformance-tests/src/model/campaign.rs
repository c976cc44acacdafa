//! Many scenarios on many backends: each has to be explained by the model, and all backends have to
//! tell the same story.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    coverage::Coverage,
    execute::run,
    generate::generate,
    judge::{Judgement, Verdict, judge},
    scenario::Scenario,
    shrink::shrink,
    trace::Line,
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

/// A scenario that went wrong.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The scenario, as small as it could be made.
    pub scenario: Scenario,
    /// How many commands it had before.
    pub commands_before: usize,
    /// On which backend.
    pub backend: String,
    /// What went wrong, with the end of the trace.
    pub report: String,
}

/// Runs the scenarios of these seeds on every backend.
///
/// The first backend is the one that the others are compared with. What fails is made smaller; after
/// `MAX_FAILURES` failures the rest is not run.
#[must_use]
pub fn campaign(backends: &[Arc<dyn Backend>], seeds: std::ops::Range<u64>) -> Findings {
    let mut findings = Findings::default();
    for seed in seeds {
        if findings.failures.len() >= MAX_FAILURES {
            break;
        }
        let scenario = generate(seed);
        let (judgement, lines, failure) = check_everywhere(backends, &scenario);
        findings.scenarios += 1;
        findings.lines += lines;
        if let Some(judgement) = judgement {
            findings.coverage.add(&judgement.coverage);
        }
        findings.failures.extend(failure);
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
#[must_use]
pub fn check(backends: &[Arc<dyn Backend>], scenario: &Scenario) -> Option<Failure> {
    check_everywhere(backends, scenario).2
}

fn check_everywhere(
    backends: &[Arc<dyn Backend>],
    scenario: &Scenario,
) -> (Option<Judgement>, usize, Option<Failure>) {
    let Some((reference, others)) = backends.split_first() else {
        return (None, 0, None);
    };
    let trace = run(&**reference, scenario);
    let judgement = judge(scenario, &trace);
    let lines = trace.len();
    if !judgement.verdict.is_accepted() {
        let failure = shrink_rejection(&**reference, scenario);
        return (Some(judgement), lines, Some(failure));
    }
    let differs = |other: &&Arc<dyn Backend>| run(&***other, scenario) != trace;
    let failure = others
        .iter()
        .find(differs)
        .map(|other| shrink_difference(&**reference, &**other, scenario));
    (Some(judgement), lines, failure)
}

fn shrink_rejection(backend: &dyn Backend, scenario: &Scenario) -> Failure {
    let judged = |scenario: &Scenario| judge(scenario, &run(backend, scenario)).verdict;
    let is_rejected = matches!(judged(scenario), Verdict::Rejected(_));
    let small = shrink(scenario, |smaller| match judged(smaller) {
        Verdict::Accepted => false,
        Verdict::Rejected(_) => true,
        Verdict::Unknown(_) => !is_rejected,
    });
    let trace = run(backend, &small);
    let verdict = judge(&small, &trace).verdict;
    failure(backend.name(), scenario, small, describe(&verdict, &trace))
}

fn shrink_difference(one: &dyn Backend, other: &dyn Backend, scenario: &Scenario) -> Failure {
    let small = shrink(scenario, |smaller| run(one, smaller) != run(other, smaller));
    let (left, right) = (run(one, &small), run(other, &small));
    let mut report = String::new();
    let position = (0..).find(|&at| left.get(at) != right.get(at)).unwrap_or(0);
    for (backend, trace) in [(one, &left), (other, &right)] {
        let line = trace
            .get(position)
            .map_or_else(|| "nothing more".into(), Line::to_string);
        let accepted = match judge(&small, trace).verdict {
            Verdict::Accepted => "the model accepts this side",
            Verdict::Rejected(_) => "the model rejects this side",
            Verdict::Unknown(_) => "the model cannot tell",
        };
        // Both accepted: the specification is loose there.
        let _ = writeln!(
            report,
            "{} line {position}: {line} ({accepted})",
            backend.name()
        );
    }
    failure(other.name(), scenario, small, report)
}

/// A failure as it is.
pub(super) fn explain(
    backend: String,
    scenario: &Scenario,
    verdict: &Verdict,
    trace: &[Line],
) -> Failure {
    failure(
        backend,
        scenario,
        scenario.clone(),
        describe(verdict, trace),
    )
}

fn failure(backend: String, before: &Scenario, scenario: Scenario, report: String) -> Failure {
    Failure {
        commands_before: before.commands.len(),
        scenario,
        backend,
        report,
    }
}

/// What is wrong, and the lines that led to it.
fn describe(verdict: &Verdict, trace: &[Line]) -> String {
    let mut text = String::new();
    let end = match verdict {
        Verdict::Rejected(rejection) => rejection.line,
        _ => trace.len(),
    };
    for (number, line) in trace
        .iter()
        .enumerate()
        .take(end + 1)
        .skip(end.saturating_sub(30))
    {
        let _ = writeln!(text, "{number:5} {line}");
    }
    let _ = match verdict {
        Verdict::Accepted => writeln!(text, "accepted"),
        Verdict::Rejected(rejection) => write!(text, "{rejection}"),
        Verdict::Unknown(why) => writeln!(text, "unknown: {why}"),
    };
    text
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (before, after) = (self.commands_before, self.scenario.commands.len());
        writeln!(
            f,
            "{} on {} (shrunk {before} → {after} commands)",
            self.scenario.name, self.backend
        )?;
        write!(f, "{}{}", self.scenario.to_json(), self.report)
    }
}

impl Failure {
    /// Keeps the scenario as a file in `directory`, for good. Answers where.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, directory: &Path) -> io::Result<PathBuf> {
        let name = self.scenario.name.replace(' ', "-");
        let path = directory.join(format!("{name}-{}.json", self.backend));
        fs::write(&path, self.scenario.to_json())?;
        Ok(path)
    }
}
