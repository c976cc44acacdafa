//! Traces: the record of a scenario, line by line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::scenario::{Call, Millis};

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The time since the scheduler was built.
    pub at: Millis,
    /// The content of the line.
    pub what: What,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A client or a job makes a call.
    Call(Actor, Call),
    /// The call has returned.
    Answer(Actor, Answer),
    /// The scheduler sends an event.
    Event(Told),
    /// The body of a job acts.
    Body(Label, Did),
    /// A gate is opened.
    Gate(u8),
    /// Spawns are held back.
    Hold,
    /// The held spawns run.
    Release,
    /// A spawn will fail.
    FailSpawn,
    /// The wall clock is set.
    Jump(i64),
    /// The clients drop the scheduler.
    DropScheduler,
    /// Nothing more can happen before time passes.
    Quiet,
    /// The scenario has ended; the counts show what is left.
    End {
        /// The tasks and threads that are left.
        participants: usize,
        /// The timers that are left.
        timers: usize,
        /// The wakes that came from outside virtual time.
        foreign: u64,
    },
    /// The scenario did not become idle or failed in another way; holds a description.
    Broken(String),
}

/// The caller of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A client outside the scheduler.
    Client(u8),
    /// A job of the scheduler.
    Job(Label),
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The call succeeded.
    Ok,
    /// The call was refused with an error of this kind.
    Refused(String),
    /// The outcome of a job.
    Outcome(String),
    /// The status of a cancellation.
    Cancel(String),
    /// There is no handle to the job.
    NoHandle,
    /// The scheduler has been dropped.
    Gone,
    /// The future of the call was dropped.
    Dropped,
}

/// An event of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The state has changed.
    State {
        /// The old state.
        from: String,
        /// The new state.
        to: String,
        /// The cause of the change.
        cause: String,
    },
    /// A job was accepted.
    Scheduled(Label, Option<Nominal>),
    /// A job received its permit.
    Claimed(Label),
    /// The body of a job begins.
    Started(Label),
    /// A job was requested to cancel.
    Cancelling(Label),
    /// A job waits for a token of its rate.
    Throttled(Label),
    /// An attempt of a job has timed out: the number of the attempt.
    TimedOut(Label, u32),
    /// An attempt of a job has failed: the number and the due time of the next attempt.
    Retrying(Label, u32, Nominal),
    /// A job has finished.
    Finished(Label, String),
    /// A schedule was added.
    Added(u16),
    /// A schedule was removed.
    Removed(u16),
    /// A run of a schedule was buffered.
    Kept(u16, Nominal),
    /// Instants of a schedule were skipped.
    Skipped(u16, Nominal, String),
    /// A queue was paused.
    QueuePaused(u8),
    /// A queue was resumed.
    QueueResumed(u8),
    /// The clock was set.
    Jumped,
    /// Any other event.
    Other(String),
}

/// The nominal time of a run, in milliseconds since the scheduler was built.
pub type Nominal = i64;

/// An action of the body of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    /// The body reaches a step of its script.
    Step(u16),
    /// The body ends.
    Ended(Ending),
    /// The body is dropped.
    Dropped,
}

/// The way in which a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The body ends with success.
    Well,
    /// The body ends with an error.
    Failing,
    /// The body ends with a panic.
    Panicking,
}

/// The name of a job in traces. It does not depend on the ids that a scheduler assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Label {
    /// The submitted job with this tag: `t3`.
    Job(u16),
    /// Run number n of a schedule: `s0.2`.
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
    /// Writes the line as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Returns the lines as text, one JSON value on each line (NDJSON).
#[must_use]
pub fn to_ndjson(trace: &[Line]) -> String {
    let lines: Vec<String> = trace.iter().map(|line| format!("{line}\n")).collect();
    lines.concat()
}
