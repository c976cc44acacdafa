//! What came of a run, and what it says of a backend.

mod html;
mod json;
mod junit;
mod matrix;

use serde::Serialize;

use crate::{Level, Status, rules};

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each backend.
    pub backends: Vec<BackendReport>,
    /// Parts of the filter that are about no case there is.
    pub unmatched: Vec<String>,
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
}

/// What a run says of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// Every rule that must be kept is.
    Conformant,
    /// A rule that must be kept is not.
    Nonconformant,
    /// None was seen to be broken, but not all of them were proved.
    Partial,
}

impl Verdict {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Nonconformant => "nonconformant",
            Self::Partial => "partial",
        }
    }
}

impl BackendReport {
    /// What the run says of the backend. A rule that ought to be kept never changes the verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let broken = |case: &CaseReport| case.level == Level::Must && case.status.is_failure();
        if self.cases.iter().any(broken) {
            Verdict::Nonconformant
        } else if self.unproved().is_empty() {
            Verdict::Conformant
        } else {
            Verdict::Partial
        }
    }

    /// The rules that must be kept of which no case has passed: filtered out, skipped or broken.
    #[must_use]
    pub fn unproved(&self) -> Vec<&'static str> {
        let passed = |id: &str| {
            let mut cases = self.cases.iter().filter(|case| case.rule == id);
            cases.any(|case| case.status == Status::Pass)
        };
        let must = rules().filter(|rule| rule.level == Level::Must);
        must.map(|rule| rule.id).filter(|id| !passed(id)).collect()
    }
}

impl Report {
    /// What the run says of a backend.
    #[must_use]
    pub fn verdict(&self, backend: &BackendReport) -> Verdict {
        backend.verdict()
    }

    /// 0 if all backends are conformant; 1 if one is not, or passed what it was expected to fail; 2 if nothing was run, or the filter names
    /// what does not exist; 3 if nothing failed but not everything was proved.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let verdicts: Vec<_> = self.backends.iter().map(BackendReport::verdict).collect();
        if self.cases().next().is_none() || !self.unmatched.is_empty() {
            2
        } else if verdicts.contains(&Verdict::Nonconformant) || self.has_surprise() {
            1
        } else {
            u8::from(verdicts.contains(&Verdict::Partial)) * 3
        }
    }

    fn has_surprise(&self) -> bool {
        self.cases()
            .any(|case| matches!(case.status, Status::XPass(_)))
    }

    /// `N passed, N failed, N skipped`; what failed as expected counts as skipped.
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

    fn cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.backends.iter().flat_map(|backend| &backend.cases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(status: impl Fn(&'static str) -> Status) -> Report {
        let case = |rule: &crate::Rule| CaseReport {
            rule: rule.id,
            case: "a_case",
            level: rule.level,
            status: status(rule.id),
        };
        let backend = BackendReport {
            name: "b".into(),
            cases: rules().map(case).collect(),
        };
        Report {
            backends: vec![backend],
            unmatched: Vec::new(),
        }
    }

    fn only(broken: &'static str, status: &Status) -> (Verdict, u8) {
        let report = ran(|id| {
            if id == broken {
                status.clone()
            } else {
                Status::Pass
            }
        });
        (report.backends[0].verdict(), report.exit_code())
    }

    #[test]
    fn one_broken_rule_that_must_be_kept_decides() {
        let broken = Status::Fail("it is".into());
        assert_eq!(only("LC-002", &broken), (Verdict::Nonconformant, 1));
        assert_eq!(only("LC-002", &Status::Hang), (Verdict::Nonconformant, 1));
        assert_eq!(only("none", &broken), (Verdict::Conformant, 0));
    }

    #[test]
    fn what_ought_to_be_kept_decides_nothing() {
        let broken = Status::Fail("it is".into());
        assert_eq!(only("LC-031", &broken), (Verdict::Conformant, 0));
    }

    #[test]
    fn a_skipped_rule_is_not_proved() {
        let skipped = Status::Skip("it cannot be had".into());
        assert_eq!(only("LC-002", &skipped), (Verdict::Partial, 3));
        let report = ran(|_| skipped.clone());
        assert!(report.counts().starts_with("0 passed, 0 failed, "));
    }

    #[test]
    fn nothing_run_and_unknown_names_are_a_misuse() {
        let nothing = Report {
            backends: Vec::new(),
            unmatched: Vec::new(),
        };
        assert_eq!(nothing.exit_code(), 2);
        let mut misspelt = ran(|_| Status::Pass);
        misspelt.unmatched.push("LX".into());
        assert_eq!(misspelt.exit_code(), 2);
    }
}
