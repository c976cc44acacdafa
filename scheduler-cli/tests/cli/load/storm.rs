//! Stops, continuations, clock steps and reloads, all at once.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{
    Facts, lasts,
    runs::{assert_each_second_once, ended, of_kind, times_of_each},
};
use crate::program::{Crontab, Running};

/// An entry that waits, and that each reload changes.
fn waiting(round: usize) -> String {
    format!("#@ id=changes\n@yearly true {round}\n")
}

/// Entries of each second: each run leaves a mark, one an orphan too, and one fails.
fn busy(policies: &str, round: usize) -> String {
    let head = |id: &str| format!("#@ id={id} {policies}\n* * * * * * echo >> \"$DIR/{id}\"");
    let (plain, orphan, fails) = (head("plain"), head("orphan"), head("fails"));
    format!(
        "{plain}\n{orphan}; (sleep 0.1 &)\n{fails}; exit 3\n{}",
        waiting(round)
    )
}

/// A running `sched` in a storm.
struct Storm {
    crontab: Crontab,
    running: Running,
    policies: &'static str,
    calm: Facts,
    rounds: usize,
}

impl Storm {
    fn start(policies: &'static str, prepare: impl FnOnce(&Crontab, &mut Command)) -> Self {
        let crontab = Crontab::new(waiting(0));
        let mut command = crontab.run(&["--log", "json"]);
        command.env("DIR", crontab.beside(""));
        prepare(&crontab, &mut command);
        let mut running = Running::start(&mut command);
        running.until("\"event\":\"next\"");
        // All threads have started when the first reload is done.
        fs::write(crontab.path(), waiting(1)).expect("it is written");
        running.signal(Signal::HUP);
        running.until("0 added, 1 changed, 0 removed, 0 unchanged");
        let calm = Facts::of(running.pid());
        let mut storm = Self {
            crontab,
            running,
            policies,
            calm,
            rounds: 1,
        };
        storm.reload("3 added, 1 changed, 0 removed, 0 unchanged");
        storm.running.until("\"event\":\"end\"");
        storm
    }

    fn reload(&mut self, changes: &str) {
        self.rounds += 1;
        let text = busy(self.policies, self.rounds);
        fs::write(self.crontab.path(), text).expect("it is written");
        self.running.signal(Signal::HUP);
        self.running.until(changes);
    }

    /// Stops the process, calls `step` meanwhile, continues it, and reloads. Waits for the end of a run.
    /// Returns the place of the continuation in the log.
    fn round(&mut self, step: impl FnOnce(&Crontab)) -> usize {
        self.running.signal(Signal::STOP);
        thread::sleep(Duration::from_millis(300));
        step(&self.crontab);
        let place = self.running.place();
        self.running.signal(Signal::CONT);
        self.reload("0 added, 1 changed, 0 removed, 3 unchanged");
        self.running.until("\"event\":\"end\"");
        place
    }

    /// Calls `step` in each round, with its number. Asserts that the memory does not grow.
    fn blow(&mut self, mut step: impl FnMut(&mut Self, usize)) {
        let end = Instant::now() + lasts();
        let mut facts = Vec::new();
        while Instant::now() < end || facts.len() < 4 {
            step(self, facts.len());
            facts.push(Facts::of(self.running.pid()));
        }
        let quarter = facts[facts.len() / 4];
        let last = facts[facts.len() - 1];
        println!(
            "{} rounds: {} before, {quarter} after a quarter, {last} last",
            facts.len(),
            self.calm
        );
        assert!(last.memory < quarter.memory + 8 * 1024, "{quarter}, {last}");
    }

    /// Removes the entries, and asserts that nothing is left over. Returns the log.
    fn end(mut self) -> Vec<String> {
        fs::write(self.crontab.path(), waiting(0)).expect("it is written");
        self.running.signal(Signal::HUP);
        self.running
            .until("0 added, 1 changed, 3 removed, 0 unchanged");
        println!(
            "at the end: {}",
            Facts::until_clean(self.running.pid(), self.calm)
        );
        self.running.signal(Signal::TERM);
        let (code, lines) = self.running.end();
        assert_eq!(code, Some(0));
        let runs = ended(&lines);
        assert_eq!(of_kind(&lines, "start").count(), runs.len());
        for id in ["plain", "orphan", "fails"] {
            let marks = fs::read_to_string(self.crontab.beside(id))
                .expect("marks")
                .lines()
                .count();
            let ends = runs.iter().filter(|run| run.entry == id);
            assert_eq!(marks, ends.count(), "{id}");
        }
        for run in &runs {
            let right = if run.entry == "fails" { 3 } else { 0 };
            assert_eq!(run.code, Some(right), "{run:?}");
        }
        lines
    }
}

#[test]
fn stops_and_reloads_neither_lose_nor_double_a_run() {
    let policies = "misfire=fire-all overlap=allow-all max-instances=100000";
    let mut storm = Storm::start(policies, |_, _| {});
    storm.blow(|storm, _| {
        storm.round(|_| {});
    });
    let runs = ended(&storm.end());
    println!("{} runs", assert_each_second_once(&runs));
}

/// Where Debian installs the library that moves the clock of a program.
const FAKE_TIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

/// Offsets of the clock in seconds, one after the other: steps in both directions, small and large.
const OFFSETS: [i64; 8] = [0, 3_600, 3_590, -86_400, 5, 0, 40_000_000, 20];

#[test]
fn clock_steps_neither_lose_nor_double_a_run() {
    let Some(library) = FAKE_TIME.iter().find(|path| Path::new(path).exists()) else {
        // The engine's own tests step virtual clocks.
        eprintln!("not tested: libfaketime is not installed; apt-get install libfaketime");
        return;
    };
    let set = |crontab: &Crontab, offset: i64| {
        let (new, clock) = (crontab.beside("clock.new"), crontab.beside("clock"));
        fs::write(&new, format!("{offset:+}")).expect("it is written");
        fs::rename(new, clock).expect("it is renamed");
    };
    let mut storm = Storm::start(
        "misfire=fire-once overlap=allow-all max-instances=100",
        |crontab, command| {
            set(crontab, 0);
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", crontab.beside("clock"))
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        },
    );
    let mut back = 0;
    let mut offset = 0;
    storm.blow(|storm, round| {
        let next = OFFSETS[(round + 1) % OFFSETS.len()];
        let place = storm.round(|crontab| set(crontab, next));
        storm.running.until_since(place, "the wall clock was set ");
        storm.running.until("\"event\":\"end\"");
        back += usize::from(next < offset);
        offset = next;
    });
    let runs = ended(&storm.end());
    // An instant comes again only when the clock is set back to before it.
    let most = times_of_each(&runs).max().expect("runs");
    assert!(most <= 1 + back, "{most} times after {back} steps back");
    println!("{} runs, {back} steps back", runs.len());
}
