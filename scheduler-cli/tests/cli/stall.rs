//! Standard output that is not read, or that cannot be written.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{BACKENDS, Crontab, output};

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes more than is buffered, then a mark. The other command makes a mark each second.
const FLOOD: &str = "@reboot head -c 5000000 /dev/zero | tr '\\0' a | fold -w 100; echo > \"$DIR/written\"\n\
                     * * * * * * echo >> \"$DIR/others\"\n";

fn until(is_true: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < end, "it did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

fn lines(path: &str) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn terminate(child: &Child) {
    let id = i32::try_from(child.id()).expect("a process id");
    kill_process(Pid::from_raw(id).expect("not zero"), Signal::TERM).expect("it runs");
}

#[test]
fn a_reader_that_stalls_stops_no_command_and_is_given_the_number_of_dropped_lines() {
    for backend in BACKENDS {
        let crontab = Crontab::new(FLOOD);
        let mut command = crontab.run(&["--backend", backend]);
        command.env("DIR", crontab.beside(""));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        until(|| Path::new(&crontab.beside("written")).exists());
        let others = crontab.beside("others");
        let before = lines(&others);
        until(|| lines(&others) >= before + 2);
        terminate(&child);
        let mut text = String::new();
        let out = child.stdout.as_mut().expect("a pipe");
        out.read_to_string(&mut text).expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        let is_drop = |line: &&str| line.contains(" lines were dropped: ");
        let dropped = text.lines().filter(is_drop).map(|line| {
            let count = line.split(' ').nth(1).expect("a number");
            count.parse::<usize>().expect("a number")
        });
        let dropped: usize = dropped.sum();
        assert!(dropped > 0, "{backend}");
        let flood = text.lines().filter(|line| line.ends_with(&"a".repeat(100)));
        // No line is lost without being counted; other lines may be dropped too.
        assert!(flood.count() + dropped >= 50_000, "{backend}: {dropped}");
    }
}

#[test]
fn the_second_signal_ends_it_although_the_reader_stalls() {
    let crontab =
        Crontab::new(FLOOD.replace("; echo > ", "; echo > \"$DIR/written\"; sleep 600; echo > "));
    let mut command = crontab.run(&[]);
    command.env("DIR", crontab.beside(""));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    until(|| Path::new(&crontab.beside("written")).exists());
    terminate(&child);
    terminate(&child);
    let (done, ended) = channel();
    // The pipe stays open, and unread.
    let unread = child.stdout.take();
    thread::spawn(move || done.send(child.wait().expect("it ends").code()));
    let code = ended.recv_timeout(PATIENCE).expect("no hang");
    drop(unread);
    assert_eq!(code, Some(0));
}

#[test]
fn a_full_device_is_reported_and_commands_continue() {
    for backend in BACKENDS {
        let crontab = Crontab::new("* * * * * * echo >> \"$FILE\"");
        let mut command = crontab.run(&["--backend", backend, "--for", "3s"]);
        command.env("FILE", crontab.beside("file"));
        let full = File::create("/dev/full").expect("it is there");
        let (code, _, err) = output(command.stdout(full));
        assert_eq!(code, Some(1), "{err}");
        assert!(
            err.contains("standard output: No space left on device"),
            "{err}"
        );
        assert!(err.contains(" of output were lost"), "{err}");
        assert!(lines(&crontab.beside("file")) > 0);
    }
}
