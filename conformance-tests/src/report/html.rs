//! The report as one HTML page. It needs no network, and is readable without colour and without
//! scripts.

use std::{
    collections::BTreeSet,
    fmt::{Result, Write},
};

use super::{CaseReport, Report, junit::escaped, remark::Remark};
use crate::{Rule, Status, mutants::mutants_of, rule, rules};

impl Report {
    /// Returns the report as one HTML page: the verdicts, the cases that did not pass, the matrix
    /// with a filter, and the rules. Each cell links to its rule, or to the failure and its replay
    /// command.
    #[must_use]
    pub fn html(&self) -> String {
        let mut text = String::new();
        let written = self.write_html(&mut text);
        written.expect("a string takes everything");
        text
    }

    fn write_html(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "{HEAD}<style>\n{}</style></head><body>",
            include_str!("page.css")
        )?;
        writeln!(out, "<h1>Conformance of scheduler backends</h1>")?;
        writeln!(
            out,
            "<p>{} · <b>{}</b></p><p>{}</p>",
            escaped(&self.heading()),
            self.counts(),
            escaped(&self.conditions())
        )?;
        self.write_verdicts_table(out)?;
        self.write_details(out)?;
        writeln!(out, "<h2 id=\"matrix\">Rules and backends</h2>")?;
        self.write_filter(out)?;
        self.write_matrix_table(out)?;
        self.write_rules(out)?;
        writeln!(
            out,
            "<script>\n{}</script></body></html>",
            include_str!("page.js")
        )
    }

    fn write_verdicts_table(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "<table><tr><th>backend</th><th>verdict</th><th>not proved</th><th>opt-outs</th></tr>"
        )?;
        for backend in &self.backends {
            let (name, verdict) = (escaped(&backend.name), self.verdict(backend).name());
            let unproved = backend.unproved(self.level);
            let unproved = match unproved.len() {
                0 => "nothing".to_owned(),
                1..=12 => unproved.join(" "),
                more => format!("{more} rules"),
            };
            let opt_outs = backend.opt_outs().join(" ");
            let class = match verdict {
                "conformant" => "good",
                "nonconformant" => "bad",
                _ => "open",
            };
            writeln!(
                out,
                "<tr><td>{name}</td><td class=\"{class}\">{verdict}</td><td>{unproved}</td><td>{opt_outs}</td></tr>"
            )?;
        }
        writeln!(out, "</table>")
    }

    /// Writes the cases that did not pass, failures first.
    fn write_details(&self, out: &mut String) -> Result {
        let mut remarks = self.remarks();
        remarks.sort_by_key(|remark| !remark.case.status.is_failure());
        if !remarks.is_empty() {
            writeln!(out, "<h2>What did not pass</h2>")?;
        }
        remarks
            .iter()
            .try_for_each(|remark| self.write_detail(out, remark))
    }

    fn write_detail(&self, out: &mut String, remark: &Remark<'_>) -> Result {
        let (case, status) = (remark.case, &remark.case.status);
        let rule = rule(case.rule);
        write!(out, "<section>")?;
        for (column, _) in &remark.on {
            write!(out, "<span id=\"{}\"></span>", anchor(*column, case))?;
        }
        writeln!(
            out,
            "<h3><span class=\"{}\">{} {}</span> <span class=\"id\">{}</span> {} on {}</h3>",
            class(status),
            sign(status),
            status.word(),
            case.rule,
            breakable(case.case),
            escaped(&remark.names())
        )?;
        writeln!(
            out,
            "<dl><dt>rule</dt><dd><a class=\"id\" href=\"#{0}\">{0}</a> ({1}): {2}</dd><dt>why</dt><dd>{3}</dd>",
            rule.id,
            rule.level.name(),
            escaped(rule.text),
            escaped(rule.intent)
        )?;
        if let Some(replay) = self.replay_of(remark) {
            writeln!(
                out,
                "<dt>replay</dt><dd><code>{}</code></dd>",
                escaped(&replay)
            )?;
        }
        let seen = lines(status.message().unwrap_or_default());
        writeln!(out, "</dl><pre>{seen}</pre></section>")
    }

    fn write_filter(&self, out: &mut String) -> Result {
        let families: BTreeSet<&str> = self.cases().map(|case| family(case.rule)).collect();
        let levels: BTreeSet<&str> = self.cases().map(|case| case.level.name()).collect();
        let statuses: BTreeSet<&str> = self.cases().map(|case| case.status.word()).collect();
        writeln!(
            out,
            "<form class=\"filter\" hidden><label>with the words <input type=\"search\" placeholder=\"LC shutdown\"></label>"
        )?;
        write_choice(out, "family", families)?;
        write_choice(out, "level", levels)?;
        write_choice(out, "status", statuses)?;
        writeln!(out, "<output id=\"shown\"></output></form>")
    }

    fn write_matrix_table(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "<div class=\"matrix\" tabindex=\"0\"><table><thead><tr><th>rule</th><th class=\"level\">level</th><th>case</th>"
        )?;
        for backend in &self.backends {
            writeln!(out, "<th>{}</th>", escaped(&backend.name))?;
        }
        writeln!(out, "</tr></thead><tbody>")?;
        let rows = self.backends.first().map_or(0, |first| first.cases.len());
        for row in 0..rows {
            self.write_row(out, row)?;
        }
        writeln!(out, "</tbody></table></div>")
    }

    fn write_row(&self, out: &mut String, row: usize) -> Result {
        let case = &self.backends[0].cases[row];
        let cells = || {
            self.backends
                .iter()
                .filter_map(|backend| backend.cases.get(row))
        };
        let statuses: BTreeSet<&str> = cells().map(|case| case.status.word()).collect();
        let statuses = statuses.into_iter().collect::<Vec<_>>().join(" ");
        let level = case.level.name();
        writeln!(
            out,
            "<tr data-family=\"{}\" data-level=\"{level}\" data-status=\"{statuses}\">",
            family(case.rule)
        )?;
        writeln!(
            out,
            "<td class=\"id\"><a href=\"#{0}\" title=\"{1}\">{0}</a></td><td class=\"level\">{level}</td><td class=\"case\">{2}</td>",
            case.rule,
            escaped(rule(case.rule).text),
            breakable(case.case)
        )?;
        for (column, case) in cells().enumerate() {
            write_cell(out, column, case)?;
        }
        writeln!(out, "</tr>")
    }

    fn write_rules(&self, out: &mut String) -> Result {
        let known: BTreeSet<&str> = self.cases().map(|case| case.rule).collect();
        writeln!(out, "<h2>The rules</h2>")?;
        let wanted = rules().filter(|rule| known.contains(rule.id));
        wanted
            .into_iter()
            .try_for_each(|rule| self.write_rule(out, rule))
    }

    fn write_rule(&self, out: &mut String, rule: &Rule) -> Result {
        writeln!(
            out,
            "<section id=\"{0}\"><h3>{0} ({1}, since {2})</h3><p>{3}.</p><dl><dt>why</dt><dd>{4}</dd>",
            rule.id,
            rule.level.name(),
            rule.since,
            escaped(rule.text),
            escaped(rule.intent)
        )?;
        let cases = self.backends.iter().take(1).flat_map(|first| {
            let cases = first.cases.iter().filter(|case| case.rule == rule.id);
            cases.filter_map(move |case| self.replay(first, case))
        });
        for replay in cases {
            writeln!(
                out,
                "<dt>replay</dt><dd><code>{}</code></dd>",
                escaped(&replay)
            )?;
        }
        for mutant in mutants_of(rule) {
            let flaw = escaped(mutant.flaw);
            writeln!(
                out,
                "<dt>mutant</dt><dd>{:02}, in which {flaw}</dd>",
                mutant.id
            )?;
        }
        writeln!(out, "</dl></section>")
    }
}

