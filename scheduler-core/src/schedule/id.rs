//! [`ScheduleId`]: the id of a schedule.

use std::{borrow::Borrow, fmt, sync::Arc};

/// Id of a schedule, unique within its scheduler and chosen by the user.
///
/// Adding a schedule returns [`Error::InvalidConfig`](crate::Error::InvalidConfig) if its id is empty,
/// or if its id, name, group, a tag or a metadata key contains control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(Arc<str>);

impl ScheduleId {
    /// Creates an id from its text.
    ///
    /// ```
    /// use scheduler_core::ScheduleId;
    ///
    /// assert_eq!(ScheduleId::new("daily").as_str(), "daily");
    /// ```
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Checks that the id is not empty and contains no control characters.
    pub(crate) fn validate(&self) -> crate::Result<()> {
        crate::contract::names::check_name("id", &self.0)
    }

    /// Returns the text of the id.
    ///
    /// ```
    /// use scheduler_core::ScheduleId;
    ///
    /// assert!(ScheduleId::new("reports/daily").as_str().starts_with("reports/"));
    /// ```
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
