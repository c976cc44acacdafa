//! `sched conformance`: what it prints, and its exit codes.

use crate::program::{BACKENDS, output, sched};
use serde_json::Value;

fn conformance(arguments: &[&str]) -> (Option<i32>, String, String) {
    output(sched().arg("conformance").args(arguments))
}

#[test]
fn a_part_of_the_rules_is_a_partial_run_in_any_format() {
    let (code, out, _) = conformance(&["--filter", "LC-002,LC-004"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(
        BACKENDS.iter().all(|backend| out.contains(backend)),
        "{out}"
    );
    assert!(
        out.contains("LC-002") && out.contains("LC-004") && !out.contains("LC-005"),
        "{out}"
    );
    let last = out.lines().last().expect("a line");
    assert!(last.ends_with(" passed, 0 failed, 0 skipped"), "{last}");
    assert!(!out.contains('\u{1b}'), "no colours to a pipe");
}

#[test]
fn json_has_backends_with_a_verdict_and_cases() {
    let (code, out, _) = conformance(&[
        "--backend",
        "thread",
        "--format",
        "json",
        "--filter",
        "LC-002",
    ]);
    assert_eq!(code, Some(3), "{out}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let backends = report["backends"].as_array().expect("a list");
    assert_eq!(backends.len(), 1);
    assert_eq!(backends[0]["name"], "thread");
    assert_eq!(backends[0]["verdict"], "partial");
    let cases = backends[0]["cases"].as_array().expect("a list");
    assert!(!cases.is_empty());
    for case in cases {
        let fields =
            ["rule", "case", "level", "status"].map(|field| case[field].as_str().expect("text"));
        assert_eq!(fields[0], "LC-002");
        assert_eq!(fields[3].to_lowercase(), "pass");
    }
}

#[test]
fn unknown_names_and_empty_selections_are_refused() {
    for (arguments, part) in [
        (["--backend", "rayon"], "rayon"),
        (["--explain", "ZZ-999"], "ZZ-999"),
        (["--filter", "ZZ"], ""),
        (["--format", "stone"], "stone"),
    ] {
        let (code, out, err) = conformance(&arguments);
        assert_eq!(code, Some(2), "{out}{err}");
        assert!((out + &err).contains(part), "{part}");
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
    let (code, rule, _) = conformance(&["--explain", "LC-002"]);
    assert_eq!(code, Some(0));
    assert!(
        rule.contains("LC-002") && rule.contains("shutdown_before_start_is_refused"),
        "{rule}"
    );
}
