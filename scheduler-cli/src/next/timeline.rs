//! [`Timeline`]: the instants of several entries in their order.

use std::{cmp::Reverse, collections::BinaryHeap};

use chrono::{DateTime, Utc};
use scheduler_core::trigger::{Moment, TriggerError};

use super::question::Question;
use crate::crontab::Entry;

/// The instants of several entries in their order, each with the number of its entry.
pub(crate) struct Timeline<'a> {
    times: Vec<Box<dyn Iterator<Item = DateTime<Utc>> + 'a>>,
    due: BinaryHeap<Reverse<(DateTime<Utc>, usize)>>,
}

impl Timeline<'_> {
    /// Begins after a moment, or now. An entry at the start has no instant before that.
    pub(crate) fn new<'e>(
        entries: impl IntoIterator<Item = &'e Entry>,
        after: Option<Moment>,
        inclusive: bool,
    ) -> Result<Self, TriggerError> {
        let mut line = Self {
            times: Vec::new(),
            due: BinaryHeap::new(),
        };
        for (place, entry) in entries.into_iter().enumerate() {
            let question = Question {
                trigger: entry.trigger.clone(),
                zone: entry.zone.clone(),
                after,
                inclusive,
                count: if entry.is_at_start() { 0 } else { u64::MAX },
            };
            line.times.push(Box::new(question.instants()?));
            line.advance(place);
        }
        Ok(line)
    }

    fn advance(&mut self, place: usize) {
        let next = self.times[place].next();
        self.due.extend(next.map(|at| Reverse((at, place))));
    }
}

impl Iterator for Timeline<'_> {
    type Item = (DateTime<Utc>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((at, place)) = self.due.pop()?;
        self.advance(place);
        Some((at, place))
    }
}
