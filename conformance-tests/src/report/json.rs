//! The report as JSON.

use scheduler_core::text::visible;
use serde_json::{Value, json};

use super::{BackendReport, CaseReport, Report};

impl Report {
    /// Returns the report as JSON text, with invisible characters escaped (`\\u202e`). It parses to
    /// the same value as [`json`](Self::json).
    #[must_use]
    pub fn json_text(&self) -> String {
        plain_json(&self.json())
    }

    /// Returns the report as a JSON value: `backends[].name`, `.verdict`, `.unproved[]`,
    /// `.opt_outs[]`, `.unmeasured[]` and `.cases[].{rule,case,level,status,message,ms,replay}`, with the conditions of the run.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "specification": crate::SPECIFICATION,
            "suite": env!("CARGO_PKG_VERSION"),
            "seed": self.seed,
            "scenarios": self.scenarios,
            "level": self.level.name(),
            "excused": self.expectations,
            "environment": {
                "limits": self.limits,
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
            "opt_outs": backend.opt_outs(),
            "unmeasured": backend.unmeasured(),
            "cases": backend.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }
}

/// Returns the value as indented JSON that is safe to print on a terminal. JSON leaves most
/// invisible characters as they are; they occur only in strings, where they can be escaped.
#[must_use]
pub fn plain_json(value: &Value) -> String {
    let text = format!("{value:#}\n");
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        let mut units = [0; 2];
        match letter {
            '\n' => plain.push(letter),
            _ if is_visible(letter) => plain.push(letter),
            _ => plain.extend(
                letter
                    .encode_utf16(&mut units)
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}")),
            ),
        }
    }
    plain
}

fn is_visible(letter: char) -> bool {
    letter.is_ascii_graphic() || {
        let mut bytes = [0; 4];
        let text: &str = letter.encode_utf8(&mut bytes);
        visible(text).to_string() == text
    }
}

/// The version of the format. It changes when a field changes its meaning or is removed.
pub(super) const SCHEMA: &str = "conformance-report/1";

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{Status, report::tests::ran};

    #[test]
    fn invisible_characters_are_escaped_and_parse_back() {
        let odd = "a\u{202e}b\u{7f}\u{9b}31m\u{200b}\u{e0041}\u{2028}\u{1b}[2J\r\n\"\\ ü 🚀";
        let mut report = ran(|_| Status::Fail(odd.into()));
        report.backends[0].name = odd.into();
        let text = report.json_text();
        let is_plain = |letter: char| letter == '\n' || letter == ' ' || is_visible(letter);
        assert!(text.chars().all(is_plain), "{text:?}");
        assert!(text.contains(r"a\u202eb\u007f\u009b31m\u200b\udb40\udc41\u2028\u001b[2J"));
        assert!(text.contains("ü 🚀"));
        let read: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(read, report.json());
        assert_eq!(read["backends"][0]["name"], odd);
    }
}
