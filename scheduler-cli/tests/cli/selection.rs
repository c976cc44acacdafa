//! `sched conformance`: the rules and cases that a run selects, lists and explains.

use serde_json::Value;

use crate::conformance::{conformance, json};

#[test]
fn a_family_is_explained_by_its_rules() {
    let (code, out, _) = conformance(&["--explain", "r"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("R: the runtime contract\n"), "{out}");
    assert!(
        out.contains("\nR4 (MUST") && !out.contains("\nRT-001"),
        "{out}"
    );
}

#[test]
fn filters_take_ids_families_names_patterns_and_exclusions() {
    let rules = |filter: &str| {
        let (code, report) = json(&["--backend", "thread", "--filter", filter]);
        assert_eq!(code, Some(3), "{filter}");
        let cases = report["backends"][0]["cases"]
            .as_array()
            .expect("a list")
            .clone();
        let mut rules: Vec<_> = cases
            .iter()
            .map(|case| case["rule"].as_str().expect("text").to_owned())
            .collect();
        rules.dedup();
        rules
    };
    assert_eq!(rules("LC-006"), ["LC-006"]);
    assert_eq!(rules("cf"), ["CF-001", "CF-002", "CF-003", "CF-004"]);
    assert_eq!(rules("the_end_is_final"), ["LC-006"]);
    assert_eq!(
        rules("*end_is_fin*,CF-00*,!CF-003,!cf-004"),
        ["LC-006", "CF-001", "CF-002"]
    );
}

#[test]
fn unknown_names_and_empty_selections_are_refused_with_what_may_have_been_meant() {
    for (arguments, part) in [
        (&["--backend", "tokyo"][..], "did you mean tokio?"),
        (&["--backend", "thread-mutant-0"], "thread-mutant-0"),
        (&["--explain", "LC-12"], "LC-012"),
        (&["--explain", "ZZ-999"], "ZZ-999"),
        (&["--filter", "ZZ"], "\"ZZ\""),
        (
            &["--filter", "LC-002,the_end_is_finale"],
            "the_end_is_final",
        ),
        (&["--filter", "LC-002,!LC"], "no case"),
        (&["--list", "--filter", "ZZ"], "\"ZZ\""),
        (&["--list", "--format", "junit"], "JSON"),
        (&["--format", "stone"], "stone"),
        (&["--level", "perhaps"], "perhaps"),
        (&["--seed", "x"], "fresh"),
        (&["--seed", "-1"], "fresh"),
        (&["--filter", "LC-007/the_end_is_final"], "LC-007/the_end"),
        (&["--list", "--filter", "R13,!R"], "no rule"),
        (&["--explain", "LC-007/the_end_is_final"], "LC-007/the_end"),
        (&["--replay", "gone.json"], "there is no file \"gone.json\""),
        (&["--replay", "gone"], "there is no file \"gone\""),
        (&["--list", "--self-test"], "cannot be used"),
        (&["--replay", "thread/LC-006/the_end"], "LC-006 has no case"),
        (&["--replay", "thread/LC-006"], "BACKEND/RULE/CASE"),
        (&["--replay", "rayon/LC-006/the_end_is_final"], "rayon"),
        (&["--diff", "tokio", "rayon"], "rayon"),
        (&["--self-test", "--filter", "RT-013"], "no mutant"),
    ] {
        let (code, out, err) = conformance(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {out}{err}");
        assert!(err.contains(part), "{part}: {err}");
        assert_eq!(out, "", "nothing was run");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let (code, list, _) = conformance(&["--list"]);
    assert_eq!(code, Some(0));
    assert!(
        list.contains("LC-002") && list.contains("shutdown before start"),
        "{list}"
    );
    assert!(list.contains("R13"), "a rule without a case is listed, too");
    let (_, some, _) = conformance(&["--list", "--filter", "LC-00*"]);
    assert_eq!(some.lines().count(), 9, "{some}");
    let (_, one, _) = conformance(&["--list", "--filter", "R13"]);
    assert!(one.starts_with("R13 ") && one.lines().count() == 1, "{one}");
    let (code, json) = json(&["--list"]);
    assert_eq!((code, &json[0]["rule"]), (Some(0), &Value::from("TBL")));
    assert!(
        json[0]["cases"]
            .as_array()
            .is_some_and(|cases| cases.len() > 5)
    );
    for name in [
        "LC-002",
        "lc-002",
        "shutdown_before_start_is_refused",
        "LC-002/shutdown_before_start_is_refused",
        "thread/LC-002/shutdown_before_start_is_refused",
        "2",
        "thread-mutant-02",
    ] {
        let (code, rule, _) = conformance(&["--explain", name]);
        assert_eq!(code, Some(0));
        for part in [
            "LC-002",
            "rule ",
            "why ",
            "shutdown_before_start_is_refused",
            "mutant 02",
        ] {
            assert!(rule.contains(part), "{part}: {rule}");
        }
    }
}
