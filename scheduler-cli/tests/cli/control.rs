//! The socket and the HTTP server of a running `sched`.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    process::Command,
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{BACKENDS, Crontab, Running, output, sched};

/// An entry that is not due, and one that runs until a gate opens.
const ENTRIES: &str = "#@ id=rare\n@yearly echo rare\n\
                       #@ id=long\n@reboot echo begun; while [ ! -e \"$GATE\" ]; do sleep 0.02; done\n";

fn call(crontab: &Crontab, arguments: &[&str]) -> Command {
    let mut call = sched();
    call.args(arguments)
        .env("SCHED_SOCKET", crontab.beside("socket"));
    call
}

fn start(crontab: &Crontab, arguments: &[&str]) -> Running {
    let socket = crontab.beside("socket");
    let gate = crontab.beside("gate");
    let mut running = Running::start(
        crontab
            .run(arguments)
            .args(["--socket", &socket])
            .env("GATE", gate),
    );
    running.until("] begun");
    running
}

fn stop(crontab: &Crontab, running: Running) -> Vec<String> {
    fs::write(crontab.beside("gate"), "").expect("the gate opens");
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    assert!(!fs::exists(crontab.beside("socket")).expect("it is readable"));
    lines
}

#[test]
fn a_running_sched_responds_to_calls_on_every_backend() {
    for backend in BACKENDS {
        let crontab = Crontab::new(ENTRIES);
        let mut running = start(&crontab, &["--backend", backend]);
        let mode = fs::metadata(crontab.beside("socket"))
            .expect("it exists")
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let said = |arguments: &[&str]| output(&mut call(&crontab, arguments));
        let (code, out, err) = said(&["status"]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.contains("\nrare  ") && out.contains("[long]"), "{out}");
        assert_eq!(said(&["health"]).0, Some(0));
        assert_eq!(
            said(&["pause", "rare", "--reason", "the disk is full"]).0,
            Some(0)
        );
        let (_, out, _) = said(&["status", "--format", "json"]);
        let status: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(
            status["schedules"][1]["paused"]["reason"],
            "the disk is full"
        );
        assert_eq!(
            said(&["resume", "rare", "--reason", "it is empty"]).0,
            Some(0)
        );
        assert_eq!(said(&["run-now", "rare", "--reason", "a test"]).0, Some(0));
        running.until("[rare] rare");
        running.until("[rare] end: exit status: 0");
        let lines = stop(&crontab, running);
        for part in [
            "[rare] was paused: the disk is full",
            "[rare] was resumed: it is empty",
            "[rare] runs now: a test",
        ] {
            assert!(
                lines.iter().any(|line| line == part),
                "no {part:?} in {lines:#?}"
            );
        }
    }
}

#[test]
fn the_engine_explains_what_ran_and_what_did_not() {
    let crontab = Crontab::new(format!("{ENTRIES}#@ id=busy\n* * * * * * exec sleep 600\n"));
    let mut running = start(&crontab, &["--drain", "10ms"]);
    let line = running.until("[busy] skipped for ");
    let at = line.split("skipped for ").nth(1).expect("an instant");
    let at = at.split(": ").next().expect("an instant");
    let (code, out, _) = output(&mut call(&crontab, &["why", "busy", at]));
    assert_eq!(code, Some(0));
    assert!(
        out.contains("skipped: an earlier run was still active"),
        "{out}"
    );
    let (_, out, _) = output(&mut call(
        &crontab,
        &["history", "busy", "--format", "json"],
    ));
    let history: Value = serde_json::from_str(&out).expect("JSON");
    let decisions = history["decisions"].as_array().expect("a list");
    assert!(
        decisions
            .iter()
            .any(|decision| decision["reason"] == "Overlap"),
        "{out}"
    );
    let (code, _, err) = output(&mut call(&crontab, &["why", "busi", at]));
    assert_eq!(code, Some(1));
    assert!(err.contains("did you mean busy?"), "{err}");
    assert_eq!(
        output(&mut call(&crontab, &["why", "busy", "soon"])).0,
        Some(1)
    );
    running.signal(Signal::TERM);
    running.end();
}

