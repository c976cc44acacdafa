//! [`Environment`]: the settings above an entry.

use std::sync::Arc;

/// The settings above an entry. All entries of a crontab share one list, because each entry with a list of
/// its own needs memory for entries times settings.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    all: Arc<[(String, String)]>,
    /// Number of settings above the entry.
    count: usize,
}

impl Environment {
    /// Creates the environment of an entry below `count` settings, without the settings themselves.
    pub(super) fn above(count: usize) -> Self {
        Self {
            all: Arc::default(),
            count,
        }
    }

    /// Sets the list of all settings of the crontab.
    pub(super) fn share(&mut self, all: &Arc<[(String, String)]>) {
        self.all = Arc::clone(all);
    }

    /// Returns the settings in the order of their lines. A later one replaces an earlier one.
    pub(crate) fn settings(&self) -> &[(String, String)] {
        self.all.get(..self.count).unwrap_or_default()
    }

    /// Returns the value of the last setting with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut settings = self.settings().iter().rev();
        let found = settings.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}
