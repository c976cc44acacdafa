//! The document of the specification agrees with the rules.

use std::{env, fs, path::Path};

/// Compares the document with the rules, or rewrites it if `UPDATE_SPEC` is set.
#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/internals/spec.md");
    let wanted = conformance_tests::specification();
    if env::var_os("UPDATE_SPEC").is_some() {
        fs::write(&path, &wanted).expect("the document can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    assert!(
        found == wanted,
        "docs/internals/spec.md differs from the rules, from line {differs:?} on; run \
         UPDATE_SPEC=1 cargo test --package conformance-tests --test specification"
    );
}

#[test]
fn every_rule_is_explained() {
    let list = conformance_tests::list();
    for rule in conformance_tests::rules() {
        let text = conformance_tests::explain(rule.id).expect("a known rule");
        assert!(text.contains(rule.text) && text.contains(rule.intent));
        assert!(list.contains(rule.id));
    }
    let later = conformance_tests::explain("st-004").expect("a known rule");
    assert!(
        later.contains("no verdict: these rules bind stores"),
        "{later}"
    );
    assert_eq!(conformance_tests::explain("XX-999"), None);
}

#[test]
fn what_is_not_proved_is_listed() {
    let list = conformance_tests::list();
    let line = |id: &str| list.lines().find(|line| line.starts_with(id));
    let without = |id, what| line(id).is_some_and(|line| line.ends_with(what));
    assert!(without("R13", "(without a case)"), "{list}");
    assert!(without("TM-013", "(without a mutant)"), "{list}");
    let json = conformance_tests::list_json();
    let rules = json.as_array().expect("a list");
    for rule in rules {
        let (mutants, reason) = (&rule["mutants"], &rule["unproven"]);
        let has_none = mutants.as_array().is_some_and(Vec::is_empty);
        let explained = !reason.is_null() || !rule["untested"].is_null();
        let may_be_unproven = rule["level"] == "SHOULD";
        assert!(!has_none || explained || may_be_unproven, "{rule}");
    }
}
