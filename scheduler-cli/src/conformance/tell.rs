//! What the rules are: nothing is run.

use std::{fmt::Write as _, process::ExitCode};

use conformance_tests::{
    CASES, Case, Filter, explain as explained, list as listed, list_json, unknown_rule,
};

use super::{Format, Misuse};
use crate::console::show;

/// Explains a rule, or the rule of a case.
pub(super) fn explain(id: &str) -> Result<ExitCode, Misuse> {
    let case = CASES.iter().find(|case| case.name == id);
    let rule = case.map_or(id, |case| case.rule);
    let text = explained(rule).ok_or_else(|| unknown(id))?;
    show(&text);
    Ok(ExitCode::SUCCESS)
}

/// Lists the rules of which the filter selects a case, and those that have none.
pub(super) fn list(filter: &Filter, format: Format) -> Result<ExitCode, Misuse> {
    let has = |rule: &str| {
        let of_it = |case: &&Case| case.rule == rule;
        let mut cases = CASES.iter().filter(of_it).peekable();
        cases.peek().is_none() && *filter == Filter::all() || cases.any(|case| filter.selects(case))
    };
    match format {
        Format::Matrix => show(&some_lines(&has)),
        Format::Json => show(&some_json(&has)),
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

/// That there is no such rule, and what may have been meant.
pub(super) fn unknown(id: &str) -> Misuse {
    format!("{}; --list has all rules", unknown_rule(id))
}
