//! The report for machines.

use serde_json::{Value, json};

use super::{BackendReport, CaseReport, Report};

impl Report {
    /// The report as JSON: `backends[].name`, `.verdict`, `.unproved[]` and
    /// `.cases[].{rule,case,level,status,message}`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "specification": crate::SPECIFICATION,
            "suite": env!("CARGO_PKG_VERSION"),
            "counts": self.counts(),
            "unmatched": self.unmatched,
            "backends": self.backends.iter().map(backend).collect::<Vec<_>>(),
        })
    }
}

fn backend(backend: &BackendReport) -> Value {
    json!({
        "name": backend.name,
        "verdict": backend.verdict(),
        "unproved": backend.unproved(),
        "cases": backend.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(case: &CaseReport) -> Value {
    json!({
        "rule": case.rule,
        "case": case.case,
        "level": case.level.name(),
        "status": case.status.word(),
        "message": case.status.message(),
    })
}
