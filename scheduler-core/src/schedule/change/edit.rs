//! [`Edit`]: a change of one setting of a schedule.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::schedule::{
    Hours, Misfire, Overlap,
    policies::{Label, Policies},
};

/// One setting, with its new value.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Misfire(Misfire),
    Overlap(Overlap),
    Jitter(Duration),
    MaxInstances(usize),
    BufferLimit(usize),
    History(Option<usize>),
    Group(Option<Arc<str>>),
    Hours(Option<Hours>),
    FailureLimit(Option<usize>),
    Name(Option<Arc<str>>),
    Tags(Vec<Arc<str>>),
    Metadata(Arc<str>, Option<Arc<str>>),
    AllMetadata(BTreeMap<Arc<str>, Arc<str>>),
}

impl Edit {
    pub(super) fn apply(self, policies: &mut Policies, label: &mut Label) {
        match self {
            Self::Misfire(misfire) => policies.misfire = misfire,
            Self::Overlap(overlap) => policies.overlap = overlap,
            Self::Jitter(jitter) => policies.jitter = jitter,
            Self::MaxInstances(limit) => policies.max_instances = limit,
            Self::BufferLimit(limit) => policies.buffer_limit = limit,
            Self::History(decisions) => policies.history = decisions,
            Self::Group(group) => policies.group = group,
            Self::Hours(hours) => policies.hours = hours,
            Self::FailureLimit(limit) => policies.failure_limit = limit,
            Self::Name(name) => label.name = name,
            Self::Tags(tags) => {
                label.tags = tags.into_iter().collect();
            }
            Self::Metadata(key, Some(value)) => drop(label.metadata.insert(key, value)),
            Self::Metadata(key, None) => drop(label.metadata.remove(&key)),
            Self::AllMetadata(all) => label.metadata = all,
        }
    }
}
