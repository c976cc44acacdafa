//! Catch-up runs one after the other, with time between their starts (`MF-008`).

use super::{Engine, clock::nanos, plan::Occurrence, slab::Key};
use crate::{Now, RunCause, SkipReason, Span, State};

impl Engine {
    /// Starts the runs of a plan: at once, or, of several that are late, one at a time.
    pub(super) fn start_runs(&mut self, key: Key, mut runs: Vec<Occurrence>, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let is_paced = !record.policies().misfire.pace.is_zero();
        if is_paced && !runs.is_empty() {
            let on_time = |run: &Occurrence| run.cause == RunCause::Due;
            let late = runs.extract_if(.., |run| !on_time(run)).collect::<Vec<_>>();
            self.pace(key, late, now);
        }
        if !runs.is_empty() {
            self.occurrences(key, runs, now);
        }
    }

    fn pace(&mut self, key: Key, late: Vec<Occurrence>, now: &Now) {
        let Some(record) = self.schedules.get_mut(key).filter(|_| !late.is_empty()) else {
            return;
        };
        let limit = record.policies().buffer_limit;
        let life = record.life();
        life.paced.extend(late);
        let surplus = life.paced.len().saturating_sub(limit);
        let given_up: Vec<_> = life.paced.drain(..surplus).collect();
        let waits = life.pace_due.is_some();
        for occurrence in given_up {
            self.give_up(key, &occurrence, now);
        }
        if !waits {
            self.next_paced(key, self.clocks.elapsed(now), now);
        }
    }

    fn give_up(&mut self, key: Key, occurrence: &Occurrence, now: &Now) {
        let verdict = crate::Verdict::not_run(SkipReason::TooMany);
        self.note_occurrence(key, occurrence, verdict, now);
        let span = Span::single(occurrence.nominal);
        self.announce_skipped(key, span, SkipReason::TooMany, now);
    }

    /// Starts the next catch-up run of a schedule, if there is one, and says when the one after it
    /// is to start.
    pub(super) fn next_paced(&mut self, key: Key, elapsed: u64, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let pace = nanos(record.policies().misfire.pace);
        let Some(life) = record.life.as_deref_mut() else {
            return;
        };
        life.pace_due = None;
        let Some(occurrence) = life.paced.pop_front() else {
            return;
        };
        if !life.paced.is_empty() {
            let due = elapsed.saturating_add(pace);
            life.pace_due = Some(due);
            self.paces.insert((due, key));
            self.note_deadline(due);
        }
        self.occurrences(key, vec![occurrence], now);
    }

    /// Starts the catch-up runs whose turn has come.
    pub(super) fn handle_paces(&mut self, elapsed: u64, now: &Now) {
        while self.state == State::Running
            && let Some(&(due, key)) = self.paces.first()
            && due <= elapsed
        {
            self.paces.pop_first();
            self.next_paced(key, elapsed, now);
            self.drop_if_done(key);
        }
    }

    /// Drops the catch-up runs of a schedule whose turn has not come.
    pub(super) fn drop_paced(&mut self, key: Key, reason: SkipReason, now: &Now) {
        self.stop_pacing(key);
        let life = self
            .schedules
            .get_mut(key)
            .and_then(|record| record.life.as_deref_mut());
        let paced = life.map(|life| std::mem::take(&mut life.paced));
        for occurrence in paced.unwrap_or_default() {
            self.drop_occurrence(key, &occurrence, reason, now);
        }
    }

    /// Takes the turn of a schedule's next catch-up run back: it is paused, or gone.
    pub(super) fn stop_pacing(&mut self, key: Key) {
        let life = self
            .schedules
            .get_mut(key)
            .and_then(|record| record.life.as_deref_mut());
        if let Some(due) = life.and_then(|life| life.pace_due.take()) {
            self.paces.remove(&(due, key));
        }
    }
}
