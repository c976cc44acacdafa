//! `sched conformance`: tests backends against the specification.

mod diff;
mod output;
mod progress;
mod prove;
mod replay;
mod rules;
mod self_test;
mod width;

use std::{io, path::PathBuf, process::ExitCode, sync::Arc, time::SystemTime};

use clap::{ArgGroup, Args, ValueEnum};
use conformance_tests::{Backend, Filter, Level, Run, did_you_mean, print_progress};
use scheduler_core::text::visible;

use crate::{backends, scheduler::NAMES};

/// Tests backends against the rules of the specification.
///
/// Runs the cases of the suite on each backend and prints a matrix of rules and backends. Below it, each
/// case that did not pass is explained: the rule, its reason, what was observed, and a command that runs the
/// case again. Progress goes to standard error.
///
/// A backend is conformant if it passed every MUST rule, and nonconformant if it broke one. It is partial if
/// it broke none, but some were not tested because of a filter or a missing capability. It is unknown if the
/// run gives no verdict.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group = ArgGroup::new("instead").args(["list", "explain", "self_test", "replay", "diff"]))]
pub(crate) struct Arguments {
    /// A backend, a comma-separated list of backends, or all: tokio, async-std, smol, thread.
    ///
    /// thread-mutant-02 is the thread backend with flaw 02 of docs/internals/mutants.md, to show what a failure
    /// looks like.
    #[arg(long, value_name = "NAME", default_value = "all")]
    backend: String,
    /// Output format: a matrix or an HTML page for people, JSON or JUnit XML for machines, or a badge, as SVG or
    /// as JSON for a badge service.
    #[arg(long, value_enum, default_value_t = Format::Matrix)]
    format: Format,
    /// Also writes the report in every format into this directory: matrix.txt, report.json, junit.xml,
    /// report.html, badge.svg, badge.json.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Comma-separated list of rules or cases to run: ids or their prefixes (LC, LC-0), names of cases,
    /// RULE/CASE, with * as a wildcard; ! excludes.
    #[arg(long, value_name = "RULES")]
    filter: Option<String>,
    /// The weakest rules that affect the verdict: MUST, or SHOULD too. Other rules are shown. There are no MAY
    /// rules yet, so may equals should.
    #[arg(long, value_enum, default_value_t = Strictness::Must)]
    level: Strictness,
    /// First seed of the random scenarios; fresh draws and prints one. Without it, the same scenarios run every
    /// time.
    #[arg(long, value_name = "N|fresh", value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Number of random scenarios that each CN case runs.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    scenarios: Option<u64>,
    /// Prints a line for each case in the matrix, not only for each rule.
    #[arg(long)]
    cases: bool,
    /// Exits with 0 instead of 3 if nothing failed, but some rules were not tested.
    #[arg(long)]
    allow_partial: bool,
    /// Stops at the first failure. The verdict is that of the cases that ran.
    #[arg(long)]
    fail_fast: bool,
    /// Shows no progress.
    #[arg(long, short)]
    quiet: bool,
    /// Prints the rules with their numbers of cases and exits. With --format json, prints JSON.
    #[arg(long)]
    list: bool,
    /// Prints a rule with its reason, cases and mutants, and exits. Given a family such as LC, explains its rules;
    /// given the name of a case, its rule; given the number of a mutant, the rules that it breaks.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// Tests the suite itself: runs mutants of the first backend, each with one flaw, and prints which cases
    /// detect it. A surviving mutant is a failure.
    #[arg(long)]
    self_test: bool,
    /// Repeats failed cases: a replay line of a report, a file of such lines, or the failures of a JSON report.
    /// Given a scenario as a JSON file, runs it on every backend and prints its traces and the model's verdict.
    #[arg(long, value_name = "LINE|FILE")]
    replay: Option<String>,
    /// Compares two JSON reports, or runs and compares two backends: prints the cases with different results,
    /// and the first difference in a random scenario.
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    diff: Option<Vec<String>>,
}

const EXAMPLES: &str = "\
Examples:
  sched conformance                                  all backends, all rules
  sched conformance --backend tokio --filter 'LC,JB,!LC-014'
  sched conformance --format json > report.json
  sched conformance --out report                     every format at once
  sched conformance --filter CN --scenarios 2000 --seed fresh
  sched conformance --explain LC-012
  sched conformance --replay thread/LC-006/the_end_is_final
  sched conformance --replay regression.json         a scenario, on every backend
  sched conformance --diff old.json new.json
  sched conformance --diff tokio smol --filter CN
  sched conformance --self-test --filter LC

