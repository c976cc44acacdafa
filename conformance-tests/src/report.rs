//! What came of a run: for people, and for machines.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{Level, Status};

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each backend.
    pub backends: Vec<BackendReport>,
    /// Not all cases were selected.
    pub filtered: bool,
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
pub enum Verdict {
    /// Every rule that must be kept is.
    Conformant,
    /// A rule that must be kept is not.
    Nonconformant,
    /// Nothing failed, but not everything was run.
    Partial,
}

impl Report {
    /// What the run says of a backend.
    #[must_use]
    pub fn verdict(&self, backend: &BackendReport) -> Verdict {
        let broken = |case: &CaseReport| case.level == Level::Must && case.status != Status::Pass;
        match (backend.cases.iter().any(broken), self.filtered) {
            (true, _) => Verdict::Nonconformant,
            (false, true) => Verdict::Partial,
            (false, false) => Verdict::Conformant,
        }
    }

    /// 0 if all backends are conformant, 1 if one is not, 2 if nothing was run, 3 if the run was
    /// partial.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let verdicts: Vec<_> = self.backends.iter().map(|one| self.verdict(one)).collect();
        if self.cases().next().is_none() {
            2
        } else if verdicts.contains(&Verdict::Nonconformant) {
            1
        } else {
            u8::from(verdicts.contains(&Verdict::Partial)) * 3
        }
    }

    /// The matrix of cases and backends, the failures, the counts.
    #[must_use]
    pub fn matrix(&self) -> String {
        let mut text = String::new();
        self.write_matrix(&mut text)
            .expect("a string takes everything");
        text
    }

    fn write_matrix(&self, out: &mut String) -> std::fmt::Result {
        let Some(first) = self.backends.first() else {
            return out.write_str("no backend\n");
        };
        let width = first
            .cases
            .iter()
            .map(|case| case.case.len())
            .max()
            .unwrap_or(0);
        write!(out, "{:7} {:6} {:width$}", "rule", "level", "case")?;
        for backend in &self.backends {
            write!(out, "  {}", backend.name)?;
        }
        for (row, case) in first.cases.iter().enumerate() {
            write!(
                out,
                "\n{:7} {:6} {:width$}",
                case.rule,
                case.level.name(),
                case.case
            )?;
            for backend in &self.backends {
                let cell = backend.cases[row].status.word();
                write!(out, "  {cell:columns$}", columns = backend.name.len())?;
            }
        }
        out.write_char('\n')?;
        self.write_failures(out)?;
        self.write_counts(out)
    }

    fn write_failures(&self, out: &mut String) -> std::fmt::Result {
        for backend in &self.backends {
            for case in &backend.cases {
                if let Status::Fail(seen) = &case.status {
                    writeln!(
                        out,
                        "\nFAIL {}/{} on {}\n{seen}",
                        case.rule, case.case, backend.name
                    )?;
                }
            }
        }
        for backend in &self.backends {
            writeln!(out, "{}: {:?}", backend.name, self.verdict(backend))?;
        }
        Ok(())
    }

    fn write_counts(&self, out: &mut String) -> std::fmt::Result {
        let passed = self
            .cases()
            .filter(|case| case.status == Status::Pass)
            .count();
        let failed = self.cases().count() - passed;
        writeln!(out, "{passed} passed, {failed} failed, 0 skipped")
    }

    fn cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.backends.iter().flat_map(|backend| &backend.cases)
    }

    /// The same as JSON: `backends[].name`, `.verdict`, `.cases[].{rule,case,level,status,message}`.
    #[must_use]
    pub fn json(&self) -> Value {
        let case = |case: &CaseReport| {
            json!({
                "rule": case.rule,
                "case": case.case,
                "level": case.level.name(),
                "status": case.status.word(),
                "message": case.status.message(),
            })
        };
        let backend = |backend: &BackendReport| {
            json!({
                "name": backend.name,
                "verdict": self.verdict(backend),
                "cases": backend.cases.iter().map(case).collect::<Vec<_>>(),
            })
        };
        json!({ "backends": self.backends.iter().map(backend).collect::<Vec<_>>() })
    }
}

impl Status {
    const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "FAIL",
            Self::Hang => "HANG",
        }
    }

    fn message(&self) -> Option<&str> {
        match self {
            Self::Fail(seen) => Some(seen),
            Self::Pass | Self::Hang => None,
        }
    }
}
