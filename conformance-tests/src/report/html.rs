//! The report as one page for a browser: no network, readable without colour and without script.

use std::fmt::{Result, Write};

use super::{CaseReport, Report, junit::escaped};
use crate::{SPECIFICATION, Status, explain};

impl Report {
    /// The report as one HTML page: the matrix, with a filter; each cell that is not a pass leads to
    /// what was seen, to the rule, and to the command that runs the case again.
    #[must_use]
    pub fn html(&self) -> String {
        let mut text = String::new();
        let written = self.write_html(&mut text);
        written.expect("a string takes everything");
        text
    }

    fn write_html(&self, out: &mut String) -> Result {
        writeln!(out, "{HEAD}")?;
        writeln!(
            out,
            "<p>Rules {SPECIFICATION} · suite {} · <b>{}</b></p>",
            VERSION,
            self.counts()
        )?;
        self.write_verdicts_list(out)?;
        writeln!(out, "{FILTER}")?;
        self.write_matrix_table(out)?;
        self.write_details(out)?;
        writeln!(out, "{TAIL}")
    }

    fn write_verdicts_list(&self, out: &mut String) -> Result {
        writeln!(out, "<ul>")?;
        for backend in &self.backends {
            let (name, verdict) = (escaped(&backend.name), backend.verdict().name());
            write!(out, "<li><b>{name}</b>: {verdict}")?;
            let unproved = backend.unproved();
            if !unproved.is_empty() {
                write!(out, ", not proved: {}", unproved.join(" "))?;
            }
            writeln!(out, "</li>")?;
        }
        writeln!(out, "</ul>")
    }

    fn write_matrix_table(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "<table><thead><tr><th>rule</th><th>level</th><th>case</th>"
        )?;
        for backend in &self.backends {
            writeln!(out, "<th>{}</th>", escaped(&backend.name))?;
        }
        writeln!(out, "</tr></thead><tbody>")?;
        let rows = self.backends.first().map_or(0, |first| first.cases.len());
        for row in 0..rows {
            self.write_row(out, row)?;
        }
        writeln!(out, "</tbody></table>")
    }

    fn write_row(&self, out: &mut String, row: usize) -> Result {
        let case = &self.backends[0].cases[row];
        let text = escaped(crate::rule(case.rule).text);
        writeln!(
            out,
            "<tr><td title=\"{text}\">{}</td><td>{}</td><td>{}</td>",
            case.rule,
            case.level.name(),
            case.case
        )?;
        for (column, backend) in self.backends.iter().enumerate() {
            write_cell(out, &backend.cases[row].status, column, row)?;
        }
        writeln!(out, "</tr>")
    }

    fn write_details(&self, out: &mut String) -> Result {
        for (column, backend) in self.backends.iter().enumerate() {
            for (row, case) in backend.cases.iter().enumerate() {
                if case.status != Status::Pass {
                    writeln!(out, "<section id=\"c{column}-{row}\">")?;
                    write_detail(out, case, &escaped(&backend.name))?;
                    writeln!(out, "</section>")?;
                }
            }
        }
        Ok(())
    }
}

fn write_cell(out: &mut String, status: &Status, column: usize, row: usize) -> Result {
    let word = status.word();
    let class = word.to_ascii_lowercase();
    if *status == Status::Pass {
        return writeln!(out, "<td class=\"{class}\">✓ {word}</td>");
    }
    writeln!(
        out,
        "<td class=\"{class}\"><a href=\"#c{column}-{row}\">✗ {word}</a></td>"
    )
}

fn write_detail(out: &mut String, case: &CaseReport, backend: &str) -> Result {
    let word = case.status.word();
    writeln!(
        out,
        "<h2>{word} {}/{} on {backend}</h2>",
        case.rule, case.case
    )?;
    let seen = case.status.message().unwrap_or_default();
    writeln!(out, "<pre>{}</pre>", escaped(seen))?;
    let explanation = explain(case.rule).unwrap_or_default();
    writeln!(out, "<pre>{}</pre>", escaped(&explanation))?;
    let again = format!(
        "sched conformance --backend {backend} --filter {}",
        case.case
    );
    writeln!(out, "<p>Again: <code>{again}</code></p>")
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Conformance</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 90rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid #8884; white-space: nowrap; }
thead th { position: sticky; top: 0; background: Canvas; border-bottom: 2px solid #888; }
td:first-child, td:nth-child(3), code, pre { font-family: ui-monospace, monospace; }
.fail, .hang, .crash, .xpass { font-weight: bold; background: #d334; }
.skip, .xfail { background: #cc03; }
pre { white-space: pre-wrap; background: #8882; padding: .6rem; }
section { border-top: 1px solid #888; margin-top: 2rem; }
</style></head><body>
<h1>Conformance of scheduler backends</h1>"#;

/// Rows that hold all the words are shown; without script all are.
const FILTER: &str =
    r#"<p><label>Show rows with <input id="filter" placeholder="LC MUST FAIL"></label></p>"#;

const TAIL: &str = r#"<script>
const rows = [...document.querySelectorAll("tbody tr")];
document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});
</script></body></html>"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BackendReport, Level};

    #[test]
    fn every_cell_that_is_no_pass_leads_to_what_was_seen() {
        let case = |name, status| CaseReport {
            rule: "LC-002",
            case: name,
            level: Level::Must,
            status,
        };
        let backend = BackendReport {
            name: "<b>".into(),
            cases: vec![
                case("kept", Status::Pass),
                case("broken", Status::Fail("<script>".into())),
            ],
        };
        let report = Report {
            backends: vec![backend],
            unmatched: Vec::new(),
        };
        let page = report.html();
        assert!(page.contains("<a href=\"#c0-1\">") && page.contains("id=\"c0-1\""));
        assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;"));
        assert_eq!(page.matches("<script>").count(), 1, "only the page's own");
        for outside in ["http://", "https://", "src=", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
