//! A run of the suite: its cases, its backends and its progress watcher.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Backend, BackendReport, CASES, Case, CaseReport, Expectations, Filter, Level, Report, Rule,
    Status,
    draw::Draw,
    isolated::{self, Again},
    limits,
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

impl Default for Run {
    fn default() -> Self {
        Self {
            filter: Filter::all(),
            expectations: Expectations::default(),
            draw: Draw::default(),
            level: Level::Must,
            program: None,
            watcher: None,
            isolated: false,
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

    /// Sets a function that is called with the progress of the run.
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
            self.draw = Draw { seed, scenarios };
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
        let backends = backends.iter().filter(|_| runs);
        Report {
            seed: self.draw.seed,
            scenarios: self.draw.scenarios,
            level: self.level,
            program: self.program.clone(),
            expectations: self.expectations.to_string(),
            limits: limits::changed(),
            backends: backends.map(|backend| self.backend(backend)).collect(),
            unmatched,
        }
    }

    fn backend(&self, backend: &Arc<dyn Backend>) -> BackendReport {
        let begun = Instant::now();
        let selected = |case: &&Case| self.filter.selects(case);
        let cases: Vec<&Case> = CASES.iter().filter(selected).collect();
        let ran = cases.iter().zip(1..);
        let ran = ran.map(|(case, number)| self.case(**case, backend, (number, cases.len())));
        let mut report = BackendReport {
            name: backend.name(),
            cases: ran.collect(),
        };
        report.cases.extend(self.untested());
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
