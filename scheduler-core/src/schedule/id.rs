//! Which schedule.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The identity of a schedule within its scheduler: a name of the user's choice.
///
/// A schedule whose id is empty or holds control characters is refused with
/// [`Error::InvalidConfig`](crate::Error::InvalidConfig) when it is added; so are names, tags, groups and keys of
/// metadata with control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(Arc<str>);

impl ScheduleId {
    /// The id with this text.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Checks that it is neither empty nor holds control characters.
    pub(crate) fn validate(&self) -> crate::Result<()> {
        crate::text::check_name("id", &self.0)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for ScheduleId {
    fn from(id: T) -> Self {
        Self::new(id)
    }
}

impl Borrow<str> for ScheduleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
