//! Failing scenarios: how they are found, shrunk and reported.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    execute::{run, run_freely},
    judge::{Judgement, Verdict, judge},
    scenario::{Command, Scenario},
    shrink::shrink,
    trace::Line,
};
use crate::{Backend, limits};

/// A failing scenario.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// The scenario, shrunk as far as possible.
    pub scenario: Scenario,
    /// The number of commands before shrinking.
    pub commands_before: usize,
    /// The name of the backend.
    pub backend: String,
    /// A description of the failure, with the end of the trace.
    pub report: String,
    /// Whether the model could not decide, so that no fault is proved.
    pub is_unknown: bool,
}

/// A named function that runs scenarios, to compare with another one.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    name: &'a str,
    play: &'a dyn Fn(&Scenario) -> Vec<Line>,
}

impl std::fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Side")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<'a> Side<'a> {
    /// Creates a side that runs scenarios with `play`.
    pub const fn new(name: &'a str, play: &'a dyn Fn(&Scenario) -> Vec<Line>) -> Self {
        Self { name, play }
    }
}

/// Runs a scenario and checks its trace against the model. Returns the trace and the judgement.
///
/// # Errors
///
/// The failure, shrunk, if the model rejects the trace.
pub fn explained(
    backend: &dyn Backend,
    scenario: &Scenario,
) -> Result<(Vec<Line>, Judgement), Box<Failure>> {
    let trace = run(backend, scenario);
    let judgement = judge(scenario, &trace);
    if judgement.verdict.is_accepted() {
        Ok((trace, judgement))
    } else {
        Err(Box::new(shrink_rejection(backend, scenario)))
    }
}

/// Runs a scenario of [`generate_free`](crate::model::generate_free) with concurrent clients
/// ([`run_freely`]), and checks its trace against the model.
///
/// # Errors
///
/// The failure, shrunk as far as it still reproduces. It need not reproduce in every run.
pub fn explained_freely(
    backend: &dyn Backend,
    scenario: &Scenario,
) -> Result<Judgement, Box<Failure>> {
    let play = |scenario: &Scenario| {
        let trace = run_freely(backend, scenario);
        let judgement = judge(scenario, &trace);
        (trace, judgement)
    };
    let (mut trace, mut judgement) = play(scenario);
    if judgement.verdict.is_accepted() {
        return Ok(judgement);
    }
    // Shrinking keeps each smaller scenario that fails, so the last failure seen belongs to the
    // smallest one.
    let small = shrink(
        scenario,
        in_time(|smaller| {
            let mut tries = (0..TRIES)
                .filter(|_| is_free(smaller))
                .map(|_| play(smaller));
            let seen = tries.find(|(_, judgement)| !judgement.verdict.is_accepted());
            seen.map(|seen| (trace, judgement) = seen).is_some()
        }),
    );
    let verdict = judgement.verdict;
    Err(Box::new(Failure {
        is_unknown: matches!(verdict, Verdict::Unknown(_)),
        ..failure(backend.name(), scenario, &small, describe(&verdict, &trace))
    }))
}

/// How often a smaller scenario is run before it counts as passing, because a race does not show in
/// every run.
const TRIES: usize = 20;

/// Returns whether no client can wait forever in the scenario: it is started, and clients make all
/// calls concurrently.
fn is_free(scenario: &Scenario) -> bool {
    matches!(scenario.commands[..], [Command::Call(_), Command::Par(_)])
}

/// Runs a scenario on both sides and compares the traces.
///
/// # Errors
///
/// The first lines that differ, and the side that the model accepts, shrunk.
pub fn compare(one: &Side<'_>, other: &Side<'_>, scenario: &Scenario) -> Result<(), Box<Failure>> {
    let differs = |scenario: &Scenario| (one.play)(scenario) != (other.play)(scenario);
    if !differs(scenario) {
        return Ok(());
    }
    let small = shrink(scenario, in_time(differs));
    Err(Box::new(difference(one, other, scenario, &small)))
}

/// Limits the time for shrinking: after it, no smaller scenario counts as failing.
fn in_time(mut fails: impl FnMut(&Scenario) -> bool) -> impl FnMut(&Scenario) -> bool {
    let until = Instant::now() + limits::watchdog().min(SHRINKING) / 3;
    move |scenario| Instant::now() < until && fails(scenario)
}

/// Maximum time for a failure. A third of it is the limit for shrinking one scenario.
const SHRINKING: Duration = Duration::from_secs(60);

fn shrink_rejection(backend: &dyn Backend, scenario: &Scenario) -> Failure {
    let judged = |scenario: &Scenario| judge(scenario, &run(backend, scenario)).verdict;
    let is_rejected = matches!(judged(scenario), Verdict::Rejected(_));
    let fails = |smaller: &Scenario| match judged(smaller) {
        Verdict::Accepted => false,
        Verdict::Rejected(_) => true,
        Verdict::Unknown(_) => !is_rejected,
    };
    let small = shrink(scenario, in_time(fails));
    let trace = run(backend, &small);
    let verdict = judge(&small, &trace).verdict;
    Failure {
        is_unknown: matches!(verdict, Verdict::Unknown(_)),
        ..failure(backend.name(), scenario, &small, describe(&verdict, &trace))
    }
}

/// The number of common lines printed before the first difference.
const COMMON: usize = 6;

fn difference(one: &Side<'_>, other: &Side<'_>, before: &Scenario, small: &Scenario) -> Failure {
    let (left, right) = ((one.play)(small), (other.play)(small));
    let position = (0..).find(|&at| left.get(at) != right.get(at) || at >= left.len());
    let position = position.unwrap_or(0);
    let mut report = numbered(&left, position.saturating_sub(COMMON)..position);
    for (side, trace) in [(one, &left), (other, &right)] {
        let line = trace
            .get(position)
            .map_or_else(|| "nothing more".into(), Line::to_string);
        let name = side.name;
        // If the model accepts both, the specification leaves the choice open there.
        let accepted = sides_with(&judge(small, trace).verdict);
        let _ = writeln!(report, "{position:5} {name} {line} ({accepted})");
    }
    failure(other.name.to_owned(), before, small, report)
}

const fn sides_with(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "the model accepts this side",
        Verdict::Rejected(_) => "the model rejects this side",
        Verdict::Unknown(_) => "the model cannot tell",
    }
}

fn numbered(trace: &[Line], lines: std::ops::Range<usize>) -> String {
    let mut text = String::new();
    let first = lines.start;
    for (number, line) in (first..).zip(&trace[lines]) {
        let _ = writeln!(text, "{number:5} {line}");
    }
    text
}

/// Returns a failure without shrinking it.
pub(super) fn unshrunk(
    backend: String,
    scenario: &Scenario,
    verdict: &Verdict,
    trace: &[Line],
) -> Failure {
    failure(backend, scenario, scenario, describe(verdict, trace))
}

pub(super) fn failure(
    backend: String,
    before: &Scenario,
    scenario: &Scenario,
    report: String,
) -> Failure {
    Failure {
        commands_before: before.commands.len(),
        scenario: scenario.clone(),
        backend,
        report,
        is_unknown: false,
    }
}

/// Describes the verdict, with the lines that led to it.
fn describe(verdict: &Verdict, trace: &[Line]) -> String {
    let end = match verdict {
        Verdict::Rejected(rejection) => (rejection.line + 1).min(trace.len()),
        _ => trace.len(),
    };
    let mut text = numbered(trace, end.saturating_sub(30)..end);
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
    /// Writes the scenario to a file in `directory`, to keep it as a regression test. Returns the
    /// path.
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