Exit code:
  0  conformant; with --replay: it passes now; with --diff: nothing is different;
     with --self-test: every mutant was noticed
  1  a rule is broken, or was kept although it was expected to be broken; something is different;
     a mutant survived
  2  a wrong call, an unknown name, or nothing was selected: nothing was run
  3  partial: nothing failed, but not everything was proved
  4  the report could not be written

The last line is always `N passed, N failed, N skipped`, except in the formats for machines.

Environment:
  CONFORMANCE_PATIENCE  seconds that one event may take (30)
  CONFORMANCE_WATCHDOG  seconds that one case may take (120); then it counts as hanging
  NO_COLOR              no colours, not even on a terminal
  COLUMNS               how wide the matrix may be; else as the terminal is, or 80";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Matrix,
    Json,
    Junit,
    Html,
    Badge,
    BadgeJson,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strictness {
    Must,
    Should,
    May,
}

fn seed(text: &str) -> Result<u64, String> {
    match text {
        "fresh" => Ok(fresh()),
        number => number
            .parse()
            .map_err(|_| "expected a number from 0 on, or fresh".to_owned()),
    }
}

/// Returns a new random seed, short enough to be read aloud.
fn fresh() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    u64::try_from(nanos / 1_000 % 1_000_000_007).unwrap_or_default()
}

/// Error of the command.
#[derive(Debug)]
enum Stop {
    /// The arguments are invalid.
    Misuse(String),
    /// The report could not be written.
    Unwritten(String),
}

impl From<String> for Stop {
    fn from(misuse: String) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<&str> for Stop {
    fn from(misuse: &str) -> Self {
        Self::Misuse(misuse.into())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(format!("the answer could not be printed: {error}"))
    }
}

impl Stop {
    fn told(self) -> ExitCode {
        let (text, code) = match self {
            Self::Misuse(text) => (text, 2),
            Self::Unwritten(text) => (text, 4),
        };
        // The text quotes names of files, backends and rules as the user wrote them.
        let lines: Vec<_> = text.lines().map(|line| visible(line).to_string()).collect();
        progress::put(&format!("sched: {}\n", lines.join("\n")));
        ExitCode::from(code)
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    // Many cases make jobs panic; their messages are not printed.
    std::panic::set_hook(Box::new(|_| {}));
    act(arguments).unwrap_or_else(Stop::told)
}

fn act(arguments: &Arguments) -> Result<ExitCode, Stop> {
    if let Some(rule) = &arguments.explain {
        rules::explain(rule)
    } else if arguments.list {
        rules::list(&arguments.filter()?, arguments.format)
    } else if let Some(what) = &arguments.replay {
        replay::replay(what, arguments)
    } else if let Some([one, other]) = arguments.diff.as_deref() {
        diff::diff(one, other, arguments)
    } else if arguments.self_test {
        self_test::self_test(arguments)
    } else {
        prove::prove(arguments)
    }
}

impl Arguments {
    fn backends(&self) -> Result<Vec<Arc<dyn Backend>>, Stop> {
        let names = match &*self.backend {
            "all" => NAMES.to_vec(),
            some => some.split(',').map(str::trim).collect(),
        };
        names.into_iter().map(backend).collect()
    }

    fn filter(&self) -> Result<Filter, Stop> {
        let filter = self
            .filter
            .as_deref()
            .map_or_else(Filter::all, Filter::parse);
        let unmatched = filter.unmatched();
        let unknown = unmatched.iter().map(|part| rules::unknown(part));
        match unknown.collect::<Vec<_>>() {
            unknown if unknown.is_empty() => Ok(filter),
            unknown => Err(unknown.join("\nsched: ").into()),
        }
    }

    /// Runs the suite with the given arguments.
    fn run(&self) -> Run {
        let level = match self.level {
            Strictness::Must => Level::Must,
            Strictness::Should | Strictness::May => Level::Should,
        };
        let run = Run::default()
            .called("sched conformance")
            .isolated()
            .level(level);
        let run = self.seed.iter().fold(run, |run, seed| run.seed(*seed));
        let run = self
            .scenarios
            .iter()
            .fold(run, |run, count| run.scenarios(*count));
        let run = self.filter.iter().fold(run, |run, list| run.filter(list));
        let run = match self.fail_fast {
            true => run.fail_fast(),
            false => run,
        };
        match self.quiet {
            true => run.quiet(),
            false => run.watched(print_progress()),
        }
    }
}

fn backend(name: &str) -> Result<Arc<dyn Backend>, Stop> {
    backends::named(name).ok_or_else(|| {
        let hint = did_you_mean(name, NAMES);
        let known = NAMES.join(", ");
        format!("unknown backend {name:?}{hint}; the backends are {known}, or all").into()
    })
}
