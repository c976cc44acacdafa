//! Handles a wall clock that was set back: decided instants may repeat (`TM-005`).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Engine,
    footing::{Footing, stamp},
    plan::Ask,
    repeats::{Again, just_after},
    slab::Key,
};
use crate::{Now, ScheduleEnd, trigger::Timeline};

impl Engine {
    /// Moves wall-clock schedules to the present time. The clock was set back by `step`, at some time within
    /// `since_known` before now.
    pub(super) fn set_back(&mut self, step: TimeDelta, since_known: TimeDelta, now: &Now) {
        let from = now.wall.checked_sub_signed(since_known).unwrap_or(now.wall);
        let on_wall = self
            .schedules
            .iter()
            .filter(|(_, record)| !record.over && record.timeline == Timeline::Wall);
        let keys: Vec<Key> = on_wall.map(|(key, _)| key).collect();
        for key in keys {
            // At `from` itself the clock had not been set.
            self.go_back(key, just_after(from).min(now.wall), Again::after(step), now);
        }
    }

    /// Moves one schedule back to `from`, unless it has decided nothing after it.
    pub(super) fn go_back(&mut self, key: Key, from: DateTime<Utc>, again: Again, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let Footing::Live { since } = record.footing else {
            return;
        };
        if let Some(held) = &mut record.held {
            held.reading = held.reading.min(now.wall);
        }
        let Some(nominal) = record.nominal else {
            if record.ended == Some(ScheduleEnd::NeverDue) {
                // It may be due by the present clock.
                self.request_first(key, now);
            }
            return;
        };
        if nominal <= from {
            return;
        }
        // Instants since then that were not decided before are decided now.
        record.footing = Footing::Live { since: stamp(from) };
        let begun = DateTime::from_timestamp_nanos(since);
        let passes = record.life().passes.get_or_insert_default();
        Arc::make_mut(passes).close(begun, nominal, again);
        self.disarm_schedule(key);
        match again {
            Again::All if self.become_relative(key) => self.request_first(key, now),
            _ => self.request(
                key,
                Ask::SetBack {
                    nominal,
                    from,
                    now: now.wall,
                },
            ),
        }
    }

    /// Makes a trigger relative again that was relative when its schedule started, because the clock shows
    /// that its anchor was wrong. Returns whether it was relative.
    fn become_relative(&mut self, key: Key) -> bool {
        let Some(record) = self.schedules.get_mut(key) else {
            return false;
        };
        let Some(relative) = record.relative.take() else {
            return false;
        };
        let absolute = std::mem::replace(&mut record.trigger, relative);
        record.nominal = None;
        self.discard(super::Discarded::Trigger(absolute));
        true
    }
}
