//! Lines that `sched run` writes, and their streams.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    process::Stdio,
};

use rustix::{
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use serde_json::Value;

use crate::program::{Crontab, Running, output};

/// Writes to both streams, and fails.
const BOTH: &str =
    "@reboot echo out; echo err >&2; printf 'bell\\a\\r\\n'; exit 3\n@yearly never\n";

#[test]
fn standard_output_and_standard_error_are_kept_apart() {
    let crontab = Crontab::new(BOTH);
    let (code, out, err) = output(&mut crontab.run(&["--for", "2s"]));
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(err, "[1:echo] err\n");
    for part in ["\n[1:echo] out\n", "\n[1:echo] bell\u{7}\n"] {
        assert!(out.contains(part), "no {part:?} in {out:?}");
    }
    let end = out
        .lines()
        .find(|line| line.contains("] end: "))
        .expect("it ended");
    let expected = "[1:echo] end: exit status: 3 after ";
    assert!(
        end.starts_with(expected) && end.ends_with(" s late, attempt 1"),
        "{end}"
    );
}

#[test]
fn each_line_of_json_is_an_object_with_a_time() {
    let crontab = Crontab::new(format!("{BOTH}SHELL=/no/such/shell\n@reboot never\n"));
    let (code, out, err) = output(&mut crontab.run(&["--for", "2s", "--log", "json"]));
    assert_eq!(code, Some(0), "{err}");
    let lines = |text: &str| {
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.collect::<Vec<_>>()
    };
    let (records, errors) = (lines(&out), lines(&err));
    assert_eq!(errors.len(), 1, "{err}");
    assert_eq!(errors[0]["line"], "err");
    assert_eq!(errors[0]["stream"], "stderr");
    assert!(records.iter().all(|record| record["time"].is_string()));
    let find = |event: &str, entry: &str| {
        let is = |record: &&Value| record["event"] == event && record["entry"] == entry;
        records
            .iter()
            .find(is)
            .unwrap_or_else(|| panic!("no {event} of {entry} in {out}"))
    };
    let end = find("end", "1:echo");
    assert_eq!(
        (&end["exit_code"], &end["attempt"]),
        (&Value::from(3), &Value::from(1))
    );
    assert!(end["seconds"].is_f64() && end["late_seconds"].is_f64() && end["signal"].is_null());
    assert_eq!(end["nominal"], find("start", "1:echo")["nominal"]);
    assert!(find("next", "2:never")["at"].is_string());
    assert_eq!(find("output", "1:echo")["line"], "out");
    assert!(
        find("failed", "4:never")["error"]
            .as_str()
            .expect("text")
            .contains("/no/such/shell")
    );
    let is_note = |record: &&Value| record["event"] == "note";
    assert!(
        records
            .iter()
            .filter(is_note)
            .all(|record| record["message"].is_string())
    );
}

#[test]
fn raw_output_is_that_of_the_commands() {
    let crontab = Crontab::new(BOTH);
    let (_, out, err) = output(&mut crontab.run(&["--for", "2s", "--log", "raw"]));
    assert_eq!(out, "out\nbell\u{7}\r\n");
    assert!(
        err.contains("\nerr\n") && err.contains("[1:echo] end: exit status: 3"),
        "{err}"
    );
}

#[test]
fn lines_of_text_have_a_time_if_asked_for() {
    let crontab = Crontab::new(BOTH);
    let (_, out, err) = output(&mut crontab.run(&["--for", "2s", "--timestamps"]));
    for line in out.lines().chain(err.lines()) {
        let (time, rest) = line.split_once(' ').expect("a time and a text");
        assert!(
            time.len() == 24 && time.ends_with('Z') && !rest.is_empty(),
            "{line}"
        );
    }
}

#[test]
fn streams_that_are_one_file_keep_their_lines_whole() {
    let line = "x".repeat(5_000);
    let flood =
        format!("i=0; while [ $i -lt 200 ]; do echo {line}; echo {line} >&2; i=$((i+1)); done");
    let crontab = Crontab::new(format!("@reboot {flood}\n@reboot {flood}\n"));
    let path = crontab.beside("log");
    let file = File::create(&path).expect("a file");
    let mut command = crontab.run(&["--for", "2s", "--drain", "60s"]);
    command.stderr(file.try_clone().expect("a handle"));
    let code = command.stdout(file).status().expect("it runs").code();
    assert_eq!(code, Some(0));
    let text = std::fs::read_to_string(path).expect("text");
    let whole = [format!("[1:i=0;] {line}"), format!("[2:i=0;] {line}")];
    for line in &whole {
        assert_eq!(text.lines().filter(|written| written == line).count(), 400);
    }
}

/// Runs a crontab on a terminal, until a line contains `part`. Returns all that was written.
fn on_terminal(crontab: &Crontab, variable: (&str, &str)) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("it is ours");
    unlockpt(&master).expect("it is ours");
    let name = ptsname(&master, Vec::new()).expect("it has a name");
    let name = name.to_str().expect("UTF-8");
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
        .expect("it opens");
    let mut command = crontab.run(&["--for", "2s"]);
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    command.env(variable.0, variable.1).stdout(terminal);
    let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
    // The terminal ends when its last handle is closed.
    drop(command);
    let mut bytes = Vec::new();
    // Linux reports the end of a terminal as an error.
    File::from(master)
        .read_to_end(&mut bytes)
        .unwrap_or_default();
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_terminal_shows_failures_in_colour_and_control_characters_escaped() {
    let forged = "@reboot printf 'a\\tb\\r\\033[2K[9:forged] end\\n'; exit 1";
    let crontab = Crontab::new(forged);
    let text = on_terminal(&crontab, ("COLUMNS", "80"));
    assert!(
        text.contains("[1:printf] a\tb\\r\\u{1b}[2K[9:forged] end"),
        "{text:?}"
    );
    assert!(
        text.contains("\u{1b}[31m[1:printf] end: exit status: 1 after "),
        "{text:?}"
    );
    let text = on_terminal(&crontab, ("NO_COLOR", "1"));
    assert!(!text.contains('\u{1b}'), "{text:?}");
    // A file gets the bytes of the command.
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until_ended(1);
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    assert!(
        lines.iter().any(|line| line.contains("\r\u{1b}[2K")),
        "{lines:#?}"
    );
}
