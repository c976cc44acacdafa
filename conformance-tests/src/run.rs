//! A run of the suite: which cases, on which backends, and who is told how it goes.

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

/// Runs the cases that `filter` selects (see [`Filter`]; all of them without one) on every backend.
/// A shorthand of [`Run`].
#[must_use]
pub fn run_all(backends: &[Arc<dyn Backend>], filter: Option<&str>) -> Report {
    let run = match filter {
        Some(filter) => Run::default().filter(filter),
        None => Run::default(),
    };
    run.on(backends)
}

/// A run of the suite: which cases, and what is known of the backends.
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

/// How far a run is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A case begins.
    Case {
        /// On which backend.
        backend: &'a str,
        /// Which.
        case: &'a Case,
        /// Its number on this backend, from 1.
        number: usize,
        /// How many there are on this backend.
        of: usize,
    },
    /// A case has ended.
    Ended {
        /// On which backend.
        backend: &'a str,
        /// What came of it.
        report: &'a CaseReport,
    },
    /// All cases of a backend have ended.
    Backend {
        /// What came of them.
        report: &'a BackendReport,
        /// How long they took.
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
    /// Only the cases that this list selects: see [`Filter`].
    pub fn filter(mut self, list: &str) -> Self {
        self.filter = Filter::parse(list);
        self
    }

    /// With what is known to fail, and what cannot be asked.
    pub fn expecting(mut self, expectations: Expectations) -> Self {
        self.expectations = expectations;
        self
    }

    /// The random scenarios are those of this seed and the ones after it. Without it those of
    /// `CONFORMANCE_SEED`, or of a fixed one: the same in each run.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.draw.seed = seed;
        self
    }

    /// How many random scenarios there are, for each case that runs them.
    pub const fn scenarios(mut self, count: u64) -> Self {
        self.draw.scenarios = count;
        self
    }

    /// Rules of this level and of stricter ones decide the verdict. Without it those that must be
    /// kept do.
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// How this program is called to run a replay line again, which reports put behind it. Without it
    /// they tell how to run the test of the case.
    pub fn called(mut self, program: impl Into<String>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Tells `watcher` how it goes.
    pub fn watched(mut self, watcher: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        self.watcher = Some(Arc::new(watcher));
        self
    }

    /// Runs every case in a process of its own, not only those that are about the process as a whole.
    /// Whatever a backend does to that, the rest of the run goes on: a case that aborts, or even ends
    /// the process as if all were well, has crashed; what it prints is not mixed with the report.
    pub const fn isolated(mut self) -> Self {
        self.isolated = true;
        self
    }

    /// The one case of a replay line, as it was run. It is still to be run `on` the backend of that
    /// name.
    pub fn replaying(mut self, replay: &Replay) -> Self {
        self.filter = Filter::case(replay.case);
        if let Some((seed, scenarios)) = replay.draw {
            self.draw = Draw { seed, scenarios };
        }
        self
    }

    /// Runs it on every backend. Nothing is run if the filter names what does not exist.
    ///
    /// Some cases run in a process of their own, and all of them if it is [`isolated`](Self::isolated).
    /// For that this program is started again with the
    /// same arguments, and has to come to the same call.
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

    /// The selected rules that have no case: they are part of the report.
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
