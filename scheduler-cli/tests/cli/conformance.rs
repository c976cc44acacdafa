//! `sched conformance`: its output, its formats, and its exit codes.

use crate::program::{BACKENDS, output, sched};
use serde_json::Value;

pub(crate) fn conformance(arguments: &[&str]) -> (Option<i32>, String, String) {
    output(sched().arg("conformance").args(arguments))
}

pub(crate) fn json(arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, out, err) = conformance(&[arguments, &["--format", "json"]].concat());
    let report = serde_json::from_str(&out);
    (
        code,
        report.unwrap_or_else(|error| panic!("{error}: {out}{err}")),
    )
}

fn last(out: &str) -> &str {
    out.lines().last().expect("a line")
}

#[test]
fn a_backend_that_keeps_every_rule_is_conformant() {
    let (code, out, err) = conformance(&["--backend", "thread"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let verdict = "\nthread: conformant, 3 opt-outs: RT-011 RT-015 R2\n";
    assert!(out.contains(verdict), "{out}");
    assert!(last(&out).contains(" passed, 0 failed, "), "{out}");
}

#[test]
fn a_broken_rule_is_a_failure_that_says_what_it_is_about() {
    let (code, out, err) = conformance(&["--backend", "thread-mutant-02", "--filter", "LC-002"]);
    assert_eq!(code, Some(1), "{out}{err}");
    for part in [
        "FAIL LC-002/shutdown_before_start_is_refused on thread-mutant-02",
        "Rule    shutdown before start returns NotRunning",
        "Seen    assertion",
        "Replay  sched conformance --replay thread-mutant-02/LC-002/",
        "thread-mutant-02: nonconformant",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert_eq!(last(&out), "0 passed, 2 failed, 0 skipped");
    assert!(err.contains("thread-mutant-02: FAIL LC-002/"), "{err}");
}

#[test]
fn a_run_stops_at_the_first_failure_on_request() {
    let flaw = [
        "--backend",
        "thread-mutant-02,thread",
        "--filter",
        "LC-002,LC-004",
    ];
    let (code, out, _) = conformance(&[&flaw[..], &["--fail-fast"]].concat());
    assert_eq!(code, Some(1), "{out}");
    assert_eq!(last(&out), "0 passed, 1 failed, 0 skipped");
    assert!(
        out.contains("Explain sched conformance --explain LC-002"),
        "{out}"
    );
}

#[test]
fn limits_shrink_once_a_case_has_hung() {
    let arguments = [
        "--backend",
        "thread-mutant-628",
        "--filter",
        "R4",
        "--quiet",
    ];
    let run = sched()
        .arg("conformance")
        .args(arguments)
        .env("CONFORMANCE_PATIENCE", "3")
        .output();
    let out = run.expect("it runs").stdout;
    let out = String::from_utf8_lossy(&out);
    assert!(
        out.contains(" · thread-mutant-628: shorter limits since "),
        "{out}"
    );
}

#[test]
fn a_part_of_the_rules_is_a_partial_run() {
    let (code, out, err) = conformance(&["--filter", "LC-002,LC-004"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(
        BACKENDS.iter().all(|backend| out.contains(backend)),
        "{out}"
    );
    assert!(
        out.contains("LC-002") && out.contains("LC-004") && !out.contains("LC-005"),
        "{out}"
    );
    assert!(
        last(&out).ends_with(" passed, 0 failed, 0 skipped"),
        "{out}"
    );
    assert!(
        BACKENDS.iter().all(|backend| err.contains(backend)),
        "{err}"
    );
    let allowed = conformance(&["--filter", "LC-002", "--allow-partial", "--quiet"]);
    assert_eq!((allowed.0, allowed.2.as_str()), (Some(0), ""));
}

#[test]
fn what_ought_to_be_kept_decides_only_if_it_is_to() {
    let flaw = ["--backend", "thread-mutant-07,thread", "--filter", "LC-031"];
    let (code, report) = json(&flaw);
    assert_eq!((code, &report["level"]), (Some(3), &Value::from("MUST")));
    let (code, report) = json(&[&flaw[..], &["--level", "should"]].concat());
    assert_eq!((code, &report["level"]), (Some(3), &Value::from("SHOULD")));
    // A rule that ought to be kept is not proved then, if it has no case.
    let unproved = report["backends"][1]["unproved"]
        .as_array()
        .expect("a list");
    assert!(unproved.contains(&Value::from("R13")));
}

#[test]
fn json_has_backends_with_a_verdict_and_cases() {
    let (code, report) = json(&[
        "--backend",
        "thread",
        "--filter",
        "LC-002,CN-002",
        "--seed",
        "7",
    ]);
    assert_eq!(code, Some(3));
    assert_eq!(report["seed"], 7);
    let backends = report["backends"].as_array().expect("a list");
    assert_eq!(backends.len(), 1);
    assert_eq!(backends[0]["name"], "thread");
    assert_eq!(backends[0]["verdict"], "partial");
    let cases = backends[0]["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let fields =
            ["rule", "case", "level", "status"].map(|field| case[field].as_str().expect("text"));
        assert!(["LC-002", "CN-002"].contains(&fields[0]));
        assert_eq!(fields[2..], ["MUST", "pass"]);
        assert!(case["ms"].is_u64());
    }
    let replay = cases[2]["replay"].as_str().expect("text");
    assert!(replay.ends_with("@7+50"), "{replay}");
}

#[test]
fn every_format_is_printed_and_all_are_written_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let reports = folder.path().join("reports");
    let path = reports.display().to_string();
    let few = ["--backend", "thread", "--filter", "LC-002", "--quiet"];
    let (code, out, _) = conformance(&[&few[..], &["--out", &path]].concat());
    assert_eq!(code, Some(3), "{out}");
    for (format, file, start) in [
        ("matrix", "matrix.txt", "rules "),
        ("json", "report.json", "{"),
        ("junit", "junit.xml", "<?xml"),
        ("html", "report.html", "<!DOCTYPE html>"),
        ("badge", "badge.svg", "<svg"),
        ("badge-json", "badge.json", "{"),
    ] {
        let (_, out, _) = conformance(&[&few[..], &["--format", format]].concat());
        assert!(out.starts_with(start), "{format}: {out}");
        let written = std::fs::read_to_string(reports.join(file)).expect("it was written");
        assert!(written.starts_with(start), "{file}: {written}");
    }
    let nowhere = conformance(&[&few[..], &["--out", "/dev/null/x"]].concat());
    assert_eq!(nowhere.0, Some(2), "{}", nowhere.2);
    assert_eq!(nowhere.1, "", "nothing was run");
}

#[test]
fn a_report_that_cannot_be_written_is_told_and_is_no_success() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("junit.xml")).expect("a folder");
    let path = folder.path().display().to_string();
    let (code, out, err) =
        conformance(&["--backend", "thread", "--filter", "LC-006", "--out", &path]);
    assert_eq!(code, Some(4), "{out}{err}");
    assert!(err.contains("junit.xml: "), "{err}");
    assert_eq!(last(&out), "1 passed, 0 failed, 0 skipped");
    for arguments in [&["--list"][..], &["--explain", "LC-006"]] {
        let full = std::fs::File::create("/dev/full").expect("it is there");
        let mut call = sched();
        let call = call.arg("conformance").args(arguments).stdout(full);
        let ended = call.output().expect("it runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(4), "{said}");
        assert!(said.contains("could not be printed"), "{said}");
    }
}

#[test]
fn a_narrow_screen_has_no_matrix_but_all_the_rest() {
    let call = ["conformance", "--filter", "LC-006", "--quiet"];
    let (code, out, _) = output(sched().args(call).env("COLUMNS", "40"));
    assert_eq!(code, Some(3));
    assert!(
        out.contains("what did not pass follows") && !out.contains("start after"),
        "{out}"
    );
    assert_eq!(last(&out), "4 passed, 0 failed, 0 skipped");
}

#[test]
fn the_matrix_fits_eighty_columns_without_colour_in_a_pipe() {
    let (_, out, _) = conformance(&["--filter", "LC,RT-013,R1", "--quiet"]);
    assert!(!out.contains('\u{1b}'), "no colours to a pipe");
    let table = out.lines().skip_while(|line| !line.starts_with("rule "));
    let table: Vec<_> = table.take_while(|line| !line.is_empty()).collect();
    assert!(table.len() > 30, "{out}");
    assert!(table.iter().all(|line| line.chars().count() <= 80), "{out}");
    let (_, out, _) = conformance(&["--filter", "LC-002", "--quiet", "--cases"]);
    assert!(out.contains("sixteen_shutdowns_before_start"), "{out}");
}

#[test]
fn no_run_is_bent_by_the_environment() {
    let call = [
        "conformance",
        "--backend",
        "thread",
        "--filter",
        "LC-002",
        "--allow-partial",
    ];
    let huge = u64::MAX.to_string();
    let bent = sched()
        .args(call)
        .env(
            "CONFORMANCE_ISOLATED",
            "shutdown_before_start_is_refused@thread",
        )
        .env("CONFORMANCE_WATCHDOG", &huge)
        .env("CONFORMANCE_SCENARIOS", "0")
        .env("CONFORMANCE_PATIENCE", "x\u{1b}[2J")
        .env("COLUMNS", &huge)
        .output()
        .expect("it runs");
    let (out, err) = (
        String::from_utf8_lossy(&bent.stdout).into_owned(),
        String::from_utf8_lossy(&bent.stderr).into_owned(),
    );
    assert_eq!(bent.status.code(), Some(0), "{out}{err}");
    assert!(
        out.contains("\nLC-002") && out.contains(" passed, 0 failed"),
        "{out}"
    );
    let conditions = out.lines().nth(1);
    assert_eq!(conditions, Some("no exceptions"), "{out}");
    for ignored in [
        &format!("CONFORMANCE_WATCHDOG={huge} is ignored"),
        "CONFORMANCE_SCENARIOS=0 is ignored",
        r"CONFORMANCE_PATIENCE=x\u{1b}[2J is ignored",
    ] {
        assert!(err.contains(ignored), "{err}");
    }
}

#[test]
fn what_the_environment_may_set_is_in_the_report() {
    let call = [
        "conformance",
        "--backend",
        "thread",
        "--filter",
        "LC-002,LC-006",
    ];
    let set = sched()
        .args(call)
        .env("CONFORMANCE_WATCHDOG", "119")
        .env("CONFORMANCE_SCENARIOS", "1")
        .env("CARGO_MANIFEST_DIR", "/elsewhere")
        .output()
        .expect("it runs");
    let out = String::from_utf8_lossy(&set.stdout).into_owned();
    let mut lines = out.lines();
    let (first, second) = (lines.next(), lines.next());
    assert!(
        first.is_some_and(|line| line.ends_with(", 1 scenarios")),
        "{out}"
    );
    assert_eq!(
        second,
        Some("no exceptions · CONFORMANCE_WATCHDOG=119"),
        "{out}"
    );
}
