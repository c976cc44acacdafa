//! What happened in a scenario, line by line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::scenario::{Call, Millis};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, since the scheduler was built.
    pub at: Millis,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody makes a call.
    Call(Actor, Call),
    /// It has answered.
    Answer(Actor, Answer),
    /// The scheduler tells of something.
    Event(Told),
    /// The body of a job does something.
    Body(Label, Did),
    /// A gate is opened.
    Gate(u8),
    /// Spawns are held back.
    Hold,
    /// They are let go.
    Release,
    /// A spawn is going to fail.
    FailSpawn,
    /// The wall clock is set.
    Jump(i64),
    /// The clients give the scheduler away.
    DropScheduler,
    /// Nothing can happen any more before time passes.
    Quiet,
    /// All is over; what is left of tasks and timers.
    End {
        /// Tasks and threads.
        participants: usize,
        /// Timers.
        timers: usize,
        /// Wakes that came from elsewhere.
        foreign: u64,
    },
    /// It did not become quiet, or came to another bad end.
    Broken(String),
}

/// Who makes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A client, from outside.
    Client(u8),
    /// A job, from inside.
    Job(Label),
}

/// What a call answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It went well.
    Ok,
    /// It was refused, with an error of this kind.
    Refused(String),
    /// The job ended so.
    Outcome(String),
    /// The status of a cancellation.
    Cancel(String),
    /// There is no handle to the job.
    NoHandle,
    /// There is no scheduler any more.
    Gone,
    /// The future of the call was dropped.
    Dropped,
}

/// What the scheduler tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The state has changed.
    State {
        /// From.
        from: String,
        /// To.
        to: String,
        /// Why.
        cause: String,
    },
    /// A job was accepted.
    Scheduled(Label, Option<Nominal>),
    /// It has its permit.
    Claimed(Label),
    /// Its body begins.
    Started(Label),
    /// It was told to end.
    Cancelling(Label),
    /// It has ended.
    Finished(Label, String),
    /// A schedule was added.
    Added(u16),
    /// A schedule was removed.
    Removed(u16),
    /// Instants of a schedule were passed over.
    Skipped(u16, Nominal, String),
    /// The clock was set.
    Jumped,
    /// Anything else.
    Other(String),
}

/// The instant a run of a schedule is for, in milliseconds since the scheduler was built.
pub type Nominal = i64;

/// What the body of a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    /// It comes to a step of its script.
    Step(u16),
    /// It ends.
    Ended(Ending),
    /// It is destroyed.
    Dropped,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Well.
    Well,
    /// With an error.
    Failing,
    /// By a panic.
    Panicking,
}

/// The name of a job in traces: it does not depend on the ids a scheduler gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Label {
    /// The submitted job with this tag: `t3`.
    Job(u16),
    /// The n-th run of a schedule: `s0.2`.
    Run(u16, u16),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(tag) => write!(f, "t{tag}"),
            Self::Run(schedule, run) => write!(f, "s{schedule}.{run}"),
        }
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.to_string()
    }
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not the name of a job");
        if let Some(tag) = text.strip_prefix('t') {
            return tag.parse().map(Self::Job).map_err(|_| wrong());
        }
        let (schedule, run) = text
            .strip_prefix('s')
            .and_then(|text| text.split_once('.'))
            .ok_or_else(wrong)?;
        match (schedule.parse(), run.parse()) {
            (Ok(schedule), Ok(run)) => Ok(Self::Run(schedule, run)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Line {
    /// As one line of JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The lines as text, one JSON value each (NDJSON).
#[must_use]
pub fn to_ndjson(trace: &[Line]) -> String {
    let lines: Vec<String> = trace.iter().map(|line| format!("{line}\n")).collect();
    lines.concat()
}
