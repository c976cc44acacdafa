//! `sched run` leaves neither zombies nor orphans, and waits for shells alone.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Signal, geteuid};

use crate::program::{BACKENDS, Crontab, Running, output, sched};

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a process no longer exists, not even as a zombie.
fn until_gone(id: &str) {
    let end = Instant::now() + PATIENCE;
    while Path::new("/proc").join(id).exists() {
        assert!(Instant::now() < end, "process {id} still exists");
        thread::yield_now();
    }
}

/// Returns the process id at the end of a line.
fn pid(line: &str) -> String {
    line.rsplit(' ').next().expect("a word").to_owned()
}

#[test]
fn a_background_process_does_not_hold_its_entry_and_is_still_read() {
    for backend in BACKENDS {
        let crontab = Crontab::new(
            "@reboot (while [ ! -e \"$GATE\" ]; do sleep 0.02; done; echo later) & echo pid $!",
        );
        let gate = crontab.beside("gate");
        let mut running = Running::start(crontab.run(&["--backend", backend]).env("GATE", &gate));
        let child = pid(&running.until("pid "));
        running.until("end: exit status: 0");
        assert!(
            Path::new("/proc").join(&child).exists(),
            "it waits for the gate"
        );
        fs::write(gate, "").expect("the gate opens");
        running.until("] later");
        until_gone(&child);
        running.signal(Signal::TERM);
        let (code, lines) = running.end();
        assert_eq!(code, Some(0), "{lines:#?}");
    }
}

#[test]
fn a_shutdown_does_not_wait_for_background_processes() {
    let crontab = Crontab::new("@reboot sleep 600 & echo pid $!");
    let mut running = Running::start(&mut crontab.run(&[]));
    let child = pid(&running.until("pid "));
    running.until("end: exit status: 0");
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    let last = ", cancelled 0, abandoned 0, never started 0";
    assert!(
        lines.last().is_some_and(|line| line.ends_with(last)),
        "{lines:#?}"
    );
    assert_eq!(code, Some(0));
    let killed = Command::new("kill").arg(&child).status();
    assert!(killed.expect("kill runs").success(), "it was left alone");
}

/// Waits in a command until the orphan of a subshell, which is a child of `sched` or of nothing, is reaped.
const ORPHAN: &str = "@reboot (sleep 0.01 & echo $! > \"$FILE\"); \
                      orphan=$(cat \"$FILE\"); while [ -e /proc/$orphan ]; do sleep 0.02; done; echo reaped\n";

