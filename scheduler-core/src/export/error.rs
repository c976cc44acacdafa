//! [`ExportError`] and [`ImportError`].

use std::{fmt, sync::Arc};

use super::VERSION;
use crate::{
    ScheduleId,
    base::{
        counted::counted,
        text::{LONGEST, brief_and_visible},
    },
    trigger::TriggerError,
};

/// Some schedules cannot be written as data. Register their tasks, or export the others with
/// [`export_what_can_be`](crate::SchedulerExt::export_what_can_be).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} cannot be written as data, call `export_what_can_be` to leave them out: {}",
    counted(left_out.len(), "schedule"),
    listed(left_out, 0)
)]
#[non_exhaustive]
pub struct ExportError {
    /// The schedules that cannot be written.
    pub left_out: Vec<LeftOut>,
}

/// A schedule that cannot be written as data, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Id of the schedule.
    pub schedule: ScheduleId,
    /// The reason.
    pub reason: NotData,
}

/// Reason why a schedule cannot be written as data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotData {
    /// The task is a closure. [Register](crate::registry::TaskRegistry::register) it, and build the
    /// schedule from the registered name.
    #[error("the task{} is a closure: register it under a name", called(task.as_deref()))]
    Closure {
        /// Name of the task, if it has one.
        task: Option<Arc<str>>,
    },

    /// A function decides about retries, and functions cannot be written as data.
    #[error("the retry policy calls a function: use one without functions")]
    Retry,

    /// The trigger, or one inside it, is of a type outside this crate.
    #[error("the trigger: {0}")]
    Trigger(TriggerError),

    /// The scheduler does not expose the definitions of its schedules.
    #[error(
        "the scheduler does not expose the definitions of schedules: keep the document that they came from"
    )]
    Untold,

    /// The time zone of the schedule's hours has neither a name nor a fixed offset.
    #[error(
        "the zone of the hours ({zone}) cannot be written as data: use a named zone or an offset"
    )]
    Zone {
        /// The time zone.
        zone: String,
    },
}

impl ExportError {
    pub(crate) const fn new(left_out: Vec<LeftOut>) -> Self {
        Self { left_out }
    }
}

impl LeftOut {
    pub(crate) const fn new(schedule: ScheduleId, reason: NotData) -> Self {
        Self { schedule, reason }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.schedule, self.reason)
    }
}

/// A document cannot be read or imported, and nothing was changed. Correct the named problems.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document has {}: {}", counted(problems.len() + more, "problem"), listed(problems, *more))]
#[non_exhaustive]
pub struct ImportError {
    /// The first hundred problems, in the order of the document.
    pub problems: Vec<ImportProblem>,
    /// Number of further problems.
    pub more: usize,
}

/// The first problems of a document, and the number of further ones.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<ImportProblem>,
    more: usize,
}

/// Maximum number of problems of a document that are kept.
const MOST: usize = 100;

/// Maximum number of problems that a message lists.
const LISTED: usize = 20;

impl Problems {
    /// Adds a problem. Its description is computed only if it is stored.
    pub(super) fn add(&mut self, problem: impl FnOnce() -> ImportProblem) {
        if self.first.len() < MOST {
            self.first.push(problem());
        } else {
            self.more += 1;
        }
    }

    /// Returns the value, or an error if there are problems.
    pub(super) fn unless<T>(self, value: T) -> Result<T, ImportError> {
        let Self { first, more } = self;
        if first.is_empty() {
            Ok(value)
        } else {
            Err(ImportError {
                problems: first,
                more,
            })
        }
    }

    /// Returns whether there is space to store another problem.
    pub(super) fn is_told(&self) -> bool {
        self.first.len() < MOST
    }

    pub(super) const fn len(&self) -> usize {
        self.first.len() + self.more
    }
}

/// A problem of a document, with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportProblem {
    /// Path of the value: `schedules[2].task.args.to[1]`.
    pub path: String,
    /// The problem: the value that was found, and the expected one.
    pub problem: String,
}

impl ImportProblem {
    pub(super) fn new(path: impl Into<String>, problem: impl fmt::Display) -> Self {
        // Keys come from the document, and messages about arguments from their deserializer.
        Self {
            path: brief_and_visible(&path.into(), LONGEST),
            problem: brief_and_visible(&problem.to_string(), LONGEST),
        }
    }

    /// Creates the problem of an unsupported version.
    pub(super) fn version(found: impl fmt::Display) -> Self {
        let problem = format!("unknown version {found}, expected {VERSION}");
        Self::new("version", problem)
    }
}

impl fmt::Display for ImportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.path {
            "" => f.write_str(&self.problem),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

/// Formats the first entries and the number of further ones.
fn listed<T: fmt::Display>(all: &[T], more: usize) -> String {
    let listed: Vec<_> = all.iter().take(LISTED).map(T::to_string).collect();
    match all.len() - listed.len() + more {
        0 => listed.join("; "),
        rest => format!("{}; and {rest} more", listed.join("; ")),
    }
}

fn called(task: Option<&str>) -> String {
    task.map_or_else(String::new, |task| format!(" {task:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_counted_as_one() {
        let one = || LeftOut::new("s".into(), NotData::Untold);
        let told = "\"s\": the scheduler does not expose the definitions of schedules: keep the document that \
                    they came from";
        let remedy = "call `export_what_can_be` to leave them out";
        for (left_out, expected) in [
            (
                vec![one()],
                format!("1 schedule cannot be written as data, {remedy}: {told}"),
            ),
            (
                vec![one(), one()],
                format!("2 schedules cannot be written as data, {remedy}: {told}; {told}"),
            ),
        ] {
            assert_eq!(ExportError::new(left_out).to_string(), expected);
        }
        let mut problems = Problems::default();
        problems.add(|| ImportProblem::version(2));
        let error = problems.unless(()).unwrap_err();
        let told = "the document has 1 problem: version: unknown version 2, expected 1";
        assert_eq!(error.to_string(), told);
    }
}
