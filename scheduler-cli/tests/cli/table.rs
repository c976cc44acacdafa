//! Entries in TOML, with triggers of any kind.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Running, output, sched};

/// Writes `sched.toml` in a folder of its own.
fn file(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("sched.toml");
    fs::write(&path, text).expect("it is written");
    let path = path.display().to_string();
    (folder, path)
}

const ALL: &str = r#"
tz = "Europe/Berlin"

[environment]
A = 1

[[entry]]
trigger = "@reboot"
command = "echo start $A"

[[entry]]
id = "input"
trigger = { type = "interval", every = "1s" }
command = """
cat
echo of 100%
"""
input = "an input\n"
max-instances = 1

[[entry]]
id = "event"
trigger = { type = "on_calendar", expr = "*-*-* *:*:*" }
command = "echo event"

[[entry]]
id = "retried"
trigger = { type = "once", at = 2100-02-03T04:05:06Z }
command = "exit 3"
retry = 2
backoff = "1ms"

[[entry]]
id = "holidays"
command = "true"
[entry.trigger]
type = "excluding"
trigger = { type = "cron", expr = "0 9 * * *" }
exclude = [{ type = "weekdays", weekdays = ["sat", "sun"] }]
"#;

#[test]
fn every_trigger_runs_its_command() {
    let (_folder, path) = file(ALL);
    let mut running = Running::start(sched().args(["run", &path]));
    running.until("[retried] next at 2100-02-03T05:05:06+01:00");
    let next = running.until("[holidays] next at ");
    assert!(
        next.contains("T09:00:00+0"),
        "the zone is Europe/Berlin: {next}"
    );
    for part in [
        "echo] start 1",
        "[event] event",
        "[input] an input",
        "[input] of 100%",
    ] {
        running.until(part);
    }
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0), "{lines:#?}");
}

#[test]
fn mistakes_have_places() {
    let text = "\
x = 1
[[entry]]
trigger = \"61 * * * *\"
command = \"true\"
[[entry]]
trigger = { type = \"on_calender\" }
command = \"true\"
[[entry]]
trigger = \"@daily\"
command = \"true\"
timout = \"1s\"
[[entry]]
trigger = \"@daily\"
[[entry]]
id = \"a\"
trigger = \"@daily\"
command = \"true\"
retry = \"many\"
quiet = 1
[[entry]]
trigger = \"@daily\"
command = \"tr\\u0000ue\"
[environment]
\"A=\" = 1
";
    let (_folder, path) = file(text);
    let (code, out, err) = output(sched().args(["run", &path]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for (place, part) in [
        ("1:1", "unknown key \"x\""),
        ("3:12", "61"),
        ("6:11", "did you mean on_calendar?"),
        ("11:1", "did you mean timeout?"),
        ("12:1", "missing key \"command\""),
        ("18:9", "expected a number"),
        ("22:11", "NUL"),
        ("24:1", "expected a name"),
    ] {
        let start = format!("{path}:{place}: ");
        let found = err.lines().find(|line| line.starts_with(&start));
        assert!(
            found.is_some_and(|line| line.contains(part)),
            "no {place} {part} in {err}"
        );
    }
    let (_folder, path) = file("a = 1\nb == 2\n");
    let (code, _, err) = output(sched().args(["check", &path]));
    assert_eq!(code, Some(1), "{err}");
}

#[test]
fn a_file_without_entries_has_nothing_to_run() {
    let (_folder, path) = file("tz = \"UTC\"\n");
    let (code, out, _) = output(sched().args(["run", &path]));
    assert_eq!(code, Some(0));
    assert!(
        out.ends_with("has no entries: there is nothing to run\n"),
        "{out}"
    );
}
