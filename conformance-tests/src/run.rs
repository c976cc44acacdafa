//! A run of the suite: its cases, its backends and its progress watcher.

use std::{
    fmt,
    io::IsTerminal,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Backend, BackendReport, CASES, Case, CaseReport, Expectations, Filter, Level, Report, Rule,
    Status,
    draw::Draw,
    isolated::{self, Again},
    limits::{self, Shrinking},
    progress::print_progress,
    replay::Replay,
    rule, rules,
    runner::run_as,
};

/// Runs the cases that `filter` selects (see [`Filter`]), or all of them without one, on every
/// backend. A shorthand for [`Run`].
#[must_use]
pub fn run_all(backends: &[Arc<dyn Backend>], filter: Option<&str>) -> Report {
    let run = match filter {
        Some(filter) => Run::default().filter(filter),
        None => Run::default(),
    };
    run.on(backends)
}

/// The configuration of a run of the suite.
///
/// ```no_run
/// use conformance_tests::{Expectations, Run};
/// # let backends: Vec<std::sync::Arc<dyn conformance_tests::Backend>> = Vec::new();
///
/// let known = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance.toml");
/// let known = Expectations::read(known.as_ref())?;
/// let report = Run::default().filter("LC,JB").expecting(known).isolated().on(&backends);
/// print!("{}", report.matrix());
/// std::process::exit(report.exit_code().into());
/// # Ok::<(), conformance_tests::ExpectationError>(())
/// ```
#[derive(Clone)]
#[must_use = "it is run by `on`"]
pub struct Run {
    filter: Filter,
    expectations: Expectations,
    draw: Draw,
    level: Level,
    program: Option<String>,
    watcher: Option<Watcher>,
    isolated: bool,
    fail_fast: bool,
}

type Watcher = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// The progress of a run, sent to the watcher.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A case begins.
    Case {
        /// The name of the backend.
        backend: &'a str,
        /// The case.
        case: &'a Case,
        /// The number of the case on this backend, from 1.
        number: usize,
        /// The number of cases on this backend.
        of: usize,
    },
    /// A case has ended.
    Ended {
        /// The name of the backend.
        backend: &'a str,
        /// The result of the case.
        report: &'a CaseReport,
    },
    /// All cases of a backend have ended.
    Backend {
        /// The results of the backend.
        report: &'a BackendReport,
        /// The real time that the cases took.
        took: Duration,
    },
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("filter", &self.filter)
            .field("draw", &self.draw)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// Returns the watcher of a run that sets none: it prints the progress if there is a terminal.
fn by_default(is_terminal: bool) -> Option<Watcher> {
    is_terminal.then(|| Arc::new(print_progress()) as Watcher)
}

impl Default for Run {
    fn default() -> Self {
        Self {
            filter: Filter::all(),
            expectations: Expectations::default(),
            draw: Draw::default(),
            level: Level::Must,
            program: None,
            watcher: by_default(std::io::stderr().is_terminal()),
            isolated: false,
            fail_fast: false,
        }
    }
}

impl Run {
    /// Runs only the cases that `list` selects: see [`Filter`].
    pub fn filter(mut self, list: &str) -> Self {
        self.filter = Filter::parse(list);
        self
    }

    /// Sets the known failures and excluded cases.
    pub fn expecting(mut self, expectations: Expectations) -> Self {
        self.expectations = expectations;
        self
    }

