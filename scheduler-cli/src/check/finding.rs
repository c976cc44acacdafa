//! [`Finding`]: a problem of a crontab, or a warning about it.

use serde::Serialize;

use crate::crontab::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Error,
    Warning,
}

/// A problem or a warning, with its place.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn problem(file: &str, problem: Problem) -> Self {
        Self {
            level: Level::Error,
            file: file.to_owned(),
            line: problem.line,
            column: problem.column,
            message: problem.message,
        }
    }

    pub(super) fn warning(file: &str, line: usize, message: String) -> Self {
        Self {
            level: Level::Warning,
            file: file.to_owned(),
            line,
            column: 1,
            message,
        }
    }

    /// Formats the finding as a line of text.
    pub(super) fn text(&self) -> String {
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        let level = match self.level {
            Level::Error => "",
            Level::Warning => "warning: ",
        };
        format!("{file}:{line}:{column}: {level}{message}\n")
    }

    /// Formats the finding as a line of JSON.
    pub(super) fn json(&self) -> String {
        // Strings and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}
