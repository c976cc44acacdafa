//! Running cases, each on a thread of its own under a watchdog: a hang costs one case.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use crate::{Backend, BackendReport, CASES, CaseReport, Report, rule};

/// How long a case may take before it counts as hanging.
const WATCHDOG: Duration = Duration::from_secs(60);

/// One behaviour that is checked.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name: `shutdown_before_start_is_refused`.
    pub name: &'static str,
    /// The rule it checks: `LC-002`.
    pub rule: &'static str,
    /// Checks it; panics if the rule is broken.
    pub run: fn(&dyn Backend),
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.rule, self.name)
    }
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The rule is kept.
    Pass,
    /// The rule is broken; what was seen.
    Fail(String),
    /// The case did not end.
    Hang,
}

/// Runs one case.
pub fn run_case(case: Case, backend: &Arc<dyn Backend>) -> Status {
    let (done, ended) = mpsc::channel();
    let backend = backend.clone();
    let run = move || {
        let answer = catch_unwind(AssertUnwindSafe(|| (case.run)(&*backend)));
        drop(done.send(answer.map_err(|payload| text(&*payload))));
    };
    if let Err(error) = thread::Builder::new().name(case.name.into()).spawn(run) {
        return Status::Fail(format!("no thread could be had to run it: {error}"));
    }
    match ended.recv_timeout(WATCHDOG) {
        Ok(Ok(())) => Status::Pass,
        Ok(Err(message)) => Status::Fail(message),
        Err(_) => Status::Hang,
    }
}

fn text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a message").to_owned()
}

/// Runs the cases whose rule starts with one of the comma-separated parts of `filter`, on every
/// backend.
#[must_use]
pub fn run_all(backends: &[Arc<dyn Backend>], filter: Option<&str>) -> Report {
    let selected = |case: &&Case| filter.is_none_or(|filter| selects(filter, case.rule));
    let cases: Vec<&Case> = CASES.iter().filter(selected).collect();
    let run = |backend: &Arc<dyn Backend>| BackendReport {
        name: backend.name(),
        cases: cases.iter().map(|case| report(**case, backend)).collect(),
    };
    Report {
        backends: backends.iter().map(run).collect(),
        filtered: cases.len() < CASES.len(),
    }
}

fn selects(filter: &str, id: &str) -> bool {
    filter
        .split(',')
        .any(|part| id.starts_with(part.trim().trim_end_matches('*')))
}

fn report(case: Case, backend: &Arc<dyn Backend>) -> CaseReport {
    CaseReport {
        rule: case.rule,
        case: case.name,
        level: rule(case.rule).level,
        status: run_case(case, backend),
    }
}

/// Runs the case of that name as a test: panics with the rule and what was seen if it is broken.
///
/// # Panics
///
/// If the rule is broken, or there is no such case.
pub fn check(name: &str, backend: impl Backend) {
    let backend: Arc<dyn Backend> = Arc::new(backend);
    let case = CASES.iter().find(|case| case.name == name);
    let case = *case.expect("the macro lists existing cases only");
    let rule = rule(case.rule);
    match run_case(case, &backend) {
        Status::Pass => {}
        Status::Fail(seen) => panic!("{}: {}\n{seen}", rule.id, rule.text),
        Status::Hang => panic!("{}: {}\nit hangs", rule.id, rule.text),
    }
}
