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
                self.schedules
                    .drop_kept(key, SkipReason::Shutdown, &mut self.cx);
            }
            if !self.schedules.keep_undecided(key, &mut self.cx) {
                self.schedules
                    .retire(key, None, SkipReason::Shutdown, &mut self.cx);
            }
            if let Some(record) = self.schedules.records.get_mut(key) {
                record.over = true;
                self.schedules.ids.remove(&record.id);
            }
            self.schedules.keep_history(key);
        }
        self.drop_questions(now);
        for key in keys {
            self.schedules.drop_if_done(key, &mut self.cx);
        }
    }
}
