//! `sched run`, on every backend.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::program::{BACKENDS, Crontab, Running, lives, output, sched};
use rustix::process::Signal;

/// Starts two processes that ignore no signal, the shell and a child of it, and prints their ids.
const TWO: &str = "@reboot sleep 600 & echo pids $$ $!; wait\n";

/// Returns the process ids in a line of [`TWO`].
fn pids(line: &str) -> Vec<String> {
    let (_, pids) = line.split_once("pids ").expect("they are there");
    pids.split(' ').map(str::to_owned).collect()
}

fn all_gone(pids: &[String]) {
    let end = Instant::now() + Duration::from_secs(30);
    while pids.iter().any(|id| lives(id)) {
        assert!(Instant::now() < end, "{pids:?} were left behind");
        thread::yield_now();
    }
}

#[test]
fn commands_start_and_end_and_their_output_is_labelled() {
    let crontab = Crontab::new(
        "GREETING=\"good day\"\r\n\
         @reboot echo \"$GREETING\"; printf 'no end'; exit 3\r\n\
         @reboot cat%first%second\n\
         @reboot printf 'bad\\377byte\\n'\n\
         @reboot head -c 200000 /dev/zero | tr '\\0' x\n\
         SHELL=/no/such/shell\n\
         @reboot never",
    );
    for backend in BACKENDS {
        let mut running = Running::start(&mut crontab.run(&["--backend", backend]));
        running.until_ended(5);
        running.signal(Signal::TERM);
        let (code, lines) = running.end();
        assert_eq!(code, Some(0), "{lines:#?}");
        assert!(
            lines[0].starts_with("5 entries of ") && lines[0].ends_with(&format!(" on {backend}"))
        );
        for part in [
            "[2:echo] start for 20",
            "[2:echo] good day",
            "[2:echo] no end",
            "[2:echo] end: exit status: 3 after ",
            "[3:cat] first",
            "[3:cat] second",
            "[3:cat] end: exit status: 0 after ",
            "[4:printf] bad\u{fffd}byte",
            "[7:never] failed: the shell \"/no/such/shell\" cannot be run: ",
            // The last job may be at its end still, its command is not.
            "SIGTERM: ending, ",
        ] {
            assert!(
                lines.iter().any(|line| line.starts_with(part)),
                "no {part:?} in {lines:#?}"
            );
        }
        let report = ", cancelled 0, abandoned 0, never started 0";
        assert!(
            lines.iter().any(|line| line.ends_with(report)),
            "{lines:#?}"
        );
        let huge: usize = lines
            .iter()
            .filter_map(|line| line.strip_prefix("[5:head] x"))
            .map(|rest| rest.len() + 1)
            .sum();
        assert_eq!(huge, 200_000);
    }
}

#[test]
fn a_command_never_overlaps_itself() {
    // The folder is a lock: a second one at a time would not get it.
    let crontab = Crontab::new("* * * * * * mkdir \"$LOCK\" && sleep 1.3 && rmdir \"$LOCK\"");
    for backend in BACKENDS {
        let mut command = crontab.run(&["--backend", backend, "--for", "4s"]);
        command.env("TZ", "Asia/Tokyo");
        let (code, out, _) = output(command.env("LOCK", crontab.beside(backend)));
        assert_eq!(code, Some(0), "{out}");
        assert!(
            out.contains("skipped for ") && out.contains("+09:00: it is still running"),
            "{out}"
        );
        assert!(
            out.contains("end: exit status: 0") && !out.contains("exit status: 1"),
            "{out}"
        );
    }
}

#[test]
fn the_first_signal_lets_commands_finish() {
    for (backend, signal) in
        BACKENDS
            .into_iter()
            .zip([Signal::INT, Signal::TERM, Signal::QUIT, Signal::INT])
    {
        let crontab = Crontab::new(
            "@reboot echo begun; while [ ! -e \"$GATE\" ]; do sleep 0.02; done; echo done",
        );
        let gate = crontab.beside("gate");
        let mut running = Running::start(crontab.run(&["--backend", backend]).env("GATE", &gate));
        running.until("begun");
        running.signal(signal);
        running.until("ending, a running command may finish within 10s");
        std::fs::write(&gate, "").expect("the gate opens");
        let (code, lines) = running.end();
        assert_eq!(code, Some(0), "{lines:#?}");
        assert!(lines.contains(&"[1:echo] done".to_owned()), "{lines:#?}");
        let last = lines.last().map(String::as_str);
        assert_eq!(
            last,
            Some("drained 1 ([1:echo]), cancelled 0, abandoned 0, never started 0")
        );
    }
}

