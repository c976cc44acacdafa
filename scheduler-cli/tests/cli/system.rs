//! `sched run --system`: crontabs with a column of users.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Signal, geteuid};

use crate::program::{Crontab, Running, output};

/// Returns the name, the id, the group and the directory of a user of this machine.
fn user(is_wanted: impl Fn(u32) -> bool) -> [String; 4] {
    let text = fs::read_to_string("/etc/passwd").expect("it is readable");
    let fields = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let wanted = |fields: &Vec<&str>| fields[2].parse().is_ok_and(&is_wanted);
    let fields = fields.filter(|fields| fields.len() > 5);
    let found = fields.into_iter().find(wanted).expect("a user");
    [found[0], found[2], found[3], found[5]].map(str::to_owned)
}

/// Returns the user that commands of these tests run as: another one if root may switch to it.
fn target() -> [String; 4] {
    let own = geteuid().as_raw();
    user(|id| if own == 0 { id != 0 } else { id == own })
}

#[test]
fn a_command_runs_as_the_user_of_its_line() {
    let [name, id, group, home] = target();
    let show = "echo ids $(id -u) $(id -g) $(id -rg) $USER $LOGNAME $HOME; pwd";
    let crontab = Crontab::new(format!("@reboot {name} {show}\n"));
    let mut running = Running::start(&mut crontab.run(&["--system"]));
    running.until_ended(1);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    let home = if Path::new(&home).is_dir() {
        home
    } else {
        "/".to_owned()
    };
    let ids = format!("[1:echo] ids {id} {group} {group} {name} {name} {home}");
    assert!(lines.contains(&ids), "no {ids:?} in {lines:#?}");
    assert!(lines.contains(&format!("[1:echo] {home}")), "{lines:#?}");
}

#[test]
fn users_that_cannot_be_switched_to_are_refused() {
    let crontab = Crontab::new("@reboot nosuchuser true\n");
    let (code, out, err) = output(&mut crontab.run(&["--system"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains(":1:9: unknown user \"nosuchuser\""), "{err}");
    if !geteuid().is_root() {
        let crontab = Crontab::new("@reboot root true\n");
        let (code, _, err) = output(&mut crontab.run(&["--system"]));
        assert_eq!(code, Some(2));
        assert!(err.contains("only root can run"), "{err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_sched_takes_the_shells_of_other_users_along() {
    let [name, ..] = target();
    let crontab = Crontab::new(format!("@reboot {name} echo pid $$; exec sleep 600\n"));
    let mut running = Running::start(&mut crontab.run(&["--system"]));
    let line = running.until("pid ");
    let shell = line.rsplit(' ').next().expect("a process id");
    running.signal(Signal::KILL);
    assert_eq!(running.end().0, None);
    let end = Instant::now() + Duration::from_secs(60);
    while Path::new("/proc").join(shell).exists() {
        assert!(Instant::now() < end, "process {shell} still exists");
        std::thread::yield_now();
    }
}
