//! What came of a run.

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
use crate::{Level, Replay, Status, replay::quoted};

/// What came of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// One for each backend.
    pub backends: Vec<BackendReport>,
    /// Parts of the filter that are about no rule and no case there is.
    pub unmatched: Vec<String>,
    /// Rules of this level and of stricter ones decide the verdict.
    pub level: Level,
    /// The first seed of the random scenarios.
    pub seed: u64,
    /// How many of them each case ran that runs them.
    pub scenarios: u64,
    /// How the program is called that runs a replay line.
    pub(crate) program: Option<String>,
    /// How much was excused, and by which file.
    pub(crate) expectations: String,
    /// The limits of time that the environment has changed.
    pub(crate) limits: Vec<String>,
}

/// What came of a run on one backend.
#[derive(Debug, Clone)]
pub struct BackendReport {
    /// The backend.
    pub name: String,
    /// Its cases, in the order of the table.
    pub cases: Vec<CaseReport>,
}

/// What came of one case.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The rule.
    pub rule: &'static str,
    /// The case.
    pub case: &'static str,
    /// How binding the rule is.
    pub level: Level,
    /// What came of it.
    pub status: Status,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// `N passed, N failed, N skipped`; what was not found out counts as skipped, and so does what
    /// failed as expected.
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

    /// The command that runs this case of this run again.
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

    pub(crate) fn cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.backends.iter().flat_map(|backend| &backend.cases)
    }

    /// What was run, in a line.
    fn heading(&self) -> String {
        format!(
            "rules {} · suite {} · seed {}, {} scenarios",
            crate::SPECIFICATION,
            env!("CARGO_PKG_VERSION"),
            self.seed,
            self.scenarios
        )
    }

    /// What the verdict depends on besides: what was excused, and limits that the environment sets.
    fn conditions(&self) -> String {
        let limits = self.limits.iter().map(|limit| format!(" · {limit}"));
        format!("{}{}", self.expectations, limits.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CASES, Case, rule};

    /// A report in which every case ended as `status` says.
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
            expectations: "nothing excused".into(),
            limits: Vec::new(),
        }
    }

    #[test]
    fn whatever_is_neither_a_pass_nor_a_failure_counts_as_skipped() {
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