#[test]
fn a_second_signal_kills_the_whole_group() {
    for backend in BACKENDS {
        // It ignores SIGTERM: only SIGKILL ends it.
        let crontab = Crontab::new(TWO.replace("sleep 600", "trap '' TERM INT; sleep 600"));
        let mut running = Running::start(&mut crontab.run(&["--backend", backend]));
        let pids = pids(&running.until("pids "));
        running.signal(Signal::INT);
        running.until("SIGINT: ending");
        assert!(
            pids.iter().all(|id| lives(id)),
            "Ctrl-C is for the scheduler alone"
        );
        running.signal(Signal::INT);
        let (code, lines) = running.end();
        all_gone(&pids);
        assert_eq!(code, Some(0), "{lines:#?}");
        let killed = |line: &String| line.contains("] end: killed after");
        assert!(lines.iter().any(killed), "{lines:#?}");
        assert!(
            lines
                .last()
                .is_some_and(|line| line.contains("cancelled 1 (")),
            "{lines:#?}"
        );
    }
}

#[test]
fn what_does_not_finish_in_time_is_told_to_end_with_all_it_started() {
    for backend in BACKENDS {
        let crontab = Crontab::new(TWO);
        let mut running =
            Running::start(&mut crontab.run(&["--backend", backend, "--drain", "10ms"]));
        let pids = pids(&running.until("pids "));
        running.signal(Signal::TERM);
        let (code, lines) = running.end();
        all_gone(&pids);
        assert_eq!(code, Some(0), "{lines:#?}");
        assert!(
            lines.iter().any(|line| line.ends_with("receives SIGTERM")),
            "{lines:#?}"
        );
        assert!(
            lines.iter().any(|line| line.contains("] end: signal: 15")),
            "{lines:#?}"
        );
    }
}

#[test]
fn it_ends_by_itself_when_the_time_is_over() {
    let idle = Crontab::new("@yearly never");
    let brief = Crontab::new("@yearly never\n@reboot echo once");
    for backend in BACKENDS {
        let arguments = ["--backend", backend, "--for", "1s"];
        let (code, out, _) = output(&mut idle.run(&arguments));
        assert_eq!(code, Some(0), "{out}");
        assert!(
            out.contains("time limit reached: ending, no command is running\n"),
            "{out}"
        );
        let (code, out, _) = output(&mut brief.run(&arguments));
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("[2:echo] once\n"), "{out}");
    }
}

#[test]
fn zones_are_those_of_the_lines_or_of_the_call() {
    let crontab = Crontab::new("0 9 * * * a\nCRON_TZ=Asia/Tokyo\n0 9 * * * b\n");
    let (_, out, _) = output(&mut crontab.run(&["--tz", "Asia/Kathmandu", "--for", "1ms"]));
    for part in [
        "[1:a] next at ",
        "T09:00:00+05:45\n",
        "[3:b] next at ",
        "T09:00:00+09:00\n",
    ] {
        assert!(out.contains(part), "no {part:?} in {out}");
    }
}

