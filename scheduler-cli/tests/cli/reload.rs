//! `sched run` reads its crontab again.

use std::fs;

use rustix::process::Signal;

use crate::program::{BACKENDS, Crontab, Running};

/// A command that ends when the gate exists, and an interval that keeps its place.
const STAYING: &str = "@reboot echo begun; while [ ! -e \"$GATE\" ]; do sleep 0.02; done; echo done\n\
                       @every 1h kept\n";

fn count(lines: &[String], part: &str) -> usize {
    lines.iter().filter(|line| line.contains(part)).count()
}

#[test]
fn a_signal_reloads_the_differences_and_running_commands_continue() {
    for (backend, signal) in BACKENDS
        .into_iter()
        .zip([Signal::HUP, Signal::USR2].into_iter().cycle())
    {
        let crontab = Crontab::new(format!("{STAYING}@yearly old\n"));
        let gate = crontab.beside("gate");
        let mut running = Running::start(crontab.run(&["--backend", backend]).env("GATE", &gate));
        running.until("] begun");
        // The entries move to other lines.
        let new = format!("# a comment\n{STAYING}* * * * * * echo new\n@reboot echo late\n");
        fs::write(crontab.path(), new).expect("it is written");
        running.signal(signal);
        running.until(
            "was reloaded: 1 added, 0 changed, 1 removed, 2 unchanged, 1 wait for the next start",
        );
        running.until("] new");
        fs::write(gate, "").expect("the gate opens");
        running.until("[1:echo] done");
        running.signal(Signal::TERM);
        let (code, lines) = running.end();
        assert_eq!(code, Some(0));
        assert_eq!(count(&lines, "] begun"), 1, "{lines:#?}");
        assert_eq!(count(&lines, ":kept] next at "), 1, "{lines:#?}");
        assert_eq!(count(&lines, "] late"), 0, "{lines:#?}");
    }
}

#[test]
fn a_crontab_with_problems_changes_nothing() {
    let crontab = Crontab::new("* * * * * * echo old\n");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until("] old");
    for (text, part) in [
        ("61 * * * * echo new\n* * * * * * echo new\n", ":1:1: "),
        ("#@ queue=io\n* * * * * * echo new\n", "\"io\""),
    ] {
        fs::write(crontab.path(), text).expect("it is written");
        running.signal(Signal::USR2);
        running.until(part);
        running.until("] old");
    }
    fs::remove_file(crontab.path()).expect("it is removed");
    running.signal(Signal::USR2);
    running.until("was not reloaded, the earlier entries stay");
    running.until("] old");
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    assert_eq!(
        count(&lines, "was not reloaded, the earlier entries stay"),
        3,
        "{lines:#?}"
    );
    assert_eq!(count(&lines, "] new"), 0, "{lines:#?}");
}

#[test]
fn an_entry_with_an_id_is_changed_in_place() {
    let crontab = Crontab::new("#@ id=a\n* * * * * * echo one\n#@ id=b\n@yearly b\n");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until("[a] one");
    fs::write(
        crontab.path(),
        "#@ id=b\n@yearly b\n#@ id=a\n* * * * * * echo two\n",
    )
    .expect("it is written");
    running.signal(Signal::HUP);
    running.until("0 added, 1 changed, 0 removed, 1 unchanged");
    running.until("[a] two");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_watched_crontab_is_reloaded_when_it_changes() {
    let crontab = Crontab::new("");
    let mut running = Running::start(&mut crontab.run(&["--watch"]));
    running.until("0 entries of ");
    fs::write(crontab.path(), "* * * * * * echo one\n").expect("it is written");
    running.until("the file has changed: ");
    running.until("] one");
    // Another file takes its name, as editors and mounts do it.
    fs::write(crontab.beside("new"), "* * * * * * echo two\n").expect("it is written");
    fs::rename(crontab.beside("new"), crontab.path()).expect("it is renamed");
    running.until("] two");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}
