//! [`TaskError`]: the errors of tasks that are requested by name.

use std::sync::Arc;

use crate::{ErrorKind, trigger::suggest::question};

/// Error of a task that was requested by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The task does not accept the arguments: correct the named value.
    #[error(
        "the task {task:?} does not accept these arguments: {}{problem}",
        place(path)
    )]
    Arguments {
        /// Name of the task.
        task: Arc<str>,
        /// Path of the problem in the arguments: `to[1].address`; empty for the arguments as a
        /// whole.
        path: String,
        /// The problem: the value that was found, and the expected one.
        problem: String,
    },

    /// The name is registered already: choose another one.
    #[error("the task {name:?} is registered already: choose another name")]
    Duplicate {
        /// The name.
        name: Arc<str>,
    },

    /// No task has this name: register it, or correct the name.
    #[error("the task {name:?} is not registered{}", question(nearest))]
    Unknown {
        /// The name.
        name: Arc<str>,
        /// Similar registered names.
        nearest: Vec<String>,
    },

    /// The arguments cannot be written as JSON, for example a map whose keys are not text.
    #[error("the arguments of the task {task:?} cannot be written as JSON: {problem}")]
    Unwritable {
        /// Name of the task.
        task: Arc<str>,
        /// The reason.
        problem: String,
    },
}

impl TaskError {
    pub(crate) const fn kind(&self) -> ErrorKind {
        match self {
            Self::Arguments { .. } | Self::Unwritable { .. } => ErrorKind::InvalidArguments,
            Self::Duplicate { .. } => ErrorKind::DuplicateId,
            Self::Unknown { .. } => ErrorKind::NotFound,
        }
    }
}

fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_named_unless_it_is_the_whole() {
        for (path, expected) in [("to[1]", "arguments: to[1]: no"), ("", "arguments: no")] {
            let error = TaskError::Arguments {
                task: "t".into(),
                path: path.into(),
                problem: "no".into(),
            };
            assert!(error.to_string().ends_with(expected), "{error}");
        }
    }
}
