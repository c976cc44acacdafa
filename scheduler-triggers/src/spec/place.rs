//! Where an error is.

use crate::TriggerError;

/// Says where what went wrong stands.
pub(super) trait Place {
    /// The same, found at `place`: the name of a field, or an index such as `[1]`.
    fn at(self, place: &str) -> Self;
}

impl<T> Place for Result<T, TriggerError> {
    fn at(self, place: &str) -> Self {
        self.map_err(|error| error.at(place))
    }
}

impl TriggerError {
    /// The same error, in the part at `place`. One that is nested too deeply is so as a whole.
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

/// One path after the other: `triggers` and `[1].expr` are `triggers[1].expr`.
pub fn joined(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", path) | (path, "") => path.to_owned(),
        (outer, inner) if inner.starts_with('[') => format!("{outer}{inner}"),
        (outer, inner) => format!("{outer}.{inner}"),
    }
}
