//! [`Schedules`]: every schedule, when it is due, and the runs of its instants.

mod armed;
pub(in crate::engine) mod arming;
mod ask;
mod clock_set;
mod cursor;
mod draining;
mod due_at_close;
mod due_runs;
mod exhaustion;
pub(in crate::engine) mod explain;
mod failures;
mod history;
pub(in crate::engine) mod jitter;
pub(in crate::engine) mod ledger;
mod list;
mod misfire;
mod ordered_lanes;
mod overlap;
mod pacing;
mod pause;
pub(in crate::engine) mod plan;
pub(in crate::engine) mod record;
pub(in crate::engine) mod retire;
mod run_ends;
mod run_lanes;
mod run_now;
mod start_rules;
#[cfg(feature = "store")]
pub(in crate::engine) mod stored;
mod surplus_runs;
mod timeline;
pub(in crate::engine) mod trigger_change;
mod update;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use self::{
    armed::ArmedTimers, history::Departed, record::ScheduleRecord, retire::Retirements,
    run_lanes::Lane,
};
use super::slab::{Key, Slab};
use crate::ScheduleId;

/// All schedules.
#[derive(Default)]
pub(crate) struct Schedules {
    records: Slab<ScheduleRecord>,
    /// The listed schedules. A removed one has a record until its runs have finished.
    ids: BTreeMap<ScheduleId, Key>,
    /// Number of ids that were generated.
    made_up: u64,
    /// Runs of schedules that share a group.
    groups: BTreeMap<Arc<str>, Lane>,
    departed: Departed,
    retirements: Retirements,
    /// Schedules with an instant that is or may be due, about which a graceful shutdown must decide.
    undecided: BTreeSet<Key>,
    armed: ArmedTimers,
}

impl Schedules {
    /// Returns the number of listed schedules.
    pub(in crate::engine) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(in crate::engine) fn get(&self, key: Key) -> Option<&ScheduleRecord> {
        self.records.get(key)
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut ScheduleRecord> {
        self.records.get_mut(key)
    }

    /// Returns all records, also those of removed schedules.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (Key, &ScheduleRecord)> {
        self.records.iter()
    }

    /// Returns the keys of all records.
    fn keys(&self) -> Vec<Key> {
        self.records.iter().map(|(key, _)| key).collect()
    }

    /// Returns whether an armed schedule waits for the wall clock.
    pub(in crate::engine) const fn watch_wall_clock(&self) -> bool {
        self.armed.on_wall() > 0
    }

    /// Returns whether a timer entry of the schedule in `slot` is current.
    pub(in crate::engine) fn is_armed(&self, slot: u32, deadline: u64) -> bool {
        let record = self.records.at_slot(slot);
        record.is_some_and(|(_, record)| record.waits_for(deadline))
    }

    /// Counts a backfill of a schedule that begins. Its record stays until the backfill ends.
    pub(in crate::engine) fn note_backfill(&mut self, key: Key) {
        if let Some(record) = self.records.get_mut(key) {
            record.stats_mut().backfills += 1;
        }
    }

    /// Counts the end of a backfill of a schedule, whose record may then be dropped.
    pub(in crate::engine) fn note_backfill_over(&mut self, key: Key) {
        let record = self.records.get_mut(key);
        if let Some(stats) = record.and_then(|record| record.stats.as_deref_mut()) {
            stats.backfills -= 1;
        }
    }

    #[cfg(test)]
    pub(in crate::engine) const fn on_wall(&self) -> usize {
        self.armed.on_wall()
    }

    #[cfg(test)]
    pub(in crate::engine) fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }
}
