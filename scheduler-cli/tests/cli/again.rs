//! `sched conformance`: replays, comparisons, and the self-test of the suite.

use crate::{conformance::conformance, program::Crontab};

/// Returns the lines that the matrix prints after `Replay`, as arguments of `sched conformance`.
fn replay_lines(out: &str) -> Vec<String> {
    let lines = out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Replay "));
    let lines = lines.map(|line| line.rsplit(' ').next().expect("a word").to_owned());
    lines.collect()
}

#[test]
fn what_failed_is_run_again_by_its_line_by_a_file_of_lines_and_by_its_report() {
    let arguments = [
        "--backend",
        "thread-mutant-02",
        "--filter",
        "LC-002,CN-001",
        "--quiet",
    ];
    let (_, out, _) = conformance(&arguments);
    let lines = replay_lines(&out);
    assert_eq!(lines.len(), 3, "{out}");
    for line in &lines {
        let (code, again, _) = conformance(&["--replay", line, "--quiet"]);
        assert_eq!(code, Some(1), "{again}");
        assert!(
            again.ends_with("\n0 passed, 1 failed, 0 skipped\n"),
            "{again}"
        );
    }
    let file = Crontab::new(format!("# kept\n{}", lines.join("\n")));
    let (code, again, _) = conformance(&["--replay", &file.path(), "--quiet"]);
    assert_eq!(code, Some(1), "{again}");
    assert!(
        again.ends_with("\n0 passed, 3 failed, 0 skipped\n"),
        "{again}"
    );
    let (_, report, _) = conformance(&[&arguments[..], &["--format", "json"]].concat());
    let file = Crontab::new(report);
    let (_, same, _) = conformance(&["--replay", &file.path(), "--quiet"]);
    assert!(
        same.ends_with("\n0 passed, 3 failed, 0 skipped\n"),
        "{same}"
    );
}

#[test]
fn the_seed_that_failed_fails_again_alone_and_others_may_not() {
    let line = |seed: &str| {
        format!("thread-mutant-02/CN-001/random_scenarios_are_explained_by_the_model@{seed}")
    };
    let (code, out, _) = conformance(&["--replay", &line("20261122+50"), "--quiet"]);
    assert_eq!(code, Some(1), "{out}");
    let seed = out
        .split("(@")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .expect("a seed");
    let (code, alone, _) = conformance(&["--replay", &line(seed), "--quiet"]);
    assert_eq!(code, Some(1), "{alone}");
    let (code, sound, _) =
        conformance(&["--replay", &line(seed).replace("-mutant-02", ""), "--quiet"]);
    assert_eq!(code, Some(0), "{sound}");
    assert!(
        sound.ends_with("1 passed, 0 failed, 0 skipped\n"),
        "{sound}"
    );
}

