//! Compares random events with `systemd-analyze calendar`, if it is installed.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    process::Command,
};

use chrono::{DateTime, NaiveDateTime, Utc};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use scheduler_triggers::{
    OnCalendar, Zone,
    dst::{Fold, Gap},
    upcoming,
};

use crate::grammar::event;

/// The result of systemd for an event: its normalised text, and the next instants in whole seconds.
type Answer = (String, Vec<i64>);

/// Start instants: near the clock changes of the zones, and others.
const STARTS: [&str; 6] = [
    "2024-03-29 22:00:00",
    "2024-10-25 22:00:00",
    "2023-03-10 00:00:00",
    "2023-11-03 20:30:00",
    "2011-12-28 00:00:00",
    "2198-11-30 12:00:00",
];

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
];

const EVENTS: usize = 400;
const ITERATIONS: usize = 6;

#[test]
fn events_are_read_and_due_as_systemd_has_it() {
    if !is_installed() {
        // Written directly to standard error, because the harness hides the output of passing
        // tests.
        let left_out = format!(
            "LEFT OUT: systemd-analyze is not installed, so {EVENTS} random calendar events in {} zones \
             are not compared with it; recorded results are",
            ZONES.len()
        );
        writeln!(io::stderr(), "{left_out}").unwrap();
        return;
    }
    let mut runner = TestRunner::deterministic();
    let random = || event().new_tree(&mut runner).unwrap().current().text;
    let events: Vec<_> = std::iter::repeat_with(random)
        .filter(|text| is_comparable(text))
        .take(EVENTS)
        .collect();
    for (index, start) in STARTS.into_iter().enumerate() {
        let texts = events.iter().skip(index).step_by(STARTS.len());
        let texts: Vec<_> = texts
            .enumerate()
            .map(|(index, text)| format!("{text} {}", ZONES[index % ZONES.len()]))
            .collect();
        let answers = ask(&texts, start);
        for text in &texts {
            let answer = answers
                .get(text)
                .unwrap_or_else(|| panic!("systemd refuses {text}"));
            assert_eq!(ours(text, start), *answer, "{text} from {start}");
        }
    }
}

/// Returns whether systemd 252 can be compared. It has a bug with lists after `~`: it narrows the
/// bounds with each further value, and refuses some of the last days.
fn is_comparable(text: &str) -> bool {
    let day = text.split('~').nth(1);
    day.is_none_or(|day| !day.split(' ').next().unwrap_or_default().contains(','))
}

fn is_installed() -> bool {
    let version = Command::new("systemd-analyze").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Returns each event that systemd accepts, with its result.
fn ask(texts: &[String], start: &str) -> HashMap<String, Answer> {
    let output = Command::new("systemd-analyze")
        .args(["calendar", "--no-pager"])
        .arg(format!("--iterations={ITERATIONS}"))
        .arg(format!("--base-time={start} UTC"))
        .args(texts)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split("\n\n").filter_map(answer).collect()
}

/// Parses the event and the result of one block.
fn answer(block: &str) -> Option<(String, Answer)> {
    let (mut original, mut normalized, mut times) = (None, None, Vec::new());
    for line in block.lines() {
        let (name, value) = line.trim_start().split_once(": ")?;
        match name {
            "Original form" => original = Some(value.to_owned()),
            "Normalized form" => normalized = Some(value.to_owned()),
            "From now" => {}
            _ if value == "never" => {}
            _ => times.push(second(value)),
        }
    }
    // The original form is omitted if it equals the normalised one.
    let normalized = normalized?;
    Some((
        original.unwrap_or_else(|| normalized.clone()),
        (normalized, times),
    ))
}

/// Parses `Tue 2024-01-02 00:00:00 UTC`.
fn second(text: &str) -> i64 {
    let time = NaiveDateTime::parse_from_str(text, "%a %Y-%m-%d %H:%M:%S UTC");
    time.unwrap_or_else(|error| panic!("{text}: {error}"))
        .and_utc()
        .timestamp()
}

/// Returns the result of the trigger, with systemd's policies.
fn ours(text: &str, start: &str) -> Answer {
    let start = NaiveDateTime::parse_from_str(start, "%Y-%m-%d %H:%M:%S").unwrap();
    let event = OnCalendar::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    (
        event.to_string(),
        seconds(&event, start.and_utc(), ITERATIONS),
    )
}

/// Returns the next instants in whole seconds, skipped and repeated as by systemd.
pub(crate) fn seconds(event: &OnCalendar, start: DateTime<Utc>, count: usize) -> Vec<i64> {
    let event = event.clone().gap(Gap::Skip).fold(Fold::First);
    let times = upcoming(&event, start).take(count);
    times.map(|at| at.timestamp()).collect()
}

#[test]
fn zones_of_the_comparison_exist() {
    for zone in ZONES {
        assert!(Zone::bundled(zone).is_ok(), "{zone}");
    }
}
