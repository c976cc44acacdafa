//! Large crontabs and large outputs.

use std::{
    env,
    io::{BufRead, BufReader},
    process::Stdio,
};

use rustix::process::Signal;

use super::{Facts, start};
use crate::program::{Crontab, output, sched};

/// Number of entries that wait.
const ENTRIES: usize = 10_000;

#[test]
fn ten_thousand_entries_are_installed_listed_and_reloaded() {
    let entry = |number| format!("#@ id=e{number}\n{} 3 29 2 * true\n", number % 60);
    let waiting: String = (0..ENTRIES).map(entry).collect();
    let crontab = Crontab::new(format!("{waiting}#@ id=often\n* * * * * * true\n"));
    let socket = crontab.beside("socket");
    let mut running = start(&crontab, &["--socket", &socket]);
    running.until("\"event\":\"end\"");
    let (code, out, err) = output(sched().args(["status", "--socket", &socket]));
    assert_eq!((code, &*err), (Some(0), ""));
    let listed = out.lines().filter(|line| line.starts_with('e')).count();
    assert_eq!(listed, ENTRIES);
    let before = Facts::of(running.pid());
    let changed = waiting.replace("#@ id=e7\n7 3", "#@ id=e7\n8 3");
    std::fs::write(crontab.path(), changed + "#@ id=often\n* * * * * * true\n").expect("written");
    running.signal(Signal::HUP);
    running.until("0 added, 1 changed, 0 removed, 10000 unchanged");
    running.until("\"event\":\"end\"");
    println!(
        "{ENTRIES} entries: {before}, after a reload {}",
        Facts::of(running.pid())
    );
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

/// Returns the number of lines of a large output: 200 MB in the long form.
fn lines() -> usize {
    match env::var_os("SCHED_LOAD_SECONDS") {
        None => 1_000_000,
        Some(_) => 23_500_000,
    }
}

#[test]
fn a_large_output_arrives_whole_and_in_order() {
    let count = lines();
    let crontab = Crontab::new(format!(
        "@reboot seq 1 {count}; echo the end >&2; kill -TERM $PPID\n"
    ));
    let mut command = crontab.run(&["--log", "raw"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut next, mut bytes, mut most) = (1, 0, 0);
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
        let line = line.expect("UTF-8");
        assert_eq!(line, next.to_string());
        bytes += line.len() + 1;
        if next % 100_000 == 0 {
            most = most.max(Facts::memory_of(child.id()).unwrap_or(0));
        }
        next += 1;
    }
    assert_eq!(next, count + 1);
    assert!(child.wait().expect("it ends").success());
    println!("{bytes} bytes of output: at most {most} KiB");
    // The buffer for a reader is bounded, whatever the size of the output.
    assert!((1..100 * 1024).contains(&most), "{most} KiB");
}
