//! Lists and explains rules, without running cases.

use std::{fmt::Write as _, process::ExitCode};

use conformance_tests::{Filter, explain as explained, list as listed, list_json, unknown_rule};

use super::{Format, Stop};
use crate::console::show;

/// Explains a rule, the rule of a case, or the rules that a mutant breaks.
pub(super) fn explain(id: &str) -> Result<ExitCode, Stop> {
    let text = explained(id).ok_or_else(|| unknown(id))?;
    show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the rules that the filter selects.
pub(super) fn list(filter: &Filter, format: Format) -> Result<ExitCode, Stop> {
    if filter.selects_nothing() {
        return Err("the filter selects no rule; --list without one has all".into());
    }
    let has = |rule: &str| filter.selects_rule(rule);
    match format {
        Format::Matrix => show(&some_lines(&has))?,
        Format::Json => show(&some_json(&has))?,
        _ => return Err("--list is printed as a matrix or as JSON only".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn some_lines(has: &dyn Fn(&str) -> bool) -> String {
    let text = listed();
    let of_it = |line: &&str| line.split(' ').next().is_some_and(has);
    let mut out = String::new();
    for line in text.lines().filter(of_it) {
        writeln!(out, "{line}").unwrap_or_default();
    }
    out
}

fn some_json(has: &dyn Fn(&str) -> bool) -> String {
    let mut all = list_json();
    if let Some(rules) = all.as_array_mut() {
        rules.retain(|rule| rule["rule"].as_str().is_some_and(has));
    }
    format!("{all:#}\n")
}

/// Returns the error for an unknown rule, with suggestions.
pub(super) fn unknown(id: &str) -> String {
    format!("{}; --list has all rules", unknown_rule(id))
}
