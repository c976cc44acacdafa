//! One case: a trigger, an instant, and the results of APScheduler and of the oracle.

use chrono::{DateTime, Utc};
use jiff::{civil, tz::TimeZoneDatabase};
use scheduler_triggers::Zone;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One line of the data file.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) versions: Vec<String>,
    pub(crate) kind: String,
    pub(crate) params: Map<String, Value>,
    pub(crate) tz: String,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    previous: Option<String>,
    now: String,
    pub(crate) now_fold: u8,
    expect: Option<Vec<String>>,
    pub(crate) asked: usize,
    error: Option<String>,
    hang: Option<bool>,
    known_bug: Option<String>,
    oracle_agrees: Option<bool>,
    oracle_expect: Option<Vec<String>>,
}

/// The result of a trigger: instants in order, or nothing because it cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Instants(Vec<DateTime<Utc>>),
    Refused,
}

impl Case {
    /// Returns the cases of these kinds.
    pub(crate) fn of_kinds(kinds: &[&str]) -> Vec<Self> {
        let cases = include_str!("../data/apscheduler_trigger_cases.jsonl").lines();
        let cases = cases.map(|line| serde_json::from_str::<Self>(line).unwrap());
        let cases: Vec<_> = cases
            .filter(|case| kinds.contains(&case.kind.as_str()))
            .collect();
        assert!(cases.len() > 5, "{kinds:?}");
        cases
    }

    pub(crate) fn zone(&self) -> Zone {
        Zone::bundled(&self.tz).unwrap()
    }

    /// Returns a parameter as text, whether it is written as text or as a number.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Converts a local time of the zone to an instant; `fold` 1 is the second pass.
    pub(crate) fn instant(&self, reading: &str, fold: u8) -> DateTime<Utc> {
        let reading: civil::DateTime = reading.parse().unwrap();
        let zone = TimeZoneDatabase::bundled().get(&self.tz).unwrap();
        let reading = zone.to_ambiguous_timestamp(reading);
        let at = if fold == 1 {
            reading.later()
        } else {
            reading.compatible()
        };
        let nanos = i64::try_from(at.unwrap().as_nanosecond()).unwrap();
        DateTime::from_timestamp_nanos(nanos)
    }

    /// Returns the start of the search, inclusive. After a run, it is the earlier of now and the
    /// instant just after that run.
    pub(crate) fn from(&self) -> DateTime<Utc> {
        let now = self.instant(&self.now, self.now_fold);
        let Some(previous) = &self.previous else {
            return now;
        };
        let previous = self.instant(previous, 0);
        let just_after = previous + chrono::TimeDelta::microseconds(1);
        if now == previous {
            just_after
        } else {
            now.min(just_after)
        }
    }

    /// Returns the result of APScheduler; `None` if it never returns.
    pub(crate) fn of_apscheduler(&self) -> Option<Answer> {
        match (&self.error, &self.expect) {
            _ if self.hang == Some(true) => None,
            (Some(_), _) => Some(Answer::Refused),
            (None, expect) => Some(instants(expect.as_ref().unwrap())),
        }
    }

    /// Returns the correct result according to the oracle.
    pub(crate) fn of_oracle(&self) -> Option<Answer> {
        match (&self.oracle_expect, self.oracle_agrees) {
            (Some(expect), _) => Some(instants(expect)),
            (None, Some(true)) => Some(instants(self.expect.as_ref().unwrap())),
            (None, _) => None,
        }
    }

    pub(crate) fn is_known_bug(&self) -> bool {
        self.known_bug.is_some() || self.hang == Some(true)
    }

    /// Returns whether version 3 gave this result.
    pub(crate) fn is_of_version_3(&self) -> bool {
        self.versions.iter().any(|version| version.starts_with('3'))
    }

    /// Returns whether version 4 gave this result.
    pub(crate) fn is_of_version_4(&self) -> bool {
        self.versions.iter().any(|version| version.starts_with('4'))
    }
}

fn instants(texts: &[String]) -> Answer {
    let instants = texts
        .iter()
        .map(|text| text.parse::<DateTime<Utc>>().unwrap());
    Answer::Instants(instants.collect())
}
