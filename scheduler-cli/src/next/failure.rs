//! [`Failure`]: the error of a question.

use std::fmt;

use scheduler_core::trigger::{CronError, TriggerError};

/// An error: a kind for programs, and a message for people.
#[derive(Debug)]
pub(super) struct Failure {
    /// `json`, `request`, or the kind of a [`TriggerError`].
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl Failure {
    /// Creates the error for text that is not JSON.
    pub(super) fn json(message: impl fmt::Display) -> Self {
        Self {
            kind: "json",
            message: message.to_string(),
        }
    }

    /// Creates the error for JSON that is not a question.
    pub(super) fn request(message: impl fmt::Display) -> Self {
        Self {
            kind: "request",
            message: message.to_string(),
        }
    }

    /// Creates the error for the trigger in a question, with its path in the question.
    pub(super) fn trigger(error: &TriggerError) -> Self {
        let place = match error.path() {
            "" => "trigger".to_owned(),
            path => format!("trigger.{path}"),
        };
        Self {
            kind: error.kind(),
            message: format!("{place}: {}", text(error.reason())),
        }
    }

    /// Creates the error for a field of the question.
    pub(super) fn field(name: &str, error: &serde_json::Error) -> Self {
        Self::request(format!("{name}: {}", without_position(error)))
    }
}

impl From<TriggerError> for Failure {
    fn from(error: TriggerError) -> Self {
        Self {
            kind: error.kind(),
            message: text(&error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Formats the error for the user of `sched next`.
fn text(error: &TriggerError) -> String {
    match error {
        TriggerError::Cron(CronError::Reboot { found, .. }) => {
            format!("{found:?} is not a time but the start of `sched run`: it has no next one")
        }
        other => other.to_string(),
    }
}

/// Returns the message without its position, which is relative to the field and not to the line.
fn without_position(error: &serde_json::Error) -> String {
    let position = format!(" at line {} column {}", error.line(), error.column());
    error.to_string().replace(&position, "")
}
