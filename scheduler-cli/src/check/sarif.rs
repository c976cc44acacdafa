//! Findings as SARIF 2.1.0.

use serde_json::{Value, json};

use super::finding::{Finding, Level};

/// Returns the document of all findings.
pub(super) fn document(findings: &[Finding]) -> String {
    let results: Vec<_> = findings.iter().map(result).collect();
    let driver = json!({
        "name": "sched",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": [{ "id": "crontab" }],
    });
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "results": results }],
    });
    format!("{document:#}\n")
}

fn result(finding: &Finding) -> Value {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let region = json!({ "startLine": finding.line, "startColumn": finding.column });
    let location = json!({ "artifactLocation": { "uri": finding.file }, "region": region });
    json!({
        "ruleId": "crontab",
        "level": level,
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": location }],
    })
}
