//! Several crontabs, and directories of them.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Running, output, sched};

/// A directory of crontabs.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is written");
    }

    /// Replaces a file by another one in one step.
    fn replace(&self, name: &str, text: &str) {
        self.write(".new", text);
        fs::rename(self.path(".new"), self.path(name)).expect("it is renamed");
    }
}

#[test]
fn files_of_a_directory_are_read_by_the_rules_of_cron() {
    let folder = Folder::new(&[
        ("backup", "A=1\n@reboot echo backup $A\n"),
        (
            "php_8-2",
            "# A is that of the other file.\n@reboot echo php ${A:-unset}\n",
        ),
        ("backup.dpkg-old", "@reboot echo old\n"),
        (".placeholder", "not a crontab\n"),
    ]);
    fs::create_dir(folder.path("more")).expect("a folder");
    let mut running = Running::start(sched().args(["run", &folder.path(".")]));
    running.until("2 entries of ");
    running.until_ended(2);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    for expected in ["[backup:2:echo] backup 1", "[php_8-2:2:echo] php unset"] {
        assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
    }
    let (code, out, _) = output(sched().args(["check", &folder.path(".")]));
    assert_eq!((code, out.lines().count()), (Some(0), 1), "{out}");
    let name = folder.path("./backup.dpkg-old");
    assert!(
        out.starts_with(&format!("{name}:1:1: warning: the file is ignored")),
        "{out}"
    );
}

#[test]
fn problems_of_all_files_are_shown_with_their_places() {
    let folder = Folder::new(&[
        ("a", "@daily true\n61 * * * * true\n"),
        ("b", "#@ id=one\n@daily true\n"),
        ("c", "\n#@ id=one\n@daily true\n#@ timout=1s\n@daily true\n"),
        ("d", "#@ id=one\n@daily true\n"),
    ]);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| folder.path(name));
    let (code, out, err) = output(sched().args(["run", &a, &b, &c, &d]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for expected in [
        format!("{a}:2:1: "),
        format!("{c}:4:4: unknown key"),
        format!("{d}:2:1: duplicate id \"one\", which an entry of {b} has"),
    ] {
        assert!(
            err.lines().any(|line| line.starts_with(&expected)),
            "no {expected:?} in {err}"
        );
    }
    let (code, out, _) = output(sched().args(["check", &a, &b, &c, &d]));
    assert_eq!((code, out.lines().count()), (Some(1), 3), "{out}");
    let (code, _, err) = output(sched().args(["run", &b, "/no/such/file"]));
    assert_eq!(code, Some(2));
    assert!(err.starts_with("sched: /no/such/file: "), "{err}");
}

#[test]
fn an_entry_of_one_of_several_files_runs_now() {
    let folder = Folder::new(&[("a", "@yearly echo a\n"), ("b", "@yearly echo b\n")]);
    let (code, out, _) = output(sched().args(["exec", &folder.path("."), "b:1:echo"]));
    assert_eq!((code, out.as_str()), (Some(0), "b\n"));
}

#[test]
fn files_that_come_and_go_are_reloaded() {
    let folder = Folder::new(&[("a", "@yearly a\n")]);
    let mut running = Running::start(sched().args(["run", "--watch", &folder.path(".")]));
    running.until("1 entry of ");
    folder.replace("b", "* * * * * * echo begun\n");
    running.until("was reloaded: 1 added, 0 changed, 0 removed, 1 unchanged");
    running.until("[b:1:echo] begun");
    fs::remove_file(folder.path("a")).expect("it is removed");
    running.until("was reloaded: 0 added, 0 changed, 1 removed, 1 unchanged");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn the_next_instants_of_all_entries_are_in_order() {
    let folder = Folder::new(&[
        (
            "a",
            "CRON_TZ=Europe/Berlin\n#@ id=nine\n0 9 * * * true\n@reboot true\n",
        ),
        (
            "b",
            "CRON_TZ=UTC\n#@ id=often\n0 */6 * * * true\n#@ id=once\n0 0 9 1 1 ? 2027 true\n",
        ),
    ]);
    let next = |format: &str| {
        let path = folder.path(".");
        let after = "2026-12-31T23:00:00Z";
        output(sched().args([
            "next",
            "--crontab",
            &path,
            "--after",
            after,
            "--count",
            "5",
            "--format",
            format,
        ]))
    };
    let (code, out, err) = next("text");
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected = "2027-01-01T00:00:00+00:00 [often]\n2027-01-01T06:00:00+00:00 [often]\n\
                    2027-01-01T09:00:00+01:00 [nine]\n2027-01-01T09:00:00+00:00 [once]\n\
                    2027-01-01T12:00:00+00:00 [often]\n";
    assert_eq!(out, expected);
    let (_, out, _) = next("json");
    let first: serde_json::Value =
        serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        first,
        serde_json::json!({ "time": "2027-01-01T00:00:00+00:00", "entry": "often" })
    );
    let (code, _, err) = output(sched().args(["next", "--crontab", "/no/such/file"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("/no/such/file: "), "{err}");
    assert_eq!(
        output(sched().args(["next", "@daily", "--format", "json"])).0,
        Some(2)
    );
}
