//! Running cases, each on a thread of its own under a watchdog: a hang costs one case.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use crate::{
    Backend, BackendReport, CASES, Case, CaseReport, Expectations, Filter, Report, Status,
    isolated::{self, Again},
    limits, rule,
};

/// Runs one case: in a process of its own, if it has to be.
pub fn run_case(case: Case, backend: &Arc<dyn Backend>) -> Status {
    run_as(case, backend, Again::Same)
}

fn run_as(case: Case, backend: &Arc<dyn Backend>, again: Again<'_>) -> Status {
    let missing = case.needs.and_then(|need| need.missing(&**backend));
    match missing {
        Some(reason) => Status::Skip(reason.into()),
        None if case.isolated => isolated::run(case, &**backend, again),
        None => run_here(case, backend),
    }
}

/// Runs one case in this process.
pub(crate) fn run_here(case: Case, backend: &Arc<dyn Backend>) -> Status {
    let (done, ended) = mpsc::channel();
    let backend = backend.clone();
    let run = move || {
        let answer = catch_unwind(AssertUnwindSafe(|| (case.run)(&*backend)));
        drop(done.send(answer.map_err(|payload| text(&*payload))));
    };
    if let Err(error) = thread::Builder::new().name(case.name.into()).spawn(run) {
        return Status::Fail(format!("no thread could be had to run it: {error}"));
    }
    match ended.recv_timeout(limits::watchdog()) {
        Ok(Ok(())) => Status::Pass,
        Ok(Err(message)) => Status::Fail(message),
        Err(_) => Status::Hang,
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a message").to_owned()
}

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
/// let known = Expectations::read("conformance.toml".as_ref())?;
/// let report = Run::default().filter("LC,JB").expecting(known).on(&backends);
/// print!("{}", report.matrix());
/// std::process::exit(report.exit_code().into());
/// # Ok::<(), conformance_tests::ExpectationError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is run by `on`"]
pub struct Run {
    filter: Filter,
    expectations: Expectations,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            filter: Filter::all(),
            expectations: Expectations::default(),
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

    /// Runs it on every backend.
    ///
    /// Some cases run in a process of their own. For that this program is started again with the
    /// same arguments, and has to come to the same call.
    #[must_use]
    pub fn on(&self, backends: &[Arc<dyn Backend>]) -> Report {
        if isolated::is_isolated() {
            backends.iter().for_each(isolated::serve_any);
        }
        let selected = |case: &&Case| self.filter.selects(case) && !isolated::is_isolated();
        let cases: Vec<&Case> = CASES.iter().filter(selected).collect();
        let run = |backend: &Arc<dyn Backend>| BackendReport {
            name: backend.name(),
            cases: cases
                .iter()
                .map(|case| self.case(**case, backend))
                .collect(),
        };
        Report {
            unmatched: self.filter.unmatched(),
            backends: backends.iter().map(run).collect(),
        }
    }

    fn case(&self, case: Case, backend: &Arc<dyn Backend>) -> CaseReport {
        let run = || run_case(case, backend);
        CaseReport {
            rule: case.rule,
            case: case.name,
            level: rule(case.rule).level,
            status: self.expectations.judge(case, &backend.name(), run),
        }
    }
}

/// Runs the case of that name as a test: panics with the rule and what was seen if it is broken.
///
/// `path` is where the test stands, crate first. What the package's `conformance.toml` expects is
/// taken into account. The standard harness cannot show that a test was skipped, or failed as
/// expected: it says so on standard error, and passes. The verdict of record is that of [`Run`].
///
/// # Panics
///
/// If the rule is broken, if there is no such case, or if `conformance.toml` is wrong.
pub fn check(name: &str, path: &str, backend: impl Backend) {
    let backend: Arc<dyn Backend> = Arc::new(backend);
    let case = CASES.iter().find(|case| case.name == name);
    let case = *case.expect("the macro lists existing cases only");
    isolated::serve(case, &backend);
    let (_crate, test) = path.split_once("::").unwrap_or(("", path));
    let known = Expectations::of_the_package().unwrap_or_else(|wrong| panic!("{wrong}"));
    let run = || run_as(case, &backend, Again::Test(test));
    let status = known.judge(case, &backend.name(), run);
    let rule = rule(case.rule);
    match status {
        Status::Pass => {}
        Status::Skip(reason) | Status::XFail(reason) => {
            eprintln!("not proved, {}/{name}: {reason}", rule.id);
        }
        broken => panic!(
            "{} {} {}: {}\n{}",
            broken.word(),
            rule.id,
            rule.level.name(),
            rule.text,
            broken.message().unwrap_or_default()
        ),
    }
}
