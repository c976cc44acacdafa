//! The report for machines.

use serde_json::{Value, json};

use super::{BackendReport, CaseReport, Report};

impl Report {
    /// The report as JSON: `backends[].name`, `.verdict`, `.unproved[]` and
    /// `.cases[].{rule,case,level,status,message,ms,replay}`; besides, what was run and where.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "specification": crate::SPECIFICATION,
            "suite": env!("CARGO_PKG_VERSION"),
            "seed": self.seed,
            "scenarios": self.scenarios,
            "level": self.level.name(),
            "environment": {
                "os": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
                "processors": std::thread::available_parallelism().map_or(0, usize::from),
            },
            "counts": self.counts(),
            "unmatched": self.unmatched,
            "backends": self.backends.iter().map(|one| self.json_of(one)).collect::<Vec<_>>(),
        })
    }

    fn json_of(&self, backend: &BackendReport) -> Value {
        let case = |case: &CaseReport| {
            json!({
                "rule": case.rule,
                "case": case.case,
                "level": case.level.name(),
                "status": case.status.word(),
                "message": case.status.message(),
                "ms": u64::try_from(case.took.as_millis()).unwrap_or(u64::MAX),
                "replay": self.replay(backend, case),
            })
        };
        json!({
            "name": backend.name,
            "verdict": self.verdict(backend),
            "unproved": backend.unproved(self.level),
            "cases": backend.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }
}

/// Moves when a field changes its meaning or goes.
pub(super) const SCHEMA: &str = "conformance-report/1";