#[test]
fn a_scenario_is_run_on_every_backend_and_what_differs_is_told() {
    let text = r#"{"name": "twice", "commands": [
        {"call": {"client": 0, "call": "start"}}, {"call": {"client": 0, "call": "resume"}}]}"#;
    let file = Crontab::new(text);
    let (code, out, _) = conformance(&["--replay", &file.path()]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(r#""call":[{"client":0},"resume"]"#), "{out}");
    assert!(out.ends_with("4 passed, 0 failed, 0 skipped\n"), "{out}");
    let (code, out, _) = conformance(&[
        "--replay",
        &file.path(),
        "--backend",
        "thread,thread-mutant-20",
    ]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("thread: the model accepts it"), "{out}");
    assert!(
        out.contains("thread-mutant-20: line 6 is not allowed"),
        "{out}"
    );
    let wrong = Crontab::new(r#"{"name": "x", "commands": [{"jump": 1}]}"#);
    let (code, _, err) = conformance(&["--replay", &wrong.path()]);
    assert_eq!(code, Some(2));
    assert!(err.contains("jump"), "{err}");
}

#[test]
fn fresh_seeds_are_told_so_that_they_can_be_repeated() {
    let arguments = [
        "--backend",
        "thread",
        "--filter",
        "CN-001",
        "--scenarios",
        "3",
        "--quiet",
    ];
    let fresh = |_| conformance(&[&arguments[..], &["--seed", "fresh"]].concat()).1;
    let runs: Vec<_> = (0..2).map(fresh).collect();
    let seed = |out: &str| {
        let rest = out
            .split("seed ")
            .nth(1)
            .expect("the seed is printed")
            .to_owned();
        rest.split(',').next().expect("a number").to_owned()
    };
    assert_ne!(seed(&runs[0]), seed(&runs[1]));
    let (_, again, _) = conformance(&[&arguments[..], &["--seed", &seed(&runs[0])]].concat());
    assert_eq!(again, runs[0]);
}

#[test]
fn two_reports_are_compared() {
    let report = |backend, filter| {
        let arguments = [
            "--backend",
            backend,
            "--filter",
            filter,
            "--format",
            "json",
            "--quiet",
        ];
        Crontab::new(conformance(&arguments).1)
    };
    let (sound, broken) = (
        report("thread", "LC-002"),
        report("thread-mutant-02", "LC-002"),
    );
    let diff =
        |one: &Crontab, other: &Crontab| conformance(&["--diff", &one.path(), &other.path()]);
    let (code, out, _) = diff(&sound, &sound);
    assert_eq!((code, out.as_str()), (Some(0), "no difference\n"));
    let (code, out, _) = diff(&sound, &broken);
    assert_eq!(code, Some(1), "{out}");
    for part in [
        "thread → thread-mutant-02: LC-002/shutdown_before_start_is_refused: pass → FAIL",
        "verdict: partial → nonconformant",
        "3 differences",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (code, out, _) = diff(&sound, &report("thread", "LC-006"));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("the_end_is_final: - → pass"), "{out}");
    let other = Crontab::new("no report");
    assert_eq!(diff(&sound, &other).0, Some(2));
}

#[test]
fn two_backends_are_compared_by_their_cases_and_by_scenarios() {
    let alike = ["--diff", "thread", "tokio", "--filter", "LC-027", "--quiet"];
    let (code, out, _) = conformance(&alike);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("the same trace in 50 scenarios"), "{out}");
    let (code, out, _) = conformance(&[
        "--diff",
        "thread",
        "thread-mutant-20",
        "--filter",
        "LC-027",
        "--quiet",
    ]);
    assert_eq!(code, Some(1), "{out}");
    let side = |name: &str| {
        let start = format!(" {name} {{");
        let line = out.lines().find(|line| line.contains(&start));
        line.unwrap_or_else(|| panic!("{name}: {out}")).to_owned()
    };
    assert!(
        side("thread").ends_with("(the model accepts this side)"),
        "{out}"
    );
    assert!(
        side("thread-mutant-20").ends_with("(the model rejects this side)"),
        "{out}"
    );
    assert!(
        out.contains("LC-027/pausing_twice_and_resuming_twice_do_nothing: pass → FAIL"),
        "{out}"
    );
}

#[test]
fn the_suite_notices_its_mutants() {
    let (code, out, err) = conformance(&["--self-test", "--filter", "LC-00*"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(
        out.contains("LC-002  noticed  shutdown before start succeeds"),
        "{out}"
    );
    assert!(
        out.lines()
            .last()
            .is_some_and(|last| last.contains(" passed, 0 failed, ")),
        "{out}"
    );
    assert!(err.contains("LC-002"), "{err}");
}

/// One flaw can hide another: a job handle cancels its job when it is dropped, and in the same
/// scheduler no running job receives a cancellation.
#[test]
fn a_mutant_that_survives_is_a_failure() {
    let hidden = ["--backend", "thread-mutant-71", "--filter", "JB-007"];
    let (code, out, err) = conformance(&[&["--self-test"][..], &hidden].concat());
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("JB-007  SURVIVED dropping the handle ends the job"),
        "{out}"
    );
    assert!(out.contains("\n0 passed, 1 failed, "), "{out}");
}

#[test]
fn formats_that_are_not_there_are_refused() {
    for arguments in [&["--self-test"][..], &["--diff", "thread", "tokio"]] {
        let (code, out, err) = conformance(&[arguments, &["--format", "junit"]].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    }
}

#[test]
fn a_file_that_is_neither_report_nor_scenario_is_refused_with_the_place() {
    for (text, part) in [
        ("{\"commands\": [", "line 1 column 14"),
        ("{\"commands\": 3}", "expected a sequence at line 1"),
        ("[1]", "not a JSON report"),
        (
            "{\"backends\": [],\n\"schema\": \"conformance-report/9\"}",
            "reads \"conformance-report/1\"",
        ),
        ("thread/LC-006", "BACKEND/RULE/CASE"),
        ("", "no failed case"),
    ] {
        let file = Crontab::new(text);
        let (code, out, err) = conformance(&["--replay", &file.path()]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{text}: {err}");
        assert!(err.contains(&file.path()) && err.contains(part), "{err}");
    }
}
