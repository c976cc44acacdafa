//! The runs that a log has, and that each exit code is right.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rustix::process::Signal;
use serde_json::Value;

use super::{Facts, lasts, start};
use crate::program::Crontab;

/// The end of a run.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) entry: String,
    pub(super) nominal: DateTime<Utc>,
    pub(super) code: Option<i64>,
}

/// Returns the ends of runs in a log, in its order.
pub(super) fn ended(lines: &[String]) -> Vec<Ended> {
    of_kind(lines, "end")
        .map(|record| Ended {
            entry: text(&record, "entry"),
            nominal: text(&record, "nominal").parse().expect("an instant"),
            code: record["exit_code"].as_i64(),
        })
        .collect()
}

/// Returns the records of one event.
pub(super) fn of_kind(lines: &[String], event: &str) -> impl Iterator<Item = Value> {
    let mark = format!("\"event\":\"{event}\"");
    let lines = lines.iter().filter(move |line| line.contains(&mark));
    lines.map(|line| serde_json::from_str(line).expect("JSON"))
}

fn text(record: &Value, key: &str) -> String {
    record[key].as_str().expect("a string").to_owned()
}

/// Asserts that each entry ran once for each second from its first instant to its last. Returns the number of runs.
pub(super) fn assert_each_second_once(runs: &[Ended]) -> usize {
    let mut instants = BTreeMap::<_, BTreeSet<_>>::new();
    for run in runs {
        let is_new = instants.entry(&run.entry).or_default().insert(run.nominal);
        assert!(is_new, "{run:?} is doubled");
    }
    for (entry, instants) in &instants {
        let steps = instants.iter().zip(instants.iter().skip(1));
        for (one, next) in steps {
            let step = *next - *one;
            assert_eq!(
                step,
                TimeDelta::seconds(1),
                "{entry} was not run after {one}"
            );
        }
    }
    runs.len()
}

/// Returns how often each instant of each entry ran.
pub(super) fn times_of_each(runs: &[Ended]) -> impl Iterator<Item = usize> {
    let mut times = BTreeMap::<_, usize>::new();
    for run in runs {
        *times.entry((&run.entry, run.nominal)).or_default() += 1;
    }
    times.into_values()
}

#[test]
fn each_of_sixty_commands_a_second_has_its_exit_code() {
    let entry = |code| {
        format!(
            "#@ id={code} misfire=fire-all overlap=allow-all max-instances=100000\n* * * * * * exit {code}\n"
        )
    };
    let crontab = Crontab::new((0..60).map(entry).collect::<String>());
    let mut running = start(&crontab, &[]);
    let expected = 60 * usize::try_from(lasts().as_secs()).expect("a small number");
    for _ in 0..expected {
        running.until("\"event\":\"end\"");
    }
    let facts = Facts::of(running.pid());
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    let runs = ended(&lines);
    for run in &runs {
        let right = run.entry.parse().expect("the id is the code");
        assert_eq!(run.code, Some(right), "{run:?}");
    }
    assert!(runs.len() >= expected, "{} of {expected}", runs.len());
    assert_each_second_once(&runs);
    println!(
        "{} of {} exit codes are right; {facts}",
        runs.len(),
        runs.len()
    );
}
