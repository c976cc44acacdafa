//! `--state`: places and pauses over restarts.

use std::{fs, os::unix::fs::PermissionsExt};

use chrono::{DateTime, Datelike, Utc};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{Crontab, Running, output, sched};

const ENTRIES: &str = "#@ id=late misfire=fire-once\n@yearly echo ran\n#@ id=rare\n@yearly echo rare\n\
                       #@ id=often\n* * * * * * echo often\n";

fn start(crontab: &Crontab) -> Running {
    let (state, socket) = (crontab.beside("state"), crontab.beside("socket"));
    Running::start(&mut crontab.run(&["--state", &state, "--socket", &socket]))
}

fn end(running: Running) -> Vec<String> {
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    lines
}

fn read(crontab: &Crontab) -> Value {
    let text = fs::read_to_string(crontab.beside("state")).expect("it is there");
    serde_json::from_str(&text).expect("JSON")
}

fn write(crontab: &Crontab, state: &Value) {
    fs::write(crontab.beside("state"), state.to_string()).expect("it is written");
}

#[test]
fn what_was_missed_is_caught_up_and_a_pause_lasts() {
    let crontab = Crontab::new(ENTRIES);
    let mut running = start(&crontab);
    running.until("[often] often");
    let socket = crontab.beside("socket");
    let pause = [
        "pause",
        "rare",
        "--reason",
        "a holiday",
        "--socket",
        &socket,
    ];
    assert_eq!(output(sched().args(pause)).0, Some(0));
    end(running);
    let mode = fs::metadata(crontab.beside("state"))
        .expect("it exists")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let mut state = read(&crontab);
    assert_eq!(state["entries"]["rare"]["paused"], "a holiday");
    // As if it had not run for a year.
    let next = state["entries"]["late"]["next"]
        .as_str()
        .expect("an instant");
    let next: DateTime<Utc> = next.parse().expect("an instant");
    state["entries"]["late"]["next"] = json!(next.with_year(next.year() - 1).expect("a date"));
    write(&crontab, &state);
    let mut running = start(&crontab);
    running.until("[late] ran");
    running.until("[often] often");
    let (_, out, _) = output(sched().args(["status", "--socket", &socket]));
    assert!(out.contains("paused: a holiday"), "{out}");
    let lines = end(running);
    assert_eq!(
        lines.iter().filter(|line| *line == "[late] ran").count(),
        1,
        "{lines:#?}"
    );
    // The missed instants are decided now.
    let mut running = start(&crontab);
    running.until("[often] often");
    let lines = end(running);
    assert!(!lines.iter().any(|line| line == "[late] ran"), "{lines:#?}");
}

#[test]
fn counts_go_on_after_a_restart_and_include_the_runs_of_the_shutdown() {
    let crontab = Crontab::new(
        "#@ id=fails\n@reboot exit 3\n#@ id=drains\n@reboot echo begun; while [ ! -e \"$GATE\" ]; do sleep 0.02; done\n#@ id=rare\n@yearly true\n",
    );
    let (state, gate) = (crontab.beside("state"), crontab.beside("gate"));
    for round in 1..=2 {
        fs::remove_file(&gate).unwrap_or_default();
        let mut running = Running::start(
            crontab
                .run(&["--state", &state, "--drain", "60s"])
                .env("GATE", &gate),
        );
        running.until("[drains] begun");
        running.until_ended(1);
        running.signal(Signal::TERM);
        running.until("SIGTERM: ending, ");
        fs::write(&gate, "").expect("the gate opens");
        assert_eq!(running.end().0, Some(0));
        let entries = read(&crontab)["entries"].clone();
        assert_eq!(
            entries["fails"]["counts"]["runs"]["failed"], round,
            "{entries}"
        );
        assert_eq!(entries["fails"]["counts"]["failures"], 1, "{entries}");
        assert_eq!(
            entries["drains"]["counts"]["runs"]["succeeded"], round,
            "{entries}"
        );
        assert!(
            entries["rare"]["counts"].is_null() && entries["rare"]["next"].is_string(),
            "{entries}"
        );
    }
}

#[test]
fn the_place_of_another_rule_is_not_kept() {
    let crontab = Crontab::new(ENTRIES);
    let mut running = start(&crontab);
    running.until("[often] often");
    end(running);
    let mut state = read(&crontab);
    state["entries"]["late"] = json!({ "trigger": "another", "next": "2020-01-01T00:00:00Z" });
    state["entries"]["gone"] = json!({ "trigger": "another", "next": "2020-01-01T00:00:00Z" });
    write(&crontab, &state);
    let mut running = start(&crontab);
    running.until("[often] often");
    let lines = end(running);
    assert!(!lines.iter().any(|line| line == "[late] ran"), "{lines:#?}");
    assert!(read(&crontab)["entries"]["gone"].is_null());
}

#[test]
fn a_state_that_cannot_be_read_starts_nothing() {
    let crontab = Crontab::new("@reboot echo ran\n");
    let state = crontab.beside("state");
    for text in [
        "",
        "{",
        r#"{"version":2,"entries":{}}"#,
        r#"{"version":1,"entries":{},"x":1}"#,
    ] {
        fs::write(&state, text).expect("it is written");
        let (code, out, err) = output(&mut crontab.run(&["--state", &state]));
        assert_eq!(code, Some(1), "{out}");
        assert!(!out.contains("] ran"), "{out}");
        assert!(err.contains("remove the file to start without it"), "{err}");
        assert_eq!(fs::read_to_string(&state).expect("it stays"), text);
    }
}
