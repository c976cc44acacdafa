//! The position of an error in data.

use crate::TriggerError;

/// An error, or a result, to which a position can be added.
pub(super) trait Place {
    /// Adds `place` to the position: the name of a field, or an index such as `[1]`.
    fn at(self, place: &str) -> Self;
}

impl<T> Place for Result<T, TriggerError> {
    fn at(self, place: &str) -> Self {
        self.map_err(|error| error.at(place))
    }
}

impl TriggerError {
    /// Adds `place` to the position. The error for nesting that is too deep has no position.
    fn at(self, place: &str) -> Self {
        match self {
            Self::TooDeep { .. } => self,
            Self::At { path, error } => Self::At {
                path: joined(place, &path),
                error,
            },
            error => Self::At {
                path: place.to_owned(),
                error: Box::new(error),
            },
        }
    }
}

/// Joins two positions: `triggers` and `[1].expr` become `triggers[1].expr`.
pub fn joined(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", path) | (path, "") => path.to_owned(),
        (outer, inner) if inner.starts_with('[') => format!("{outer}{inner}"),
        (outer, inner) => format!("{outer}.{inner}"),
    }
}
