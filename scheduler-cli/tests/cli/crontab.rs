//! `sched run` refuses a crontab that it should not run, and takes a large one.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown},
    process::Command,
};

use rustix::process::{Signal, geteuid};

use crate::program::{Crontab, Running, output, sched};

#[test]
fn the_shell_is_that_of_the_crontab_or_else_of_the_environment() {
    for (setting, outer, expected) in [
        ("", "/bin/bash", "[2:echo] bash"),
        ("SHELL=/bin/bash", "/bin/sh", "[2:echo] bash"),
        ("SHELL=/bin/sh", "/bin/bash", "[2:echo] "),
        ("", "", "[2:echo] "),
    ] {
        let text = format!("{setting}\n@reboot echo ${{BASH_VERSION:+bash}}");
        let crontab = Crontab::new(text);
        let mut running = Running::start(crontab.run(&[]).env("SHELL", outer));
        running.until_ended(1);
        running.signal(Signal::TERM);
        let (_, lines) = running.end();
        assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
    }
}

#[test]
fn root_refuses_a_crontab_that_others_can_write_to() {
    let crontab = Crontab::new("@daily true");
    let run = || output(&mut crontab.run(&["--for", "1ms"]));
    assert_eq!(run().0, Some(0));
    for mode in [0o664, 0o646] {
        fs::set_permissions(crontab.path(), Permissions::from_mode(mode)).expect("its owner may");
        let (code, _, err) = run();
        // Another user runs no command with the rights of root.
        let expected = if geteuid().is_root() { 2 } else { 0 };
        assert_eq!(code, Some(expected), "{err}");
        assert_eq!(err.contains("chmod go-w"), geteuid().is_root(), "{err}");
    }
}

#[test]
fn the_owner_of_a_crontab_counts_for_the_system_alone() {
    // Only root can give a file away, and only root runs commands of other users.
    if !geteuid().is_root() {
        return;
    }
    let crontab = Crontab::new("@daily true");
    chown(crontab.path(), Some(1), None).expect("root may");
    let (code, _, err) = output(&mut crontab.run(&["--for", "1ms"]));
    assert_eq!(code, Some(0));
    let expected = format!("{}:1: warning: user 1 owns it", crontab.path());
    assert!(err.starts_with(&expected), "{err}");
    let (code, _, err) = output(&mut crontab.run(&["--system"]));
    assert_eq!(code, Some(2));
    assert!(
        err.contains("user 1 owns it") && err.contains("chown root"),
        "{err}"
    );
}

#[test]
fn a_crontab_that_is_mounted_read_only_is_safe() {
    let crontab = Crontab::new("@daily true");
    fs::set_permissions(crontab.path(), Permissions::from_mode(0o666)).expect("its owner may");
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && exec \"$0\" run --for 1ms \"$1\"";
    let mut call = Command::new("unshare");
    call.args([
        "--mount",
        "sh",
        "-c",
        script,
        sched().get_program().to_str().expect("UTF-8"),
    ]);
    let (code, out, err) = output(call.arg(crontab.path()));
    let may_mount = !err.contains("unshare: ") && !err.contains("mount: ");
    // Without the right to mount, this is the test above.
    assert!(
        code == Some(0) && out.starts_with("1 entry of ") || !may_mount,
        "{out}{err}"
    );
    let (_, _, err) = output(&mut crontab.run(&["--for", "1ms"]));
    assert_eq!(
        err.contains("mount it read-only"),
        geteuid().is_root(),
        "{err}"
    );
}

#[test]
fn a_hundred_problems_are_shown_of_twenty_thousand() {
    let crontab = Crontab::new("CRON_TZ=Nowhere/Land\n".repeat(20_000));
    let (code, _, err) = output(&mut crontab.run(&[]));
    assert_eq!((code, err.lines().count()), (Some(2), 101), "{err}");
    let last = "has 100 or more problems, nothing was started\n";
    assert!(err.ends_with(last), "{err}");
}
