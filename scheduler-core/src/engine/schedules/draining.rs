//! What becomes of schedules when a graceful shutdown begins.

use crate::{
    Now, SkipReason,
    engine::{Engine, slab::Key},
};

impl Engine {
    /// Begins the drain: only instants that are due now and buffered runs still start, except those of
    /// paused schedules.
    pub(in crate::engine) fn drain_schedules(&mut self, now: &Now) {
        let keys: Vec<Key> = self.schedules.keys();
        self.schedules.departed.keep_all();
        for &key in &keys {
            let paused = |key| self.schedules.get(key).is_some_and(|it| it.is_paused());
            if paused(key) {
                self.drop_kept(key, SkipReason::Shutdown, now);
            }
            if !self.keep_undecided(key, now) {
                self.retire(key, None, SkipReason::Shutdown, now);
            }
            if let Some(record) = self.schedules.records.get_mut(key) {
                record.over = true;
                self.schedules.ids.remove(&record.id);
            }
            self.keep_history(key);
        }
        self.drop_questions(now);
        for key in keys {
            self.drop_if_done(key, now);
        }
    }
}