#[test]
fn orphans_are_reaped_wherever_sched_is_not_the_first_process() {
    let crontab = Crontab::new(ORPHAN);
    let file = crontab.beside("pid");
    let mut running = Running::start(crontab.run(&[]).env("FILE", file));
    running.until("] reaped");
    running.until("end: exit status: 0");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

/// Returns a call of `unshare` that makes a program the first process of a namespace, if the system permits it.
fn namespace() -> Option<Command> {
    let flags: [&[&str]; 2] = [&["-pf", "--mount-proc"], &["-Urpf", "--mount-proc"]];
    let works = |flags: &&&[&str]| {
        let call = Command::new("unshare").args(**flags).arg("true").output();
        call.is_ok_and(|output| output.status.success())
    };
    let flags = flags.iter().find(works)?;
    let mut call = Command::new("unshare");
    call.args(*flags);
    Some(call)
}

#[test]
fn the_first_process_of_a_namespace_reaps_orphans_and_reports_exits() {
    let Some(mut call) = namespace() else {
        // The same loop reaps orphans in the test above.
        eprintln!("not tested: this system permits no namespace of processes");
        return;
    };
    let crontab = Crontab::new(format!("{ORPHAN}@reboot echo parent $PPID; exit 7\n"));
    call.arg(env!("CARGO_BIN_EXE_sched"));
    call.args(["run", &crontab.path(), "--for", "5s", "--drain", "60s"]);
    let (code, out, err) = output(call.env("FILE", crontab.beside("pid")));
    assert_eq!(code, Some(0), "{out}{err}");
    for part in ["] reaped", "[2:echo] parent 1\n", "end: exit status: 7"] {
        assert!(out.contains(part), "no {part:?} in {out}{err}");
    }
}

#[test]
fn the_first_process_of_a_namespace_obeys_signals() {
    let Some(mut call) = namespace() else {
        // Signals elsewhere are those of other tests.
        eprintln!("not tested: this system permits no namespace of processes");
        return;
    };
    let wait = "while [ ! -e \"$GATE\" ]; do sleep 0.02; done";
    let crontab = Crontab::new(format!(
        "@reboot kill -HUP 1; {wait}; kill -TERM 1; sleep 0.2; echo drained\n"
    ));
    let gate = crontab.beside("gate");
    call.arg(env!("CARGO_BIN_EXE_sched"))
        .args(["run", &crontab.path(), "--drain", "60s"]);
    let mut running = Running::start(call.env("GATE", &gate));
    running.until("SIGHUP: ");
    fs::write(&gate, "").expect("the gate opens");
    running.until("SIGTERM: ending, ");
    running.until("] drained");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn each_exit_is_reported_as_it_was() {
    let lines = (0..60).map(|code| format!("@reboot (true &); exit {code}\n"));
    let crontab = Crontab::new(lines.collect::<String>());
    for backend in BACKENDS {
        let mut running = Running::start(&mut crontab.run(&["--backend", backend]));
        running.until_ended(60);
        running.signal(Signal::TERM);
        let (_, lines) = running.end();
        for code in 0..60 {
            let part = format!("[{}:(true] end: exit status: {code} after ", code + 1);
            let ends = lines.iter().filter(|line| line.starts_with(&part));
            assert_eq!(ends.count(), 1, "{part}: {lines:#?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_sched_takes_the_shells_along() {
    for backend in BACKENDS {
        let crontab = Crontab::new("@reboot echo pid $$; read forever < \"$PIPE\"");
        let pipe = crontab.beside("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo runs").success());
        let mut running = Running::start(crontab.run(&["--backend", backend]).env("PIPE", pipe));
        let shell = pid(&running.until("pid "));
        running.signal(Signal::KILL);
        assert_eq!(running.end().0, None);
        until_gone(&shell);
    }
}

#[test]
fn input_of_any_size_is_passed_and_need_not_be_read() {
    let input = "x".repeat(1_000_000);
    let crontab = Crontab::new(format!("@reboot wc -c%{input}\n@reboot exit 3%{input}\n"));
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until_ended(2);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    assert!(lines.contains(&"[1:wc] 1000001".to_owned()), "{lines:#?}");
    let is_end = |line: &String| line.starts_with("[2:exit] end: exit status: 3");
    assert!(lines.iter().any(is_end), "{lines:#?}");
}

/// A limit of processes counts those of a user, so an own user has to be free of others.
const USER: u32 = 64_123;

#[test]
fn a_limit_of_processes_is_an_error_on_every_backend() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("sched");
    fs::copy(env!("CARGO_BIN_EXE_sched"), &program).expect("a copy that every user can run");
    let readable = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(folder.path())
        .status();
    assert!(readable.expect("chmod runs").success());
    // Other users can have processes of their own, so only the lowest limit is certain for them.
    let limits = if geteuid().is_root() { 1..=12 } else { 1..=1 };
    for (backend, limit) in BACKENDS
        .iter()
        .flat_map(|name| limits.clone().map(move |limit| (name, limit)))
    {
        let mut shell = Command::new("/bin/sh");
        let script = format!("ulimit -u {limit}; echo @yearly true | \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(&program);
        if geteuid().is_root() {
            shell.uid(USER).gid(USER);
        }
        let (code, out, err) =
            output(shell.args(["run", "-", "--for", "1ms", "--backend", backend]));
        assert!(!err.contains("panicked"), "{backend}, {limit}: {err}");
        match code {
            Some(0) => assert!(
                out.contains("time limit reached"),
                "{backend}, {limit}: {out}"
            ),
            Some(1) => assert!(err.contains("sched: a thread cannot be started: "), "{err}"),
            // The shell itself cannot start its pipeline.
            other => assert!(
                other == Some(2) && out.is_empty(),
                "{backend}, {limit}: {other:?} {err}"
            ),
        }
    }
}

#[test]
fn the_helper_is_no_command_of_users() {
    let (code, _, err) = output(sched().arg("--become-shell"));
    assert_eq!(code, Some(2), "{err}");
}
