//! `--help` is complete and no wider than a terminal, and its examples work.

use std::{path::Path, process::Command};

use crate::program::{output, sched};

const CALL: &[&str] = &["--socket", "--format", "SCHED_SOCKET"];
const ORDER: &[&str] = &["--socket", "--format", "--reason", "SCHED_SOCKET"];

const COMMANDS: &[(&str, &[&str])] = &[
    (
        "check",
        &[
            "--tz",
            "--system",
            "--format",
            "--strict",
            "--at-once",
            "--clock-changes",
        ],
    ),
    ("status", CALL),
    ("health", CALL),
    ("history", CALL),
    ("why", CALL),
    ("pause", ORDER),
    ("resume", ORDER),
    ("run-now", ORDER),
    (
        "convert",
        &["--from", "systemd", "kubernetes", "supercronic"],
    ),
    ("exec", &["--tz", "--system", "LINE:COMMAND"]),
    #[cfg(feature = "suite")]
    (
        "conformance",
        &[
            "--backend",
            "--format",
            "--out",
            "--filter",
            "--level",
            "--seed",
            "--scenarios",
            "--cases",
            "--allow-partial",
            "--fail-fast",
            "--quiet",
            "--list",
            "--explain",
            "--self-test",
            "--replay",
            "--diff",
            "badge-json",
            "CONFORMANCE_WATCHDOG",
            "NO_COLOR",
            "  3  partial",
        ],
    ),
    (
        "next",
        &[
            "--trigger",
            "--batch",
            "--crontab",
            "--system",
            "--format",
            "--tz",
            "--after",
            "--inclusive",
            "--count",
            "--dialect",
            "--gap",
            "--fold",
            "--day-rule",
            "--describe",
        ],
    ),
    (
        "run",
        &[
            "--backend",
            "--for",
            "--tz",
            "--drain",
            "--queue",
            "--log",
            "--timestamps",
            "--watch",
            "--socket",
            "--listen",
            "--fail-after",
            "--state",
            "SCHED_SOCKET",
            "--system",
            "#@ KEY=VALUE",
            "CRON_TZ",
            "@reboot",
            "SIGTERM",
            "FILE:LINE:COLUMN",
        ],
    ),
];

fn help(arguments: &[&str]) -> String {
    let (code, out, err) = output(sched().args(arguments).arg("--help"));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let wide = out.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
    out
}

#[test]
fn each_command_says_all_about_itself_in_eighty_columns() {
    let all = help(&[]);
    for &(command, parts) in COMMANDS {
        assert!(all.contains(&format!("\n  {command} ")), "{all}");
        let text = help(&[command]);
        for part in [&["Examples:\n", "Exit code:\n  0  ", "\n  2  "], parts].concat() {
            assert!(text.contains(part), "{command} --help lacks {part}: {text}");
        }
    }
}

#[test]
fn every_option_of_a_command_is_known_to_this_test() {
    for &(command, parts) in COMMANDS {
        let text = help(&[command]);
        let starts = text.lines().map(str::trim_start);
        let options = starts.filter(|line| line.starts_with("--") || line.starts_with("-q, "));
        let names = options.map(|line| line.trim_start_matches("-q, ").split([' ', '=']).next());
        for name in names.flatten() {
            assert!(parts.contains(&name), "{command} {name}");
        }
    }
}

#[cfg(feature = "suite")]
fn suite_help() -> String {
    help(&["conformance"])
}

#[cfg(not(feature = "suite"))]
fn suite_help() -> String {
    String::new()
}

/// The examples that need only this repository, and are quick.
#[test]
fn examples_are_right() {
    let program = Path::new(env!("CARGO_BIN_EXE_sched"));
    let folder = program.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let text = help(&["next"]) + &help(&["run"]) + &help(&[]) + &suite_help();
    let is_example = |line: &&str| {
        let quick = ["sched next", "sched run examples/demo", "--explain"];
        line.starts_with("  ")
            && quick.iter().any(|part| line.contains(part))
            && line.contains("sched ")
    };
    let examples: Vec<_> = text.lines().filter(is_example).map(str::trim).collect();
    assert!(examples.len() >= 8, "{examples:#?}");
    for example in examples {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &example.replace("10s", "1s")]);
        shell.env("PATH", format!("{folder}:{path}"));
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (code, out, err) = output(shell.current_dir(repository));
        assert_eq!(code, Some(0), "{example}: {out}{err}");
        assert_ne!(out, "", "{example}");
        assert!(!out.contains("\"error\""), "{example}: {out}");
    }
}
