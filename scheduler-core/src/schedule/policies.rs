//! The rules and labels of a schedule, apart from what runs when.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Duration};

use super::{Hours, Misfire, MisfirePolicy, Overlap, tags::Unique};
use crate::{
    Error, Result,
    text::{check_name, check_text},
};

/// How a schedule behaves. Most schedules have the default one, which costs them nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) misfire: Misfire,
    pub(crate) overlap: Overlap,
    /// How far a start is shifted at most.
    pub(crate) jitter: Duration,
    /// How many runs may be waiting or going at a time.
    pub(crate) max_instances: usize,
    /// How many instants are kept at most.
    pub(crate) buffer_limit: usize,
    /// How many decisions are remembered; `None`: what the scheduler's options say.
    pub(crate) history: Option<usize>,
    /// The schedules it shares its overlap policy's notion of "running" with.
    pub(crate) group: Option<Arc<str>>,
    /// When late runs may start.
    pub(crate) hours: Option<Hours>,
    /// After how many failed runs in a row it is paused.
    pub(crate) failure_limit: Option<usize>,
}

impl Policies {
    /// The default ones.
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

    /// Checks that they make sense (`SC-014`).
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
            problem: "must not be zero: nothing could ever run".into(),
        }),
    }
}

/// What people call a schedule and note about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) tags: Unique<Arc<str>>,
    pub(crate) metadata: BTreeMap<Arc<str>, Arc<str>>,
}

impl Label {
    /// Checks that nothing in it is empty or holds control characters.
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
