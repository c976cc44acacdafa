//! Batches of questions, as programs ask them.

use super::{printed, refused, sched};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Output, Stdio},
    thread,
};

fn start_batch() -> Child {
    let mut command = sched(&["--batch", "-"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn run_batch(input: Vec<u8>) -> Output {
    let mut child = start_batch();
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

/// Returns the results of the lines of a batch.
pub(super) fn answers(input: impl Into<Vec<u8>>) -> Vec<Value> {
    let output = run_batch(input.into());
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn kinds(answers: &[Value]) -> Vec<&str> {
    answers
        .iter()
        .map(|answer| answer["error"]["kind"].as_str().unwrap_or("none"))
        .collect()
}

#[test]
fn a_batch_is_answered_in_order_and_mistakes_are_passed_over() {
    let input = [
        r#"{"id":1,"trigger":{"type":"cron","expr":"30 2 * * *","tz":"America/New_York"},"after":"2023-03-12T05:00:00Z","count":2}"#,
        "",
        "   ",
        r#"{"id":"two","trigger":{"type":"cron","expr":"0 25 * * *"},"count":1}"#,
        r#"{"trigger":{"type":"once","at":"2024-01-01T00:00:00.25Z"},"after":"2024-01-01T00:00:00Z","count":2}"#,
        r#"{"id":null,"trigger":{"type":"interval","every":60},"after":"2024-01-01T00:00:00+01:00","count":1,"tz":"Asia/Tokyo"}"#,
        "\r",
        r#"{"id":{"a":[1.0]},"trigger":{"type":"cron","expr":"0 0 31 2 *"},"after":"2024-01-01T00:00:00Z","count":1}"#,
    ];
    let expected = [
        json!({"id":1,"times":["2023-03-12T03:00:00-04:00","2023-03-13T02:30:00-04:00"],"exhausted":false}),
        json!({"id":"two","error":{"kind":"cron","message":"trigger.expr: hour: \"25\" at column 3 is out of range, expected 0-23"}}),
        json!({"id":null,"times":["2024-01-01T00:00:00.250+00:00"],"exhausted":true}),
        json!({"id":null,"times":["2024-01-01T08:01:00+09:00"],"exhausted":false}),
        json!({"id":{"a":[1.0]},"times":[],"exhausted":true}),
    ];
    assert_eq!(answers(input.join("\n")), expected);
}

#[test]
fn the_time_given_in_a_batch_counts_only_if_it_is_said() {
    let ask = |inclusive| {
        let trigger = r#"{"type":"cron","expr":"30 1 * * *","tz":"Europe/Berlin","fold":"both"}"#;
        let line = format!(
            r#"{{"trigger":{trigger},"after":"2024-10-27T01:30:00","inclusive":{inclusive},"count":1}}"#
        );
        answers(line)[0]["times"][0].clone()
    };
    assert_eq!(ask("true"), "2024-10-27T01:30:00+02:00");
    assert_eq!(ask("false"), "2024-10-28T01:30:00+01:00");
    assert_eq!(ask("null"), ask("false"));
}

#[test]
fn the_id_of_a_broken_line_is_kept_if_it_comes_before_the_break() {
    let answers = answers(
        [
            r#"{"id":7,"trigger":{"type":"cron""#,
            r#"{"trigger":{"type":"cron"#,
            r#"{"id":8,"trigger":{"type":"once","at":"2024-01-01"},"count":1} extra"#,
            r#"{"id":9,"id":10}"#,
            "nonsense",
            "[]",
            "null",
        ]
        .join("\n"),
    );
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(Value::from(ids), json!([7, null, 8, 10, null, null, null]));
    let expected = [
        "json", "json", "json", "request", "json", "request", "request",
    ];
    assert_eq!(kinds(&answers), expected);
}

#[test]
fn questions_that_make_no_sense_are_refused_with_a_reason() {
    let fields = [
        (r#""after":"yesterday""#, "time", "yesterday"),
        (r#""after":5"#, "time", "after"),
        (
            r#""after":"2024-02-30T00:00:00Z""#,
            "time",
            "2024-02-30 is not a date",
        ),
        (r#""after":"2024-02-28T24:00:00Z""#, "time", "23:59:59"),
        (r#""tz":5"#, "request", "tz"),
        (r#""count":-0.5"#, "request", "-0.5"),
        (r#""count":-1"#, "request", "-1"),
        (r#""count":1.5"#, "request", "1.5"),
        (r#""count":"5""#, "request", "count"),
        (r#""count":1000001"#, "request", "1000000"),
        (r#""count":1e400"#, "request", "number"),
        (r#""inclusive":"yes""#, "request", "inclusive"),
        (r#""tz":"Mars/Base""#, "zone", "Mars/Base"),
        (r#""cuont":1"#, "request", "cuont"),
    ];
    let line = |field: &str| format!(r#"{{"trigger":{{"type":"cron","expr":"@daily"}},{field}}}"#);
    let input: Vec<_> = fields.iter().map(|(field, ..)| line(field)).collect();
    let answers = answers(input.join("\n"));
    for ((field, kind, hint), answer) in fields.iter().zip(&answers) {
        assert_eq!(answer["error"]["kind"], *kind, "{field}: {answer}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(hint),
            "{field}: {answer}"
        );
    }
    assert_eq!(answers.len(), fields.len());
}

#[test]
fn bytes_that_are_not_text_are_one_mistake() {
    let mut input = br#"{"id":5,"trigger":"#.to_vec();
    input.extend(b"\xff\xfe\"}\n\xc3\x28\n\xef\xbb\xbf");
    input.extend(br#"{"id":6,"trigger":{"type":"cron","expr":"@daily"},"count":0}"#);
    let answers = answers(input);
    assert_eq!(kinds(&answers), ["json", "json", "none"]);
    assert_eq!(
        (&answers[0]["id"], &answers[2]["id"]),
        (&json!(5), &json!(6))
    );
    assert_eq!(answers[2], json!({"id":6,"times":[],"exhausted":false}));
}

#[test]
fn long_lines_are_read_and_longer_ones_refused() {
    let member = r#"{"type":"once","at":"2024-01-01"},"#;
    let last = r#"{"type":"once","at":"2024-01-02"}"#;
    // Members are few, but the text between them is as long as it likes.
    let members = format!("{}{}{last}", member.repeat(30), " ".repeat(1_000_000));
    let long = format!(
        r#"{{"id":1,"trigger":{{"type":"any_of","triggers":[{members}]}},"after":"2023-01-01","count":9}}"#
    );
    let longer = format!(r#"{{"id":2,"x":"{}"}}"#, "x".repeat(1 << 24));
    let deep = format!(
        r#"{{"id":3,"trigger":{}"#,
        r#"{"type":"any_of","triggers":["#.repeat(200_000)
    );
    let nested = format!(
        r#"{{"id":4,"trigger":{}1{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let answers = answers([long, longer, deep, nested].join("\n"));
    assert_eq!(answers[0]["times"].as_array().unwrap().len(), 2);
    assert_eq!(kinds(&answers[1..2]), ["request"]);
    assert!(
        kinds(&answers[2..]).iter().all(|kind| *kind != "none"),
        "{answers:?}"
    );
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(Value::from(ids), json!([1, 2, 3, 4]));
}

#[test]
fn every_answer_comes_before_the_next_question_is_asked() {
    let mut child = start_batch();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in 0..50 {
        writeln!(
            stdin,
            r#"{{"id":{id},"trigger":{{"type":"cron","expr":"@daily"}},"count":1}}"#
        )
        .unwrap();
        // The beginning of the next line is no reason to keep the answer back.
        write!(stdin, "  ").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!(r#"{{"id":{id},"#)), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_mistake() {
    let mut child = sched(&["* * * * * *", "--count", "1000000"]);
    let mut child = child
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn a_file_is_a_batch_too() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let line = r#"{"id":1,"trigger":{"type":"cron","expr":"@hourly"},"after":"2024-01-01T00:00","count":1}"#;
    write!(file, "{line}\n{line}").unwrap();
    let printed = printed(&[
        "--tz",
        "Asia/Kathmandu",
        "--batch",
        file.path().to_str().unwrap(),
    ]);
    let answer = r#"{"id":1,"times":["2024-01-01T01:00:00+05:45"],"exhausted":false}"#;
    assert_eq!(printed, format!("{answer}\n{answer}\n"));
}

#[test]
fn an_id_is_given_back_letter_for_letter() {
    let ids = [
        "12345678901234567890123456789",
        "1.50e+3",
        "-0.0",
        r#""\u00e9 \"x\" \ud800""#,
        "[1, 2 , {\"a\":  null}]",
        "true",
    ];
    let line =
        |id| format!(r#"{{"id":{id},"trigger":{{"type":"cron","expr":"@daily"}},"count":0}}"#);
    let output = run_batch(ids.map(line).join("\r\n").into_bytes());
    let expected = ids.map(|id| format!("{{\"id\":{id},\"times\":[],\"exhausted\":false}}\n"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected.concat());
}

#[test]
fn the_same_mistake_is_of_the_same_kind_wherever_it_is_made() {
    let inside = |trigger: &str| {
        [
            trigger.to_owned(),
            format!(
                r#"{{"type":"any_of","triggers":[{{"type":"cron","expr":"@daily"}},{trigger}]}}"#
            ),
            format!(r#"{{"type":"limited","count":1,"trigger":{trigger}}}"#),
        ]
    };
    for (trigger, path, kind) in [
        (r#"{"type":"once","at":"soon"}"#, "at", "time"),
        (r#"{"type":"once","at":17}"#, "at", "time"),
        (
            r#"{"type":"interval","every":1,"start":"2024-02-30"}"#,
            "start",
            "time",
        ),
        (
            r#"{"type":"cron","expr":"@daily","end":"2024-07-01T12:00:00+25:00"}"#,
            "end",
            "time",
        ),
        (r#"{"type":"interval","every":"1x"}"#, "every", "duration"),
        (r#"{"type":"interval","every":0}"#, "every", "duration"),
        (
            r#"{"type":"all_of","triggers":[],"threshold":-1}"#,
            "threshold",
            "duration",
        ),
        (r#"{"type":"cron","expr":"61 * * * *"}"#, "expr", "cron"),
        (
            r#"{"type":"cron","expr":"@daily","tz":"Mars/Base"}"#,
            "tz",
            "zone",
        ),
        (r#"{"type":"corn"}"#, "", "trigger"),
    ] {
        let triggers = inside(trigger);
        let lines = triggers
            .each_ref()
            .map(|trigger| format!(r#"{{"trigger":{trigger}}}"#));
        let answers = answers(lines.join("\n"));
        assert_eq!(kinds(&answers), [kind; 3], "{trigger}");
        for ((answer, trigger), place) in
            answers
                .iter()
                .zip(&triggers)
                .zip(["", "triggers[1]", "trigger"])
        {
            let place = [place, path].join(".");
            let place = place.trim_matches('.');
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(
                message.starts_with(format!("trigger.{place}").trim_end_matches('.')),
                "{message}"
            );
            let alone = refused(&["--trigger", trigger]);
            assert!(alone.contains(place), "{alone}");
        }
    }
}
