//! `sched next`, run by people and by programs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod batch;

use std::process::Command;

use serde_json::{Value, json};

use self::batch::answers;

fn sched(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sched"));
    command.arg("next").args(arguments).env("TZ", "UTC");
    command
}

/// Returns the standard output of a successful run.
fn printed(arguments: &[&str]) -> String {
    let output = sched(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the standard error of a refused run.
fn refused(arguments: &[&str]) -> String {
    let output = sched(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_next_times_are_printed_on_the_clocks_of_the_zone() {
    let weekdays = [
        "0 9 * * MON-FRI",
        "--tz",
        "Europe/Berlin",
        "--after",
        "2024-03-28T12:00:00Z",
    ];
    let printed = printed(&[&weekdays[..], &["--count", "3"]].concat());
    let expected =
        "2024-03-29T09:00:00+01:00\n2024-04-01T09:00:00+02:00\n2024-04-02T09:00:00+02:00\n";
    assert_eq!(printed, expected);
}

#[test]
fn the_zone_of_the_machine_is_that_of_a_trigger_without_one() {
    let expected = "2026-12-01T09:00:00+09:00\n";
    let question = [
        "0 9 * * *",
        "--after",
        "2026-12-01",
        "--inclusive",
        "--count",
        "1",
    ];
    for arguments in [&[][..], &["--tz", "local"]] {
        let mut call = sched(&[&question[..], arguments].concat());
        let output = call.env("TZ", "Asia/Tokyo").output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
    let unknown = sched(&question).env("TZ", "Nowhere/Land").output().unwrap();
    assert_eq!(unknown.stdout, b"2026-12-01T09:00:00+00:00\n");
    let warning = String::from_utf8(unknown.stderr).unwrap();
    assert!(warning.contains("schedules are in UTC"), "{warning}");
}

#[test]
fn settings_change_the_answer() {
    let spring = [
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--after",
        "2024-03-31",
        "--count",
        "1",
    ];
    let with = |settings: &[&str]| printed(&[&spring[..], settings].concat());
    assert_eq!(with(&[]), "2024-03-31T03:00:00+02:00\n");
    assert_eq!(with(&["--gap", "skip"]), "2024-04-01T02:30:00+02:00\n");
    assert_eq!(
        with(&["--gap", "shift_by_delta"]),
        "2024-03-31T03:30:00+02:00\n"
    );
    assert_eq!(
        with(&["--dialect", "temporal"]),
        "2024-04-01T02:30:00+02:00\n"
    );
    let autumn = [
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--after",
        "2024-10-27",
        "--count",
        "1",
    ];
    let last = printed(&[&autumn[..], &["--fold", "last"]].concat());
    assert_eq!(last, "2024-10-27T02:30:00+01:00\n");
    let friday = [
        "0 0 13 * FRI",
        "--day-rule",
        "and",
        "--after",
        "2024-01-01",
        "--count",
        "1",
    ];
    assert_eq!(printed(&friday), "2024-09-13T00:00:00+00:00\n");
}

#[test]
fn what_is_probably_not_meant_is_noted_on_standard_error() {
    let long = [
        "22 12-23/24 * * *",
        "--after",
        "2026-11-30T00:00:00Z",
        "--count",
        "1",
    ];
    let output = sched(&long).output().unwrap();
    let expected = "sched: note: hour: \"12-23/24\" at column 4 has a step larger than its range, \
                    which leaves 12 alone\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    assert_eq!(output.stdout, b"2026-11-30T12:22:00+00:00\n");
}

#[test]
fn notes_of_calendar_events_are_printed_too() {
    for (event, expected) in [
        (
            "Fri *-*-13",
            "a day has to match the weekday and the date: two events are due on either",
        ),
        (
            "*-01,06-31",
            "June has no such day: *-*~01 is the last day of every month",
        ),
        ("*-02-30", "no instant matches: the rule is never due"),
    ] {
        let json = json!({"type": "on_calendar", "expr": event}).to_string();
        for call in [
            &[event, "--dialect", "on-calendar"][..],
            &[event, "--dialect", "systemd"],
            &["--trigger", &json],
        ] {
            let output = sched(call).output().unwrap();
            let errors = String::from_utf8(output.stderr).unwrap();
            let note = format!("sched: note: {expected}\n");
            assert!(errors.starts_with(&note), "{call:?}: {errors}");
        }
    }
}

#[test]
fn calendar_events_of_systemd_are_read() {
    let autumn = [
        "--after",
        "2024-10-26T23:30:00Z",
        "--count",
        "3",
        "--tz",
        "Europe/Berlin",
    ];
    let with = |first: &[&str]| printed(&[first, &autumn[..]].concat());
    let both = "2024-10-27T02:00:00+02:00\n2024-10-27T02:00:00+01:00\n2024-10-27T03:00:00+01:00\n";
    assert_eq!(with(&["hourly", "--dialect", "on-calendar"]), both);
    let once = "2024-10-27T02:00:00+02:00\n2024-10-27T03:00:00+01:00\n2024-10-27T04:00:00+01:00\n";
    assert_eq!(with(&["hourly", "--dialect", "systemd"]), once);
    assert_eq!(with(&["0 * * * *", "--dialect", "systemd"]), once);
    assert_eq!(
        with(&["hourly", "--dialect", "systemd", "--fold", "both"]),
        both
    );
    let described = [
        "Mon..Fri *-*-* 09:00 Asia/Tokyo",
        "--dialect",
        "on_calendar",
        "--describe",
    ];
    let first = "at 09:00, from Monday to Friday, Asia/Tokyo time\n2024-10-28T09:00:00+09:00\n";
    assert!(with(&described).starts_with(first), "{}", with(&described));
    let data = r#"{"type":"on_calendar","expr":"Mon..Fri *-*-* 09:00:00","tz":"Europe/Berlin"}"#;
    let monday = "2024-10-28T09:00:00+01:00\n";
    assert!(with(&["--trigger", data]).starts_with(monday));
    let wrong = refused(&["*-*-* 25:00", "--dialect", "systemd"]);
    assert!(
        wrong.starts_with("sched: hour: \"25\" at column 7 is out of range"),
        "{wrong}"
    );
    let wrong = refused(&["Mon 09:00"]);
    let hint = "; as a calendar event of systemd it needs --dialect on-calendar\n";
    assert!(
        wrong.starts_with("sched: found 2 field") && wrong.ends_with(hint),
        "{wrong}"
    );
    let wrong = refused(&["daily", "--dialect", "on-calendar", "--day-rule", "or"]);
    assert_eq!(
        wrong,
        "sched: a calendar event has no day rule, leave --day-rule out\n"
    );
}

#[test]
fn forms_of_other_crons_are_read() {
    let ask = |trigger: Value, after: &str, count: usize| {
        let question = json!({"trigger": trigger, "after": after, "count": count});
        answers(question.to_string()).remove(0)
    };
    let cron = |expr: &str| json!({"type": "cron", "expr": expr, "tz": "UTC"});
    let times = |expr: &str, after: &str, count| ask(cron(expr), after, count)["times"].clone();
    assert_eq!(
        times("22 12-23/24 * * *", "2026-11-30T00:00:00Z", 2),
        json!(["2026-11-30T12:22:00+00:00", "2026-12-01T12:22:00+00:00"])
    );
    assert_eq!(
        times("*/90 * * * *", "2026-11-30T00:30:00Z", 2),
        json!(["2026-11-30T01:00:00+00:00", "2026-11-30T02:00:00+00:00"])
    );
    assert_eq!(
        times("0 0 * * Sunday", "2026-11-30T00:00:00Z", 1),
        json!(["2026-12-06T00:00:00+00:00"])
    );
    let random = times("0~59 3 * * *", "2026-11-30T00:00:00Z", 1);
    assert_eq!(random, times("0~59 3 * * *", "2026-11-30T00:00:00Z", 1));
    assert!(
        random[0].as_str().unwrap().starts_with("2026-11-30T03:"),
        "{random}"
    );
    let quartz =
        json!({"type": "cron", "expr": "0 0 12 31W * ?", "tz": "UTC", "dialect": "quartz"});
    let last = ask(quartz, "2027-04-01T00:00:00Z", 1);
    assert_eq!(last["times"], json!(["2027-04-30T12:00:00+00:00"]));
    let refused = ask(cron("0 22, 10 * * *"), "2026-11-30T00:00:00Z", 1);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("a stray space at column 6"), "{message}");
}

#[test]
fn the_time_given_counts_only_if_it_is_said() {
    let daily = ["@daily", "--after", "2024-01-01T00:00:00Z", "--count", "1"];
    assert_eq!(printed(&daily), "2024-01-02T00:00:00+00:00\n");
    let inclusive = printed(&[&daily[..], &["--inclusive"]].concat());
    assert_eq!(inclusive, "2024-01-01T00:00:00+00:00\n");
}

#[test]
fn a_trigger_of_any_kind_is_read_and_described() {
    let json = r#"{"type":"interval","every":"90m","start":"2024-01-01T00:00:00Z","end":"2024-01-01T02:00:00Z"}"#;
    let output = sched(&[
        "--trigger",
        json,
        "--after",
        "2024-01-01T00:00:00Z",
        "--describe",
    ]);
    let output = { output }.output().unwrap();
    let words = "every 1h 30m from 2024-01-01T00:00:00Z until 2024-01-01T02:00:00Z";
    let expected = format!("{words}\n2024-01-01T01:30:00+00:00\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert!(output.status.success());
    assert_eq!(output.stderr, b"sched: no further time\n");
}

#[test]
fn what_is_wrong_is_said_on_standard_error() {
    for (arguments, hint) in [
        (&["61 * * * *"][..], "minute"),
        (&["@daily", "--tz", "Europe/Berln"], "Europe/Berlin"),
        (&["@daily", "--after", "soon"], "soon"),
        (&["@daily", "--count", "-1"], "-1"),
        (&["@daily", "--count", "1000001"], "1000000"),
        (&["@daily", "--gap", "jump"], "jump"),
        (&["@daily", "--dialect", "vixen"], "vixen"),
        (&["--trigger", "{"], "EOF"),
        (
            &["--trigger", r#"{"type":"once","at":"2024-01-01","x":1}"#],
            "unknown field \"x\"",
        ),
        (&["--batch", "/no/such/file"], "/no/such/file"),
        (&["@daily", "--batch", "-"], "cannot be used"),
        (&["--trigger", "{}", "--gap", "skip"], "cannot be used"),
        (&[], "required"),
    ] {
        let error = refused(arguments);
        assert!(error.contains(hint), "{arguments:?}: {error}");
    }
}

/// `@reboot` has no next time.
#[test]
fn the_start_has_no_next_time() {
    let said = "\"@reboot\" is not a time but the start of `sched run`: it has no next one";
    assert_eq!(refused(&["@reboot"]).trim_end(), format!("sched: {said}"));
    let trigger = r#"{"id":1,"trigger":{"type":"cron","expr":"@reboot"}}"#;
    let answer = &answers(trigger)[0];
    assert_eq!(
        answer["error"]["message"],
        format!("trigger.expr: {said}"),
        "{answer}"
    );
}

#[test]
fn offsets_and_years_that_cannot_be_written_do_no_harm() {
    let answers = answers(
        [
            r#"{"trigger":{"type":"interval","every":"1s","start":"1880-01-01T00:00:00Z","tz":"Europe/Berlin"},"after":"1880-01-01T00:00:00Z","count":1}"#,
            r#"{"trigger":{"type":"interval","every":"300d","start":"9999-06-01T00:00:00Z"},"after":"9999-01-01T00:00:00Z","count":5}"#,
            r#"{"trigger":{"type":"interval","every":18446744073709551615},"after":"2024-01-01T00:00:00Z","count":5}"#,
        ]
        .join("\n"),
    );
    assert_eq!(answers[0]["times"][0], "1880-01-01T00:53:01+00:53");
    assert_eq!(
        answers[1],
        json!({"id":null,"times":["9999-06-01T00:00:00+00:00"],"exhausted":true})
    );
    assert_eq!(answers[2], json!({"id":null,"times":[],"exhausted":true}));
}

#[test]
fn exhausted_is_a_trigger_that_ended_before_there_were_as_many_as_asked_for() {
    let trigger = r#"{"type":"interval","every":"1h","start":"2024-01-01T00:00:00Z","end":"2024-01-01T02:00:00Z"}"#;
    let line = |count| format!(r#"{{"trigger":{trigger},"after":"2023-01-01","count":{count}}}"#);
    let answers = answers(["0", "2", "3", "3.0", "4"].map(line).join("\n"));
    let told = answers.iter().map(|answer| {
        let times = answer["times"].as_array().unwrap().len();
        (times, answer["exhausted"].as_bool().unwrap())
    });
    let told: Vec<_> = told.collect();
    assert_eq!(
        told,
        [(0, false), (2, false), (3, false), (3, false), (3, true)]
    );
}
