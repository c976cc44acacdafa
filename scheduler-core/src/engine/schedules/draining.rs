//! The end of schedules in a shutdown.

use super::{Schedules, armed::ArmedTimers};
use crate::{
    SkipReason,
    engine::{Discarded, cx::Cx, slab::Key, time::Kind},
};

impl Schedules {
    /// Begins the drain: only instants that are due now and buffered runs still start, except those of
    /// paused schedules.
    pub(in crate::engine) fn begin_drain(&mut self, cx: &mut Cx) {
        let keys: Vec<Key> = self.keys();
        self.departed.keep_all();
        for &key in &keys {
            if self.get(key).is_some_and(|record| record.is_paused()) {
                self.drop_kept(key, SkipReason::Shutdown, cx);
            }
            if !self.keep_undecided(key, cx) {
                self.retire(key, None, SkipReason::Shutdown, cx);
            }
            if let Some(record) = self.records.get_mut(key) {
                record.over = true;
                self.ids.remove(&record.id);
            }
            self.keep_history(key);
        }
        for key in keys {
            self.drop_if_done(key, cx);
        }
    }

    /// Drops every schedule.
    pub(in crate::engine) fn discard_all(&mut self, cx: &mut Cx) {
        let keys: Vec<Key> = self.keys();
        for &key in &keys {
            self.drop_kept(key, SkipReason::Shutdown, cx);
            self.retire(key, None, SkipReason::Shutdown, cx);
        }
        self.departed.keep_all();
        self.ids.clear();
        self.armed = ArmedTimers::default();
        cx.deadlines.clear_all(Kind::Pace);
        self.groups.clear();
        for key in keys {
            self.keep_history(key);
            if let Some(record) = self.records.remove(key) {
                cx.discard(Discarded::Schedule(Box::new(record)));
            }
        }
        self.undecided.clear();
    }
}
