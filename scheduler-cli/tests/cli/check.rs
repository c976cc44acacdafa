//! `sched check` and `sched exec`.

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Crontab, Running, output, sched};

fn check(crontab: &Crontab, arguments: &[&str]) -> (Option<i32>, String, String) {
    output(sched().arg("check").arg(crontab.path()).args(arguments))
}

#[test]
fn a_crontab_is_checked_without_being_run() {
    let good = Crontab::new("@reboot touch \"$MARK\"\n0 9 * * MON-FRI ls\n");
    let mark = good.beside("mark");
    let mut call = sched();
    call.arg("check").arg(good.path()).env("MARK", &mark);
    assert_eq!(output(&mut call), (Some(0), String::new(), String::new()));
    assert!(!std::path::Path::new(&mark).exists());
    let bad = Crontab::new("@daily ls\n61 * * * * ls\n* * 32 * * ls\n");
    let (code, out, _) = check(&bad, &[]);
    assert_eq!((code, out.lines().count()), (Some(1), 2), "{out}");
    assert!(out.starts_with(&format!("{}:2:1: ", bad.path())), "{out}");
    assert_eq!(output(sched().args(["check", "/no/such/file"])).0, Some(2));
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let crontab = Crontab::new(
        "MAILTO=ops\n0 0 31 2 * true\n@daily date +%F\n@daily no-such-program\n@daily /no/such/program\n\
         22 12-23/24 * * * true\n@daily A=1 anything\n@reboot ls\n0 0 0 1 1 ? 2020 ls\n",
    );
    let (code, out, _) = check(&crontab, &[]);
    assert_eq!(code, Some(0), "{out}");
    for (line, part) in [
        (1, "MAILTO has no effect"),
        (2, "never due"),
        (3, "the first % ends the command"),
        (4, "is not in PATH"),
        (5, "is not an executable file"),
        (6, "step larger than its range"),
        (9, "never due"),
    ] {
        let start = format!("{}:{line}:1: warning: ", crontab.path());
        let found = out
            .lines()
            .find(|found| found.starts_with(&start) && found.contains(part));
        assert!(found.is_some(), "no {part:?} in {out}");
    }
    assert_eq!(out.lines().count(), 7, "{out}");
    let (code, out, _) = check(&crontab, &["--strict", "--format", "json"]);
    assert_eq!(code, Some(1));
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let places: Vec<_> = lines.iter().map(|line| line["line"].as_u64()).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6, 9].map(Some));
    assert!(lines.iter().all(|line| line["level"] == "warning"
        && line["file"] == crontab.path()
        && line["message"].is_string()));
}

#[test]
fn entries_that_are_due_at_once_are_found() {
    let crontab = Crontab::new(
        "CRON_TZ=UTC\n#@ id=a\n0 3 * * * true\n#@ id=b\n0 */3 * * * true\n#@ id=c\n@hourly true\n\
         #@ id=d\n7 * * * * true\n@reboot true\n",
    );
    let (code, out, _) = check(&crontab, &["--at-once", "2"]);
    assert_eq!((code, out.lines().count()), (Some(0), 1), "{out}");
    let start = format!("{}:3:1: warning: 3 entries are due at ", crontab.path());
    assert!(
        out.starts_with(&start) && out.ends_with(": a, b, c\n"),
        "{out}"
    );
    let (_, out, _) = check(&crontab, &["--at-once", "1"]);
    assert_eq!(out.lines().count(), 2, "{out}");
    let (code, out, _) = check(&crontab, &["--at-once", "3", "--strict"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
}

#[test]
fn what_the_next_clock_change_moves_is_found() {
    let crontab = Crontab::new(
        "CRON_TZ=Europe/Berlin\n30 2 * * * true\n0 9 * * * true\n*/5 * * * * true\n@every 7m true\n@reboot true\n\
         CRON_TZ=Asia/Tokyo\n30 2 * * * true\n",
    );
    let (code, out, err) = check(&crontab, &["--clock-changes"]);
    assert_eq!((code, &*err), (Some(0), ""));
    let start = format!(
        "{}:2:1: warning: the clocks of Europe/Berlin ",
        crontab.path()
    );
    assert!(out.starts_with(&start), "{out}");
    assert!(out.contains(" 02:30:00: the rule is due "), "{out}");
    let of_hours = out
        .lines()
        .filter(|line| line.contains(":3:1:") || line.contains(":8:1:"));
    assert_eq!(of_hours.count(), 0, "{out}");
    assert!(out.contains(":4:1: warning: "), "{out}");
    assert_eq!(check(&crontab, &["--clock-changes", "--strict"]).0, Some(1));
    // Only a time of the day that the clock skips is probably not meant.
    let (_, out, _) = check(&crontab, &[]);
    let skipped = format!("{start}skip ");
    assert!(
        out.starts_with(&skipped) && out.lines().count() == 1,
        "{out}"
    );
}

#[test]
fn services_read_findings_as_sarif() {
    let crontab = Crontab::new("MAILTO=ops\n@daily true\n");
    let (code, out, _) = check(&crontab, &["--format", "sarif"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    let result = &document["runs"][0]["results"][0];
    assert_eq!(
        (&result["level"], &result["ruleId"]),
        (&"warning".into(), &"crontab".into())
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], crontab.path());
    assert_eq!(place["region"]["startLine"], 1);
}

#[test]
fn one_entry_runs_now_as_it_would_by_its_schedule() {
    let crontab = Crontab::new(
        "A=1\nHOME=/\n#@ id=both\n@yearly echo $A $(pwd); cat >&2; exit 7%in%put\n@yearly kill -9 $$\n",
    );
    let exec = |id: &str| output(sched().arg("exec").arg(crontab.path()).arg(id));
    assert_eq!(
        exec("both"),
        (Some(7), "1 /\n".to_owned(), "in\nput\n".to_owned())
    );
    assert_eq!(exec("5:kill").0, Some(128 + 9));
    let (code, out, err) = exec("bot");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("did you mean both?"), "{err}");
    let wrong = Crontab::new("SHELL=/no/such/shell\n#@ id=a\n@daily true\n");
    let (code, _, err) = output(sched().args(["exec", &wrong.path(), "a"]));
    assert_eq!(code, Some(1));
    assert!(
        err.contains("the shell \"/no/such/shell\" cannot be run"),
        "{err}"
    );
}

#[test]
fn a_signal_ends_the_entry_that_runs_now() {
    let crontab = Crontab::new("#@ id=a\n@yearly echo begun; exec sleep 600\n");
    let mut running = Running::start(sched().args(["exec", &crontab.path(), "a"]));
    running.until("begun");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(128 + 15));
}
