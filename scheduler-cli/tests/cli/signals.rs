//! Signals that `sched run` handles, and those that it was started to ignore.

use std::process::Command;

use rustix::process::Signal;

use crate::program::{BACKENDS, Crontab, Running};

/// A command that ends when the gate exists.
const GATED: &str = "@reboot echo begun; while [ ! -e \"$GATE\" ]; do sleep 0.02; done; echo done";

#[test]
fn user_signals_neither_end_it_nor_orphan_a_command() {
    for backend in BACKENDS {
        let crontab = Crontab::new(GATED);
        let gate = crontab.beside("gate");
        let mut running = Running::start(crontab.run(&["--backend", backend]).env("GATE", &gate));
        running.until("begun");
        for (signal, name) in [
            (Signal::USR1, "SIGUSR1: ignored"),
            (Signal::USR2, "SIGUSR2: "),
            (Signal::HUP, "SIGHUP: "),
        ] {
            running.signal(signal);
            running.until(name);
        }
        std::fs::write(&gate, "").expect("the gate opens");
        running.until("] done");
        running.signal(Signal::TERM);
        assert_eq!(running.end().0, Some(0));
    }
}

#[test]
fn each_signal_that_ends_a_process_lets_commands_finish() {
    for signal in [Signal::QUIT, Signal::ALARM, Signal::VTALARM, Signal::PROF] {
        let crontab = Crontab::new(GATED);
        let gate = crontab.beside("gate");
        let mut running = Running::start(crontab.run(&[]).env("GATE", &gate));
        running.until("begun");
        running.signal(signal);
        running.until("ending, a running command may finish");
        std::fs::write(&gate, "").expect("the gate opens");
        let (code, lines) = running.end();
        assert_eq!(code, Some(0));
        assert!(lines.contains(&"[1:echo] done".to_owned()), "{lines:#?}");
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let crontab = Crontab::new("@reboot echo begun");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" run \"$1\""]);
    shell.args([env!("CARGO_BIN_EXE_sched"), &crontab.path()]);
    let mut running = Running::start(&mut shell);
    running.until("] begun");
    running.signal(Signal::HUP);
    // The system discards an ignored signal when it is sent, so a later one comes after it.
    running.signal(Signal::USR1);
    running.until("SIGUSR1");
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    let hup = |line: &String| line.starts_with("SIGHUP");
    assert!(!lines.iter().any(hup), "{lines:#?}");
}