    /// Sets the seed of the first random scenario. The default is `CONFORMANCE_SEED`, or a fixed
    /// seed, which is the same in each run.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.draw.seed = seed;
        self
    }

    /// Sets the number of random scenarios for each case that runs them.
    pub const fn scenarios(mut self, count: u64) -> Self {
        self.draw.scenarios = count;
        self.draw.time = Duration::ZERO;
        self
    }

    /// Lets rules of this level and of stricter levels decide the verdict. By default only MUST
    /// rules decide it.
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the command that reports print before a replay line. Without it, reports print the
    /// command that runs the test of the case.
    pub fn called(mut self, program: impl Into<String>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Prints no progress. Otherwise a run prints its progress to standard error if that is a
    /// terminal.
    pub fn quiet(mut self) -> Self {
        self.watcher = None;
        self
    }

    /// Stops at the first failure. Later cases and backends are not run, and are not in the report.
    pub const fn fail_fast(mut self) -> Self {
        self.fail_fast = true;
        self
    }

    /// Sets a function that is called with the progress of the run, such as [`print_progress`].
    pub fn watched(mut self, watcher: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        self.watcher = Some(Arc::new(watcher));
        self
    }

    /// Runs every case in its own process, not only those that require it. A case that aborts or
    /// exits counts as crashed, and the run continues with the next case. The output of a case is
    /// not mixed with the report.
    pub const fn isolated(mut self) -> Self {
        self.isolated = true;
        self
    }

    /// Selects the case and the seeds of a replay line. Pass the backend of that name to
    /// [`on`](Self::on).
    pub fn replaying(mut self, replay: &Replay) -> Self {
        self.filter = Filter::case(replay.case);
        if let Some((seed, scenarios)) = replay.draw {
            self.draw = Draw {
                seed,
                scenarios,
                time: Duration::ZERO,
            };
        }
        self
    }

    /// Runs the selected cases on every backend. Runs nothing if the filter names an unknown rule
    /// or case.
    ///
    /// Some cases run in their own process; all of them do after [`isolated`](Self::isolated). For
    /// that, this program is started again with the same arguments, and must reach the same call.
    #[must_use]
    pub fn on(&self, backends: &[Arc<dyn Backend>]) -> Report {
        if isolated::is_isolated() {
            backends.iter().for_each(isolated::serve_any);
        }
        let unmatched = self.filter.unmatched();
        let runs = unmatched.is_empty() && !isolated::is_isolated();
        let mut limits = limits::changed();
        let mut reports: Vec<BackendReport> = Vec::new();
        for backend in backends.iter().filter(|_| runs) {
            if self.stops(reports.iter().flat_map(|report| &report.cases)) {
                break;
            }
            reports.push(self.backend(backend, &mut limits));
        }
        Report {
            seed: self.draw.seed,
            scenarios: self.draw.scenarios,
            level: self.level,
            program: self.program.clone(),
            expectations: self.expectations.to_string(),
            limits,
            backends: reports,
            unmatched,
        }
    }

    /// Returns whether the run ends after these cases.
    fn stops<'a>(&self, mut cases: impl Iterator<Item = &'a CaseReport>) -> bool {
        self.fail_fast && cases.any(|case| case.status.is_failure())
    }

    fn backend(&self, backend: &Arc<dyn Backend>, limits: &mut Vec<String>) -> BackendReport {
        let begun = Instant::now();
        let selected = |case: &&Case| self.filter.selects(case);
        let cases: Vec<&Case> = CASES.iter().filter(selected).collect();
        let mut shrinking = Shrinking::new();
        let mut report = BackendReport {
            name: backend.name(),
            cases: Vec::new(),
        };
        for (case, number) in cases.iter().zip(1..) {
            let patience = limits::patience();
            let ran = self.case(**case, backend, (number, cases.len()));
            if ran.status.is_failure() && ran.took >= patience {
                shrinking.reached(ran.case);
            }
            report.cases.push(ran);
            if self.stops(report.cases.last().into_iter()) {
                limits.push("stopped at the first failure".into());
                break;
            }
        }
        if !self.stops(report.cases.iter()) {
            report.cases.extend(self.untested());
        }
        if let Some(case) = shrinking.since {
            limits.push(format!("{}: shorter limits since {case} hung", report.name));
        }
        self.tell(Progress::Backend {
            report: &report,
            took: begun.elapsed(),
        });
        report
    }

    fn case(
        &self,
        case: Case,
        backend: &Arc<dyn Backend>,
        (number, of): (usize, usize),
    ) -> CaseReport {
        let (name, begun) = (backend.name(), Instant::now());
        self.tell(Progress::Case {
            backend: &name,
            case: &case,
            number,
            of,
        });
        let again = (self.isolated || case.isolated).then_some(Again::Same);
        let run = || run_as(case, backend, again, self.draw);
        let report = CaseReport {
            rule: case.rule,
            case: case.name,
            level: rule(case.rule).level,
            status: self.expectations.judge(case, &name, run),
            took: begun.elapsed(),
        };
        self.tell(Progress::Ended {
            backend: &name,
            report: &report,
        });
        report
    }

    /// Returns a report for each selected rule without a case.
    fn untested(&self) -> impl Iterator<Item = CaseReport> {
        let selected = |rule: &&Rule| self.filter.selects(&Case::missing(rule.id));
        let without = |rule: &'static Rule| {
            Some(CaseReport {
                rule: rule.id,
                case: Case::missing(rule.id).name,
                level: rule.level,
                status: Status::Untested(rule.untested?.into()),
                took: Duration::ZERO,
            })
        };
        rules().filter(selected).filter_map(without)
    }

    fn tell(&self, progress: Progress<'_>) {
        if let Some(watcher) = &self.watcher {
            watcher(progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Harness, backend, reference::Reference};

    /// A backend that cannot run a case.
    struct Useless;

    impl Backend for Useless {
        fn name(&self) -> String {
            "useless".into()
        }

        fn harness(&self) -> Harness {
            panic!("there is no runtime")
        }
    }

    fn useless_and_sound() -> [Arc<dyn Backend>; 2] {
        [Arc::new(Useless), Arc::new(backend(|| Reference))]
    }

    #[test]
    fn a_run_that_fails_fast_stops_at_the_first_failure() {
        let run = Run::default().quiet().filter("LC-002,LC-006");
        let whole = run.on(&useless_and_sound());
        let lengths = |report: &Report| -> Vec<_> {
            let backends = report.backends.iter();
            backends.map(|backend| backend.cases.len()).collect()
        };
        assert_eq!(lengths(&whole), [3, 3]);
        let fast = run.clone().fail_fast().on(&useless_and_sound());
        assert_eq!(lengths(&fast), [1]);
        assert_eq!(fast.exit_code(), 1);
        assert!(fast.matrix().contains("stopped at the first failure"));
        let sound = run.fail_fast().on(&useless_and_sound()[1..]);
        assert_eq!(lengths(&sound), [3]);
    }

    #[test]
    fn a_terminal_shows_the_progress_unless_the_run_is_quiet() {
        assert!(by_default(true).is_some());
        assert!(by_default(false).is_none());
        assert!(Run::default().quiet().watcher.is_none());
    }
}