#[test]
fn the_history_has_the_facts_of_each_run_and_the_run_that_an_instant_met() {
    let crontab = Crontab::new(format!(
        "{ENTRIES}#@ id=fails retry=2 backoff=10ms\n@reboot exit 3\n#@ id=busy\n* * * * * * exec sleep 600\n"
    ));
    let mut running = start(&crontab, &["--drain", "10ms"]);
    running.until("[busy] skipped for ");
    let history = |id: &str| -> (String, Value) {
        let (_, json, _) = output(&mut call(&crontab, &["history", id, "--format", "json"]));
        let (_, text, _) = output(&mut call(&crontab, &["history", id]));
        (text, serde_json::from_str(&json).expect("JSON"))
    };
    let (text, fails) = history("fails");
    let run = &fails["decisions"][0]["run"];
    assert_eq!(
        (&run["attempts"], &run["error"]),
        (&json!(2), &json!("exit status: 3"))
    );
    assert!(
        run["began"].is_string() && run["ended"].is_string(),
        "{run}"
    );
    assert!(fails["decisions"][0]["late_seconds"].is_number(), "{fails}");
    for part in ["; from 2", " to 2", ", 2 attempts: exit status: 3"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let (text, busy) = history("busy");
    let decisions = busy["decisions"].as_array().expect("a list");
    let met = decisions.iter().find(|one| one["met"].is_string());
    let met = met.unwrap_or_else(|| panic!("no instant met a run: {busy}"));
    assert!(
        text.contains(&format!("(it met {})", met["met"].as_str().expect("an id"))),
        "{text}"
    );
    running.signal(Signal::TERM);
    running.end();
}

#[test]
fn the_socket_has_a_line_of_json_for_each_line() {
    let crontab = Crontab::new(ENTRIES);
    let running = start(&crontab, &[]);
    let stream = UnixStream::connect(crontab.beside("socket")).expect("it listens");
    let mut reader = BufReader::new(&stream);
    let mut ask = |line: &str| -> Value {
        (&stream)
            .write_all(format!("{line}\n").as_bytes())
            .expect("it is sent");
        let mut response = String::new();
        reader.read_line(&mut response).expect("a line");
        serde_json::from_str(&response).expect("JSON")
    };
    assert_eq!(ask(r#"{"call":"health"}"#)["ok"]["healthy"], true);
    for wrong in [
        "",
        "1",
        r#"{"call":"halt"}"#,
        r#"{"call":"why","id":"a"}"#,
        r#"{"call":"status","x":1}"#,
    ] {
        assert!(ask(wrong)["error"].is_string(), "{wrong}");
    }
    let order = json!({ "call": "pause", "id": "rare", "reason": "a\nb" });
    assert!(ask(&order.to_string())["error"].is_string());
    assert_eq!(
        ask(r#"{"call":"status"}"#)["ok"]["schedules"][1]["id"],
        "rare"
    );
    stop(&crontab, running);
}

#[test]
fn a_socket_that_is_left_over_is_replaced_and_one_in_use_is_not() {
    let crontab = Crontab::new(ENTRIES);
    // The file stays when its listener is closed.
    drop(UnixListener::bind(crontab.beside("socket")).expect("a socket"));
    let (code, _, err) = output(&mut call(&crontab, &["health"]));
    assert_eq!(code, Some(2), "{err}");
    let running = start(&crontab, &[]);
    let socket = crontab.beside("socket");
    let (code, _, err) = output(&mut crontab.run(&["--socket", &socket]));
    assert_eq!(code, Some(1));
    assert!(err.contains("another sched uses it"), "{err}");
    assert_eq!(output(&mut call(&crontab, &["health"])).0, Some(0));
    stop(&crontab, running);
    fs::write(crontab.beside("socket"), "a file").expect("it is written");
    let (code, _, _) = output(&mut crontab.run(&["--socket", &socket]));
    assert_eq!(code, Some(1));
    assert_eq!(fs::read_to_string(socket).expect("it stays"), "a file");
    let mut call = sched();
    let (code, _, err) = output(call.arg("status").env_remove("SCHED_SOCKET"));
    assert_eq!(code, Some(2));
    assert!(err.contains("SCHED_SOCKET"), "{err}");
}

#[test]
fn metrics_and_probes_are_served_over_http() {
    let crontab = Crontab::new(format!("{ENTRIES}#@ id=\"b\\c\"\n@reboot exit 1\n"));
    let mut running = start(&crontab, &["--listen", "127.0.0.1:0"]);
    let address = running.seen("listening on http://");
    running.until_ended(1);
    let get = |request: &str| {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        stream
            .write_all(format!("{request} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
            .expect("it is sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("text");
        response
    };
    assert!(get("GET /livez").starts_with("HTTP/1.1 200 "));
    assert!(get("GET /readyz").starts_with("HTTP/1.1 200 "));
    assert!(get("GET /").starts_with("HTTP/1.1 404 "));
    assert!(get("POST /metrics").starts_with("HTTP/1.1 405 "));
    assert!(get("HEAD /metrics").ends_with("\r\n\r\n"));
    // The engine publishes the end after the log has it.
    let failed = "sched_runs_total{entry=\"\\\"b\\\\c\\\"\",outcome=\"failed\"} 1\n";
    let mut metrics = get("GET /metrics");
    while !metrics.contains(failed) {
        metrics = get("GET /metrics");
    }
    for part in [
        "# TYPE sched_runs_total counter\n",
        "\nsched_healthy 1\n",
        "\nsched_next_timestamp_seconds{entry=\"rare\"} ",
        "\nsched_lateness_seconds_count{entry=\"long\"} 1\n",
        "\nsched_failures_in_a_row{entry=\"\\\"b\\\\c\\\"\"} 1\n",
    ] {
        assert!(metrics.contains(part), "no {part:?} in {metrics}");
    }
    stop(&crontab, running);
    let (code, _, err) = output(&mut crontab.run(&["--listen", "192.0.2.1:9"]));
    assert_eq!(code, Some(1));
    assert!(err.contains("--listen 192.0.2.1:9: "), "{err}");
}

#[test]
fn consecutive_failures_end_sched() {
    let text = "#@ id=bad\n* * * * * * exit 1\n#@ id=good\n* * * * * * true\n";
    let crontab = Crontab::new(text);
    let (code, out, _) = output(&mut crontab.run(&["--fail-after", "2"]));
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("\n[bad] failed 2 times in a row: ending, "),
        "{out}"
    );
    let ends = out
        .lines()
        .filter(|line| line.starts_with("[bad] end: exit status: 1"));
    assert!(ends.count() >= 2, "{out}");
}
