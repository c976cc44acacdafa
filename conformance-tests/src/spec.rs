//! The specification, made of the same data as the cases: as a document, as a list, rule by rule.

use std::fmt::{Result, Write};

use scheduler_core::{ErrorKind, State};
use serde_json::{Value, json};

use crate::{
    CASES, Case, Rule,
    cases::table::TABLE,
    find_rule,
    mutants::{is_unproven, mutants_of},
    rule::{FAMILIES, LATER, find_later},
    rules,
};

/// What a rule says, why, and how it is checked; `None` if there is no such rule.
#[must_use]
pub fn explain(id: &str) -> Option<String> {
    let rule = find_rule(id).or_else(|| find_later(id))?;
    Some(text_of(|out| write_explanation(out, rule)))
}

/// All rules, a line each, with what is not proved of them.
#[must_use]
pub fn list() -> String {
    text_of(|out| {
        for rule in rules() {
            let (level, cases) = (rule.level.name(), cases_of(rule).count());
            let (id, text, mutants) = (rule.id, rule.text, mutants_of(rule).count());
            write!(
                out,
                "{id:7} {level:6} {cases:2} cases {mutants:2} mutants  {text}"
            )?;
            for (what, _) in reservations(rule) {
                write!(out, " ({what})")?;
            }
            writeln!(out)?;
        }
        Ok(())
    })
}

/// All rules as JSON:
/// `[].{rule,level,since,text,intent,untested,unproven,cases[].{case,isolated,seeded},mutants[]}`.
/// `untested` says why a rule has no case, `unproven` why no mutant breaks it.
#[must_use]
pub fn list_json() -> Value {
    let case =
        |case: &Case| json!({"case": case.name, "isolated": case.isolated, "seeded": case.seeded});
    let rule = |rule: &Rule| {
        json!({
            "rule": rule.id,
            "level": rule.level.name(),
            "since": rule.since,
            "text": rule.text,
            "intent": rule.intent,
            "untested": rule.untested,
            "unproven": unproven_for(rule),
            "cases": cases_of(rule).map(case).collect::<Vec<_>>(),
            "mutants": mutants_of(rule).map(|mutant| mutant.id).collect::<Vec<_>>(),
        })
    };
    rules().map(rule).collect()
}

/// The specification as a document, in Markdown: what `docs/spec.md` holds.
#[must_use]
pub fn specification() -> String {
    text_of(write_specification)
}

fn text_of(write: impl FnOnce(&mut String) -> Result) -> String {
    let mut text = String::new();
    write(&mut text).expect("a string takes everything");
    text
}

fn cases_of(rule: &Rule) -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| case.rule == rule.id)
}

fn write_explanation(out: &mut String, rule: &Rule) -> Result {
    writeln!(
        out,
        "{} ({}, since {})",
        rule.id,
        rule.level.name(),
        rule.since
    )?;
    writeln!(out, "  rule   {}", rule.text)?;
    writeln!(out, "  why    {}", rule.intent)?;
    for case in cases_of(rule) {
        writeln!(out, "  case   {}{}", case.name, remark(case))?;
    }
    for mutant in mutants_of(rule) {
        writeln!(out, "  mutant {:02}, in which {}", mutant.id, mutant.flaw)?;
    }
    for (what, reason) in reservations(rule) {
        writeln!(out, "  {what}: {reason}")?;
    }
    Ok(())
}

/// What is not proved about a rule, and why.
fn reservations(rule: &Rule) -> impl Iterator<Item = (&'static str, &'static str)> {
    let unproven = unproven_for(rule).filter(|_| rule.unbreakable.is_none());
    let later = find_later(rule.id).map(|_| LATER.1);
    [
        ("not yet", later),
        ("without a case", rule.untested),
        ("without a mutant", rule.unbreakable),
        ("unproven", unproven),
    ]
    .into_iter()
    .filter_map(|(what, reason)| reason.map(|reason| (what, reason)))
}

/// Why no mutant shows that the cases of a rule that must be kept would notice.
fn unproven_for(rule: &Rule) -> Option<&'static str> {
    let unknown = "no mutant shows that its cases would notice";
    let unknown = is_unproven(rule).then_some(unknown);
    rule.unbreakable.or(unknown)
}

fn remark(case: &Case) -> &'static str {
    match (case.isolated, case.needs) {
        (true, Some(_)) => " (in a process of its own, where the system can count)",
        (true, None) => " (in a process of its own)",
        (false, Some(_)) => " (only where the runtime can be ended)",
        (false, None) => "",
    }
}

fn write_specification(out: &mut String) -> Result {
    writeln!(out, "{}", HEAD.replace("{version}", crate::SPECIFICATION))?;
    write_table(out)?;
    for family in FAMILIES {
        writeln!(out, "\n## {}", family.name)?;
        for rule in family.rules {
            write_rule(out, rule)?;
        }
    }
    write_later(out)
}

/// What keeps its id for later.
fn write_later(out: &mut String) -> Result {
    let (family, reason) = LATER;
    writeln!(out, "\n## {}\n\n{}.\n", family.name, capital(reason))?;
    for rule in family.rules {
        let (id, level, text) = (rule.id, rule.level.name(), capital(rule.text));
        writeln!(out, "- {id} ({level}): {text}.")?;
    }
    Ok(())
}

const HEAD: &str = "\
<!-- Made by `cargo test --package conformance-tests` from the rules in conformance-tests/src/rule. Do not edit. -->
# The rules of a scheduler, version {version}

What every backend has to keep, and how that is checked. The ids never change their meaning; a rule
that comes to mean something else gets a new id. MUST decides the verdict of a backend, SHOULD is
shown. Only kinds of errors, states, counts, order and virtual time are compared, never the text of
a message.

## The table

What each call answers in each state. A dot is a success; what is refused changes nothing.";

fn write_table(out: &mut String) -> Result {
    write!(out, "\n| call |")?;
    for state in State::ALL {
        write!(out, " {state} |")?;
    }
    writeln!(out, "\n|---{}|", "|---".repeat(State::ALL.len()))?;
    for row in TABLE {
        write!(out, "| {} |", row.call)?;
        for answer in row.answers {
            write!(out, " {} |", cell(answer))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn cell(answer: Option<ErrorKind>) -> String {
    answer.map_or_else(|| "·".into(), |kind| format!("{kind:?}"))
}

fn write_rule(out: &mut String, rule: &Rule) -> Result {
    writeln!(out, "\n### {} ({})\n", rule.id, rule.level.name())?;
    writeln!(out, "{}.\n", capital(rule.text))?;
    writeln!(out, "- Why: {}.", rule.intent)?;
    for case in cases_of(rule) {
        writeln!(out, "- Case: `{}`{}", case.name, remark(case))?;
    }
    for mutant in mutants_of(rule) {
        writeln!(out, "- Mutant {:02}: {}", mutant.id, mutant.flaw)?;
    }
    for (what, reason) in reservations(rule) {
        writeln!(out, "- {}: {reason}", capital(what))?;
    }
    writeln!(out, "- Since: {}", rule.since)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
