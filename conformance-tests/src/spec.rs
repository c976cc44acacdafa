//! The specification, generated from the data of the cases: as a document, as a list, or rule by
//! rule.

use std::fmt::{Result, Write};

use scheduler_core::{ErrorKind, State};
use serde_json::{Value, json};

use crate::{
    CASES, Case, Rule,
    cases::table::TABLE,
    find_rule,
    mutants::{MUTANTS, Mutant, is_unproven, mutants_of},
    rule::{ELSEWHERE, FAMILIES, Family, LATER, find_later},
    rules,
};

/// Returns the text, the reason and the tests of a rule. For a family (`LC`), explains its rules; for
/// a case, explains its rule; for a mutant (`56`), explains every rule that it breaks. A case may have
/// the form used in reports: `LC-006/the_end_is_final`. Returns `None` if the name is unknown.
#[must_use]
pub fn explain(name: &str) -> Option<String> {
    if let (None, Some(family)) = (find_rule(name), find_family(name)) {
        return Some(text_of(|out| write_family(out, family)));
    }
    let rule = find_rule(name).or_else(|| find_later(name));
    match rule.or_else(|| rule_of_case(name)) {
        Some(rule) => Some(text_of(|out| write_explanation(out, rule))),
        None => find_mutant(name).map(|mutant| text_of(|out| write_mutant(out, mutant))),
    }
}

/// Finds the family whose name begins with this prefix of ids.
fn find_family(name: &str) -> Option<&'static Family> {
    let prefix = |family: &&Family| family.name.split(':').next().unwrap_or_default();
    let mut families = FAMILIES.iter().chain([LATER.0]);
    families.find(|family| prefix(family).eq_ignore_ascii_case(name))
}

/// Returns flaws that break the rule, one on each line: those of its first mutants.
pub(crate) fn causes(rule: &Rule) -> String {
    const MOST: usize = 3;
    let flaws: Vec<_> = mutants_of(rule)
        .take(MOST)
        .map(|mutant| mutant.flaw)
        .collect();
    flaws.join("\n")
}

/// Returns how to read more about the rule, without a program that explains it.
pub(crate) fn explain_hint(rule: &Rule) -> String {
    format!("conformance_tests::explain(\"{}\")", rule.id)
}

/// Finds the rule of a case by `CASE`, `RULE/CASE` or `BACKEND/RULE/CASE`.
fn rule_of_case(name: &str) -> Option<&'static Rule> {
    let name = name.split('@').next().unwrap_or(name);
    let (place, name) = name.rsplit_once('/').unwrap_or(("", name));
    let mut cases = CASES.iter();
    let case = cases.find(|case| case.name.eq_ignore_ascii_case(name))?;
    let rule = place.rsplit('/').next().unwrap_or(place);
    let fits = rule.is_empty() || rule.eq_ignore_ascii_case(case.rule);
    find_rule(case.rule).filter(|_| fits)
}

/// Finds a mutant by its number, alone or at the end of the name of a broken backend.
fn find_mutant(name: &str) -> Option<&'static Mutant> {
    let number = name
        .rsplit_once("mutant")
        .map_or(name, |(_, number)| number);
    let number: u16 = number.trim_start_matches([' ', '-']).parse().ok()?;
    MUTANTS.iter().find(|mutant| mutant.id == number)
}

/// Returns all rules, one on each line, with the gaps in their tests.
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

/// Returns all rules as JSON:
/// `[].{rule,level,since,text,intent,untested,unproven,cases[].{case,isolated,seeded},mutants[]}`.
/// `untested` is the reason why a rule has no case, `unproven` the reason why no mutant breaks it.
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

/// Returns the specification as a Markdown document: the content of `docs/internals/spec.md`.
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

fn write_family(out: &mut String, family: &Family) -> Result {
    writeln!(out, "{}", family.name)?;
    family.rules.iter().try_for_each(|rule| {
        writeln!(out)?;
        write_explanation(out, rule)
    })
}

fn write_mutant(out: &mut String, mutant: &Mutant) -> Result {
    writeln!(out, "mutant {:02}, in which {}", mutant.id, mutant.flaw)?;
    let mut rules = mutant.rules.iter().filter_map(|id| find_rule(id));
    rules.try_for_each(|rule| {
        writeln!(out)?;
        write_explanation(out, rule)
    })
}