fn write_choice(out: &mut String, what: &str, choices: BTreeSet<&str>) -> Result {
    write!(out, "<label>{what} <select><option value=\"\">all</option>")?;
    for choice in choices {
        write!(out, "<option>{choice}</option>")?;
    }
    writeln!(out, "</select></label>")
}

fn write_cell(out: &mut String, column: usize, case: &CaseReport) -> Result {
    let (status, target) = (
        &case.status,
        match case.status {
            Status::Pass => case.rule.to_owned(),
            _ => anchor(column, case),
        },
    );
    let (class, sign, word) = (class(status), sign(status), status.word());
    writeln!(
        out,
        "<td class=\"cell {class}\"><a href=\"#{target}\">{sign} {word}</a></td>"
    )
}

fn anchor(column: usize, case: &CaseReport) -> String {
    format!("c{column}-{}-{}", case.rule, case.case)
}

const fn class(status: &Status) -> &'static str {
    match status {
        Status::Pass => "good",
        status if status.is_failure() => "bad",
        _ => "open",
    }
}

const fn sign(status: &Status) -> char {
    match status {
        Status::Pass => '✓',
        status if status.is_failure() => '✗',
        _ => '–',
    }
}

/// Returns a name with break opportunities, so that it may wrap.
fn breakable(name: &str) -> String {
    name.replace('_', "_<wbr>")
}

/// Returns the letters at the beginning of a rule's id.
fn family(rule: &str) -> &str {
    rule.split_once('-').map_or("R", |(family, _)| family)
}

/// Escapes a text for a page and keeps its line breaks.
fn lines(text: &str) -> String {
    let lines = text.trim_end().lines().map(escaped);
    lines.collect::<Vec<_>>().join("\n")
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Conformance</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ran;

    fn page() -> String {
        let mut report = ran(|case| match case.rule {
            "LC-006" => Status::Fail("<script>\nsecond line".into()),
            "RT-011" => Status::Skip("it cannot".into()),
            _ => Status::Pass,
        });
        report.backends[0].name = "<b>".into();
        report.html()
    }

    /// Returns every text between `start` and `end`.
    fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
        let parts = text.split(start).skip(1);
        parts.filter_map(|part| part.split(end).next()).collect()
    }

    #[test]
    fn every_cell_leads_somewhere_that_is_there() {
        let page = page();
        let targets = between(&page, "href=\"#", "\"");
        assert!(targets.len() > 2 * rules().count());
        for target in targets {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn ids_are_unique() {
        let page = page();
        let mut ids = between(&page, " id=\"", "\"");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn a_failure_is_told_with_its_rule_its_reason_and_its_replay_line() {
        let page = page();
        let start = page
            .find("<span id=\"c0-LC-006-the_end_is_final\"")
            .expect("it is there");
        let section = page[start..].split("</section>").next().expect("it ends");
        for part in [
            rule("LC-006").text,
            "&lt;script&gt;\nsecond line",
            "prove --replay &#39;&lt;b&gt;/LC-006/the_end_is_final&#39;",
            "✗ FAIL",
        ] {
            assert!(section.contains(part), "{part}: {section}");
        }
    }

    #[test]
    fn nothing_comes_from_outside_and_nothing_that_was_seen_becomes_part_of_the_page() {
        let page = page();
        assert_eq!(page.matches("<script>").count(), 1, "only the page's own");
        let outside = [
            "http:", "https:", "//", "src=", "@import", "url(", "<link", "fetch(", "<b>/",
        ];
        for outside in outside {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
