//! [`Entry`]: a command and its schedule.

use std::sync::Arc;

use scheduler_core::{Trigger, text::visible, trigger::Zone};

use super::{Environment, Policies, User};

/// A command and its schedule.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) line: usize,
    /// Set by a policy, or else the line and the first word of the command.
    pub(crate) id: String,
    /// The schedule as written.
    pub(super) schedule: String,
    pub(crate) zone: Zone,
    pub(crate) trigger: Arc<dyn Trigger>,
    pub(crate) command: String,
    /// Standard input of the command.
    pub(crate) input: Option<String>,
    pub(crate) environment: Environment,
    pub(crate) policies: Policies,
    /// Whether only failures are logged.
    pub(crate) is_quiet: bool,
    /// The user of a system crontab.
    pub(crate) user: Option<User>,
}

impl Entry {
    /// Returns whether both run the same command in the same way at the same instants.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.schedule == other.schedule
            && self.zone == other.zone
            && self.command == other.command
            && self.input == other.input
            && self.is_quiet == other.is_quiet
            && self.user == other.user
            && self.policies == other.policies
            && self.environment.settings() == other.environment.settings()
    }

    /// Returns whether the command runs once, when `sched` starts.
    pub(crate) fn is_at_start(&self) -> bool {
        self.schedule.eq_ignore_ascii_case("@reboot")
    }
}

/// Returns the id of an entry without one.
pub(super) fn default_id(line: usize, command: &str) -> String {
    let word = command.split_whitespace().next().unwrap_or_default();
    let name = word.rsplit('/').next().unwrap_or(word);
    format!("{line}:{}", visible(name))
}
