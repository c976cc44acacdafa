//! `sched conformance`: proves backends, and what belongs to it.

mod diff;
mod output;
mod progress;
mod prove;
mod replay;
mod self_test;
mod tell;

use std::{io, path::PathBuf, process::ExitCode, sync::Arc, time::SystemTime};

use clap::{ArgGroup, Args, ValueEnum};
use conformance_tests::{Backend, Filter, Level, Run, did_you_mean};
use scheduler_core::text::visible;

use crate::backends;

/// Proves that backends keep the rules of a scheduler.
///
/// Runs the cases of the suite on each backend and prints a matrix of rules and backends. What did not
/// pass is told below it: the rule, why it is there, what was seen, and a line that runs the case
/// again. Progress goes to the standard error.
///
/// A backend is conformant if every rule that MUST be kept was proved on it; nonconformant if one is
/// broken; partial if none is broken, but not all were proved, because the filter left them out or the
/// backend cannot be asked; unknown if it cannot be told.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group = ArgGroup::new("instead").args(["list", "explain", "self_test", "replay", "diff"]))]
pub(crate) struct Arguments {
    /// A backend, several with commas between them, or all: tokio, async-std, smol, thread.
    ///
    /// thread-mutant-02 is the thread backend with the flaw 02 of docs/internals/mutants.md: to see what a
    /// failure looks like.
    #[arg(long, value_name = "NAME", default_value = "all")]
    backend: String,
    /// What is printed: a matrix or an HTML page for people, JSON or JUnit's XML for machines, a
    /// badge as a picture (SVG) or for a service that draws it.
    #[arg(long, value_enum, default_value_t = Format::Matrix)]
    format: Format,
    /// Writes the report in every format into this directory, too: matrix.txt, report.json,
    /// junit.xml, report.html, badge.svg, badge.json.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only these rules or cases: ids or their beginnings (LC, LC-0), names of cases, * for anything,
    /// RULE/CASE, ! before what is left out; with commas between them.
    #[arg(long, value_name = "RULES")]
    filter: Option<String>,
    /// Which rules decide: those that MUST be kept, or those that SHOULD be, too. The others are shown
    /// all the same. May is the same as should: no rule is that weak yet.
    #[arg(long, value_enum, default_value_t = Strictness::Must)]
    level: Strictness,
    /// The first seed of the random scenarios; fresh draws one, and prints it. Without it always the
    /// same ones are run.
    #[arg(long, value_name = "N|fresh", value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// How many random scenarios each of the cases runs that run them (CN).
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    scenarios: Option<u64>,
    /// A line for each case in the matrix, not only for each rule.
    #[arg(long)]
    cases: bool,
    /// Answers 0 instead of 3 if nothing failed but not everything was proved.
    #[arg(long)]
    allow_partial: bool,
    /// No progress.
    #[arg(long, short)]
    quiet: bool,
    /// Prints the rules and how many cases each has, as JSON with --format json; runs nothing.
    #[arg(long)]
    list: bool,
    /// Prints what a rule says, why it is there, and which cases and mutants belong to it; runs
    /// nothing. The name of a case explains its rule, the number of a mutant the rules that it breaks.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// Puts the suite itself to the test: runs every mutant of the (first) backend, each with one
    /// flaw, and prints which case noticed. It is a failure if one survives.
    #[arg(long)]
    self_test: bool,
    /// Runs again what failed: a replay line as reports print it, a file of such lines, a JSON report
    /// (what failed in it), or a scenario as a JSON file (on every backend, with its trace and what
    /// the model says).
    #[arg(long, value_name = "LINE|FILE")]
    replay: Option<String>,
    /// Compares two JSON reports, or runs two backends and compares them: which cases came out
    /// otherwise, and the first line of a random scenario in which they differ.
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

/// Not one that anybody has seen before, but short enough to be told by telephone.
fn fresh() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    u64::try_from(nanos / 1_000 % 1_000_000_007).unwrap_or_default()
}

/// Why there is no answer.
#[derive(Debug)]
enum Stop {
    /// The call is wrong: what is wrong with it.
    Misuse(String),
    /// The answer is there, but could not be written.
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
        // Names of files, backends and rules are quoted in it, as somebody has written them.
        let lines: Vec<_> = text.lines().map(|line| visible(line).to_string()).collect();
        progress::put(&format!("sched: {}\n", lines.join("\n")));
        ExitCode::from(code)
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    // Cases make jobs panic, by the dozen: that is not news.
    std::panic::set_hook(Box::new(|_| {}));
    act(arguments).unwrap_or_else(Stop::told)
}

fn act(arguments: &Arguments) -> Result<ExitCode, Stop> {
    if let Some(rule) = &arguments.explain {
        tell::explain(rule)
    } else if arguments.list {
        tell::list(&arguments.filter()?, arguments.format)
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
            "all" => backends::NAMES.to_vec(),
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
        let unknown = unmatched.iter().map(|part| tell::unknown(part));
        match unknown.collect::<Vec<_>>() {
            unknown if unknown.is_empty() => Ok(filter),
            unknown => Err(unknown.join("\nsched: ").into()),
        }
    }

    /// A run as the arguments say.
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
        match self.quiet {
            true => run,
            false => run.watched(progress::watcher()),
        }
    }
}

fn backend(name: &str) -> Result<Arc<dyn Backend>, Stop> {
    backends::named(name).ok_or_else(|| {
        let hint = did_you_mean(name, backends::NAMES);
        let known = backends::NAMES.join(", ");
        format!("there is no backend {name:?}{hint}; there are {known}, or all").into()
    })
}