#[test]
fn a_crontab_without_a_zone_is_in_that_of_the_machine() {
    let crontab = Crontab::new("0 9 * * * a\n");
    let run = |zone: &str, arguments: &[&str]| {
        let mut command = crontab.run(&["--for", "1ms"]);
        output(command.args(arguments).env("TZ", zone))
    };
    for arguments in [&[][..], &["--tz", "local"]] {
        let (code, out, err) = run("Asia/Tokyo", arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(
            out.contains("[1:a] next at 20") && out.contains("T09:00:00+09:00\n"),
            "{out}"
        );
    }
    let (_, out, _) = run("Asia/Tokyo", &["--tz", "UTC"]);
    assert!(out.contains("T09:00:00+00:00\n"), "{out}");
    // An unknown zone falls back to UTC with a warning; given explicitly, it is an error.
    let (code, out, err) = run("Nowhere/Land", &[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains("T09:00:00+00:00\n") && err.contains("schedules are in UTC"),
        "{out}{err}"
    );
    assert_eq!(run("Nowhere/Land", &["--tz", "local"]).0, Some(2));
}

#[test]
fn commands_see_the_settings_above_them_and_run_at_home() {
    let crontab = Crontab::new(
        "A=1\nHOME=/\n@reboot echo $A$B $(pwd) $SHELL\nSHELL=/bin/bash\nB=2\n@reboot echo $A$B ${BASH_VERSION:+bash}\n",
    );
    let mut running = Running::start(crontab.run(&[]).env("SHELL", "/bin/sh"));
    running.until_ended(2);
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    assert!(
        lines.contains(&"[3:echo] 1 / /bin/sh".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"[6:echo] 12 bash".to_owned()), "{lines:#?}");
}

/// The system reports both as a missing file.
#[test]
fn a_home_that_is_not_there_is_not_blamed_on_the_shell() {
    let crontab = Crontab::new("HOME=/nonexistent\n@reboot echo home");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until_ended(1);
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    let failure = "[2:echo] failed: the directory HOME=\"/nonexistent\" cannot be entered: ";
    assert!(
        lines.iter().any(|line| line.starts_with(failure)),
        "{lines:#?}"
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_starts() {
    let crontab = Crontab::new(
        "@reboot echo started\n61 * * * * a\n* * * * *\n\nCRON_TZ=Nowhere/Land\n\t* * 32 * * b\nX=\"open",
    );
    let (code, out, err) = output(&mut crontab.run(&[]));
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    let path = crontab.path();
    for place in ["2:1", "3:10", "5:9", "6:6", "7:3"] {
        assert!(
            err.contains(&format!("{path}:{place}: ")),
            "no {place} in {err}"
        );
    }
    assert!(
        err.contains("0-59") && err.contains("expected a command"),
        "{err}"
    );
    assert!(
        err.ends_with("has 5 problems, nothing was started\n"),
        "{err}"
    );
}

#[test]
fn files_that_cannot_be_read_are_told() {
    for (file, why) in [
        ("/no/such/file", "No such file"),
        // A file that exists and that no user can read.
        ("/proc/self/mem", "Input/output error"),
    ] {
        let (code, out, err) = output(sched().args(["run", file]));
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert!(err.starts_with(&format!("sched: {file}: {why}")), "{err}");
    }
}

#[test]
fn a_crontab_without_entries_says_so() {
    for text in ["", "\n\n# nothing\nA=1\n"] {
        let (code, out, _) = output(&mut Crontab::new(text).run(&[]));
        assert_eq!(code, Some(0));
        assert!(
            out.ends_with("has no entries: there is nothing to run\n"),
            "{out}"
        );
    }
}

#[test]
fn wrong_calls_are_refused() {
    let crontab = Crontab::new("@reboot echo started");
    for arguments in [
        ["--backend", "rayon"],
        ["--for", "soon"],
        ["--tz", "Nowhere/Land"],
        ["--drain", "1 parsec"],
    ] {
        let (code, out, err) = output(&mut crontab.run(&arguments));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(arguments[0]), "{err}");
    }
}

#[test]
fn it_ends_when_nobody_reads_its_output() {
    for backend in BACKENDS {
        let crontab = Crontab::new("@reboot yes");
        let mut command = crontab.run(&["--backend", backend, "--drain", "10ms"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let (done, over) = std::sync::mpsc::channel();
        drop(child.stdout.take());
        thread::spawn(move || done.send(child.wait().expect("it ends").code()));
        let code = over.recv_timeout(Duration::from_secs(60)).expect("no hang");
        assert_eq!(code, Some(0));
    }
}

#[test]
fn names_of_files_are_shown_on_one_line_that_does_nothing() {
    let name = "cron\u{1b}[2J\u{202e}\ntab";
    let crontab = Crontab::new("");
    let wrong = crontab.beside(name);
    std::fs::write(&wrong, "61 * * * * true\n").expect("it is written");
    let empty = crontab.beside(&format!("{name}.empty"));
    std::fs::write(&empty, "").expect("it is written");
    let gone = crontab.beside(&format!("{name}.gone"));
    for call in [
        &["run", &*wrong][..],
        &["run", &*empty],
        &["run", &*gone],
        &["next", "--batch", &*gone],
        &["conformance", "--replay", &*empty],
        &["conformance", "--diff", &*wrong, &*empty],
        &["conformance", "--diff", &*wrong, &*gone],
    ] {
        let (_, told, error) = output(sched().args(call));
        let shown = format!("{told}{error}");
        let plain = |letter: char| !letter.is_control() || letter == '\n';
        assert!(
            shown.chars().all(plain) && !shown.contains('\u{202e}'),
            "{shown:?}"
        );
        assert!(
            shown.contains(r"cron\u{1b}[2J\u{202e}"),
            "{call:?}: {shown:?}"
        );
    }
}
