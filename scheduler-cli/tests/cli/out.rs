//! `sched conformance --out` replaces what has the name of a report.

use std::{fs, os::unix::fs::symlink, process::Command};

use crate::conformance::conformance;

#[test]
fn a_link_and_a_pipe_are_replaced_and_not_written_into() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("other"), "kept").expect("it is written");
    symlink(path("other"), path("matrix.txt")).expect("a link");
    let made = Command::new("mkfifo").arg(path("report.json")).status();
    assert!(made.expect("mkfifo runs").success());
    let out = folder.path().display().to_string();
    let few = ["--backend", "thread", "--filter", "LC-006", "--quiet"];
    let (code, _, err) = conformance(&[&few[..], &["--out", &out]].concat());
    assert_eq!(code, Some(3), "{err}");
    assert_eq!(fs::read_to_string(path("other")).expect("a file"), "kept");
    for name in ["matrix.txt", "report.json"] {
        let kind = fs::symlink_metadata(path(name)).expect("it is there");
        assert!(kind.file_type().is_file(), "{name}");
    }
    // Six reports and the other file: no temporary file is left.
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 7);
}
