//! The results of a run, and their output formats.

mod badge;
mod diff;
mod html;
mod json;
mod junit;
mod matrix;
mod remark;
mod verdict;

use std::time::Duration;

pub use self::{
    diff::{Change, ReadError, Saved, compare},
    json::plain_json,
    matrix::Screen,
    verdict::Verdict,
};
use crate::{Level, Replay, Rule, Status, replay::quoted, spec::explain_hint};

/// The results of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The results of each backend.
    pub backends: Vec<BackendReport>,
    /// The parts of the filter that match no rule and no case.
    pub unmatched: Vec<String>,
    /// The level down to which rules decide the verdict.
    pub level: Level,
    /// The first seed of the random scenarios.
    pub seed: u64,
    /// The number of random scenarios for each case that runs them.
    pub scenarios: u64,
    /// The command that runs a replay line.
    pub(crate) program: Option<String>,
    /// The number of exceptions, and the file with them.
    pub(crate) expectations: String,
    /// The limits that the environment overrides.
    pub(crate) limits: Vec<String>,
}

/// The results of a run on one backend.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackendReport {
    /// The name of the backend.
    pub name: String,
    /// The results of its cases, in the order of the table.
    pub cases: Vec<CaseReport>,
}

/// The result of one case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseReport {
    /// The id of the rule.
    pub rule: &'static str,
    /// The name of the case.
    pub case: &'static str,
    /// The level of the rule.
    pub level: Level,
    /// The status of the case.
    pub status: Status,
    /// The real time that the case took.
    pub took: Duration,
}

impl Report {
    /// Returns `N passed, N failed, N skipped`. Inconclusive cases and expected failures count as
    /// skipped.
    #[must_use]
    pub fn counts(&self) -> String {
        let count = |wanted: fn(&Status) -> bool| {
            let cases = self.cases().filter(|case| wanted(&case.status));
            cases.count()
        };
        let passed = count(|status| *status == Status::Pass);
        let failed = count(Status::is_failure);
        let skipped = count(Status::is_skip);
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }

    /// Returns the command that runs this case again as in this run.
    #[must_use]
    pub fn replay(&self, backend: &BackendReport, case: &CaseReport) -> Option<String> {
        let line = Replay::of(&backend.name, case, (self.seed, self.scenarios))?;
        Some(match (&self.program, line.draw) {
            (Some(program), _) => format!("{program} --replay {}", quoted(&line.to_string())),
            (None, None) => format!("cargo test {}", line.case),
            (None, Some((seed, scenarios))) => format!(
                "CONFORMANCE_SEED={seed} CONFORMANCE_SCENARIOS={scenarios} cargo test {}",
                line.case
            ),
        })
    }

    /// Returns how to read more about the rule.
    fn explain(&self, rule: &Rule) -> String {
        match &self.program {
            Some(program) => format!("{program} --explain {}", rule.id),
            None => explain_hint(rule),
        }
    }

    pub(crate) fn cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.backends.iter().flat_map(|backend| &backend.cases)
    }

    /// Returns one line that describes the run.
    fn heading(&self) -> String {
        format!(
            "rules {} · suite {} · seed {}, {} scenarios",
            crate::SPECIFICATION,
            env!("CARGO_PKG_VERSION"),
            self.seed,
            self.scenarios
        )
    }

    /// Returns the other conditions of the verdict: the exceptions, and the limits from the
    /// environment.
    fn conditions(&self) -> String {
        let limits = self.limits.iter().map(|limit| format!(" · {limit}"));
        format!("{}{}", self.expectations, limits.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CASES, Case, rule};

    /// Returns a report in which every case has the status that `status` returns.
    pub(super) fn ran(status: impl Fn(&Case) -> Status) -> Report {
        let case = |case: &Case| CaseReport {
            rule: case.rule,
            case: case.name,
            level: rule(case.rule).level,
            status: status(case),
            took: Duration::from_millis(3),
        };
        let backend = BackendReport {
            name: "b".into(),
            cases: CASES.iter().map(case).collect(),
        };
        Report {
            backends: vec![backend],
            unmatched: Vec::new(),
            level: Level::Must,
            seed: 7,
            scenarios: 50,
            program: Some("prove".into()),
            expectations: "no exceptions".into(),
            limits: Vec::new(),
        }
    }

    #[test]
    fn inconclusive_cases_count_as_skipped() {
        let all = CASES.len();
        let counts = |status: Status| ran(|_| status.clone()).counts();
        let why = || "why".to_owned();
        assert_eq!(
            counts(Status::Pass),
            format!("{all} passed, 0 failed, 0 skipped")
        );
        assert_eq!(
            counts(Status::Hang),
            format!("0 passed, {all} failed, 0 skipped")
        );
        for status in [
            Status::Skip(why()),
            Status::XFail(why()),
            Status::Unknown(why()),
        ] {
            assert_eq!(counts(status), format!("0 passed, 0 failed, {all} skipped"));
        }
    }

    #[test]
    fn each_case_can_be_run_again_by_a_line() {
        let mut report = ran(|_| Status::Pass);
        let backend = report.backends[0].clone();
        let line = |report: &Report, rule| {
            let mut cases = backend.cases.iter();
            let case = cases.find(|case| case.rule == rule).expect("one");
            report.replay(&backend, case).expect("a line")
        };
        let plain = line(&report, "LC-006");
        assert_eq!(plain, "prove --replay b/LC-006/the_end_is_final");
        let seeded = line(&report, "CN-001");
        assert!(seeded.ends_with("@7+50"), "{seeded}");
        let read: Replay = seeded
            .rsplit(' ')
            .next()
            .expect("a word")
            .parse()
            .expect("right");
        assert_eq!(read.draw, Some((7, 50)));
        report.program = None;
        assert_eq!(line(&report, "LC-006"), "cargo test the_end_is_final");
        assert!(line(&report, "CN-001").starts_with("CONFORMANCE_SEED=7 "));
    }
}