/// Returns the gaps in the tests of a rule, with reasons.
fn reservations(rule: &Rule) -> impl Iterator<Item = (&'static str, &'static str)> {
    let unproven = unproven_for(rule).filter(|_| rule.unbreakable.is_none());
    let later = find_later(rule.id).map(|_| LATER.1);
    [
        ("no verdict", later),
        ("without a case", rule.untested),
        ("without a mutant", rule.unbreakable),
        ("unproven", unproven),
    ]
    .into_iter()
    .filter_map(|(what, reason)| reason.map(|reason| (what, reason)))
}

/// Returns why no mutant covers this required rule.
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

/// Writes the rules that are reserved for a later version.
fn write_later(out: &mut String) -> Result {
    let (family, reason) = LATER;
    writeln!(out, "\n## {}\n\n{}.\n", family.name, capital(reason))?;
    for rule in family.rules {
        let (id, level, text) = (rule.id, rule.level.name(), capital(rule.text));
        writeln!(out, "- {id} ({level}): {text}. {}.", proof_of(id))?;
    }
    Ok(())
}

/// Returns the cases of a store that test a rule, or where else it is tested.
fn proof_of(id: &str) -> String {
    let cases = crate::store::CASES.iter().filter(|case| case.rule == id);
    let cases: Vec<_> = cases.map(|case| format!("`{}`", case.name)).collect();
    let elsewhere = ELSEWHERE.iter().find(|(rule, _)| *rule == id);
    match elsewhere {
        Some((_, place)) => capital(place),
        None => format!("Cases: {}", cases.join(", ")),
    }
}

const HEAD: &str = "\
<!-- Made by `cargo test --package conformance-tests` from the rules in conformance-tests/src/rule. Do not edit. -->
# The rules of a scheduler, version {version}

The rules that every backend keeps, and how they are checked. A rule whose meaning changes gets a new
id. MUST decides the verdict of a backend, SHOULD is
shown. Only kinds of errors, states, counts, order and virtual time are compared, never the text of
a message.

## The table

The result of each call in each state. A dot is a success. A refused call changes nothing.";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_explained_by_its_rule_however_it_is_named() {
        let by_rule = explain("LC-006").expect("it is there");
        for name in [
            "lc-006",
            "the_end_is_final",
            "The_End_Is_Final",
            "LC-006/the_end_is_final",
            "thread/LC-006/the_end_is_final",
            "thread/LC-006/the_end_is_final@7+50",
        ] {
            assert_eq!(explain(name).as_ref(), Some(&by_rule), "{name}");
        }
        for name in [
            "",
            "/",
            "LC-007/the_end_is_final",
            "LC-006/",
            "LC-0",
            "the_end",
        ] {
            assert_eq!(explain(name), None, "{name}");
        }
    }

    #[test]
    fn a_family_is_explained_by_its_rules() {
        for family in FAMILIES.iter().chain([LATER.0]) {
            let name = family.name.split(':').next().expect("a prefix");
            let text = explain(&name.to_lowercase()).expect("a family or its only rule");
            for rule in family.rules {
                assert!(text.contains(&format!("{} (", rule.id)), "{name}: {text}");
            }
        }
        let runtime = explain("R").expect("the contract of a runtime");
        assert!(
            runtime.starts_with("R: ") && !runtime.contains("RT-001"),
            "{runtime}"
        );
    }

    #[test]
    fn every_rule_every_case_and_every_mutant_is_explained() {
        let ids = rules().map(|rule| rule.id.to_owned());
        let later = LATER.0.rules.iter().map(|rule| rule.id.to_owned());
        let cases = CASES.iter().map(|case| case.name.to_owned());
        for name in ids.chain(later).chain(cases) {
            assert!(
                explain(&name).is_some_and(|text| text.contains("  why ")),
                "{name}"
            );
        }
        for mutant in MUTANTS {
            let text = explain(&format!("{:02}", mutant.id)).expect("it is there");
            assert!(text.contains(mutant.flaw));
            let broken = mutant.rules.iter();
            assert!(
                broken
                    .clone()
                    .all(|rule| text.contains(&format!("\n{rule} ("))),
                "{text}"
            );
            let named = format!("thread-mutant-{}", mutant.id);
            assert_eq!(explain(&named), Some(text));
        }
        assert_eq!(
            (explain("mutant"), explain("9999"), explain("LC-99")),
            (None, None, None)
        );
    }
}
