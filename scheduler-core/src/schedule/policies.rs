//! Policies and labels of a schedule.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Duration};

use super::{Hours, Misfire, MisfirePolicy, Overlap, tags::Unique};
use crate::{
    Error, Result,
    contract::names::{check_name, check_text},
};

/// Policies of a schedule. Schedules with the default policies allocate none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) misfire: Misfire,
    pub(crate) overlap: Overlap,
    /// Limit of the jitter.
    pub(crate) jitter: Duration,
    /// Maximum number of active runs.
    pub(crate) max_instances: usize,
    /// Maximum number of buffered runs.
    pub(crate) buffer_limit: usize,
    /// Number of records that are kept; `None` means the default of the scheduler.
    pub(crate) history: Option<usize>,
    /// Group whose active runs count for the overlap policy.
    pub(crate) group: Option<Arc<str>>,
    /// Hours in which late runs may start.
    pub(crate) hours: Option<Hours>,
    /// Number of consecutive failed runs after which the schedule is paused.
    pub(crate) failure_limit: Option<usize>,
}

impl Policies {
    /// The default policies.
    pub(crate) const DEFAULT: Self = Self {
        misfire: Misfire::policy(MisfirePolicy::FireOnce(super::Which::Latest)),
        overlap: Overlap::Skip,
        jitter: Duration::ZERO,
        max_instances: 1,
        buffer_limit: 1_000,
        history: None,
        group: None,
        hours: None,
        failure_limit: None,
    };

    /// Validates the policies (`SC-014`).
    pub(crate) fn validate(&self) -> Result<()> {
        if let Some(group) = &self.group {
            check_name("group", group)?;
        }
        not_zero("max_instances", self.max_instances)?;
        not_zero("buffer_limit", self.buffer_limit)?;
        if let Some(limit) = self.failure_limit {
            not_zero("pause_after_failures", limit)?;
        }
        match self.misfire.policy {
            MisfirePolicy::FireAll { max } => not_zero("misfire.policy.max", max),
            _ => Ok(()),
        }
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn not_zero(field: &'static str, value: usize) -> Result<()> {
    match NonZeroUsize::new(value) {
        Some(_) => Ok(()),
        None => Err(Error::InvalidConfig {
            field,
            problem: "must not be zero: no run could ever start".into(),
        }),
    }
}

/// Name, tags and metadata of a schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) tags: Unique<Arc<str>>,
    pub(crate) metadata: BTreeMap<Arc<str>, Arc<str>>,
}

impl Label {
    /// Checks that no text is empty or contains control characters.
    pub(crate) fn validate(&self) -> Result<()> {
        if let Some(name) = &self.name {
            check_text("name", name)?;
        }
        for tag in self.tags.iter() {
            check_name("tags", tag)?;
        }
        let mut keys = self.metadata.keys();
        keys.try_for_each(|key| check_name("metadata", key))
    }
}
