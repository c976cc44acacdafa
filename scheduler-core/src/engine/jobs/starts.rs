//! How jobs start: which of the queued ones, and when.

use std::mem;

use super::{
    Jobs, Stage, StartRules, Wait, id_of,
    queue::{Closed, Place},
};
use crate::{
    EventKind,
    engine::{Action, Claim, Cx, Key, QueueNumber, time::Kind},
    job::Body,
};

impl Jobs {
    /// Returns the number of jobs that wait for a permit, a token or their schedule.
    pub(super) const fn waiting(&self) -> usize {
        self.queues.queued() + self.outside.waiting() + self.parked.len() + self.surplus.len()
    }

    /// Starts a job, or appends it to the queue if it must wait.
    pub(in crate::engine) fn enqueue(&mut self, key: Key, rules: &impl StartRules, cx: &mut Cx) {
        let Some(record) = self.records.get(key) else {
            return;
        };
        let (number, plain) = (record.queue, record.policy().is_none());
        let place = match record.rank() {
            rank if record.submitted => Place::Slot(rank),
            rank => Place::Last(rank),
        };
        let is_first = plain && self.queues.get(number).len() == 0;
        if is_first && self.outside.gathering.is_none() && self.can_start(number, cx) {
            return self.claim(key, cx);
        }
        self.queues.push(number, key, place);
        if !plain {
            self.limit_waiting(key, cx);
        }
        // In a drain the queue may be paused until the end, and then nothing else would cancel the job.
        if !plain || self.queues.get(number).has_rate() || cx.lifecycle.drains() {
            self.fill(rules, cx);
        }
    }

    /// Returns whether a job that needs a permit of this queue would start at once, were it the first.
    #[inline]
    pub(super) fn can_start(&self, number: QueueNumber, cx: &Cx) -> bool {
        let queue = self.queues.get(number);
        cx.lifecycle.starts_jobs()
            && queue.free_permits() > 0
            && queue.closed(|| cx.elapsed()).is_none()
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`, `QU-002`).
    #[inline]
    pub(in crate::engine) fn fill(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        if !cx.lifecycle.starts_jobs() || self.outside.gathering.is_some() {
            return;
        }
        loop {
            while let Some(number) = self.queues.next_to_fill() {
                self.fill_queue(number, rules, cx);
            }
            if !self.call_limited() {
                return;
            }
        }
    }

    fn fill_queue(&mut self, number: QueueNumber, rules: &impl StartRules, cx: &mut Cx) {
        if cx.lifecycle.drains() && self.queues.get(number).is_paused() {
            // It can no longer be resumed.
            while let Some(key) = self.queues.get_mut(number).pop_any() {
                self.set_to_prevent(key, cx);
            }
        }
        while let Some(key) = self.next_ready(number, cx) {
            let Some(record) = self.records.get(key) else {
                continue;
            };
            if record.stage != Stage::Queued {
                continue;
            }
            // Without extras, no schedule, start rule or rate holds a job back.
            if record.extras.is_none() || self.is_ready(key, rules, cx) {
                self.unqueue(key, cx);
                self.claim(key, cx);
            }
        }
    }

    /// Returns whether a job with a permit may start. If not, the job is put aside, prevented, limited or throttled.
    fn is_ready(&mut self, key: Key, rules: &impl StartRules, cx: &mut Cx) -> bool {
        match self.wait_of(key, rules) {
            None => {}
            Some(Wait::Paused) if cx.lifecycle.drains() => {
                // Its schedule can no longer be resumed.
                self.set_to_prevent(key, cx);
                return false;
            }
            Some(wait) => {
                self.leave_lines(key, cx);
                self.unqueue(key, cx);
                self.put_aside(key, wait);
                return false;
            }
        }
        let record = self.records.get(key);
        let is_watched = record.is_some_and(|record| record.watched().is_some());
        let is_late = is_watched && self.prevents_late(key, rules, cx);
        !is_late && !self.awaits_task(key, cx) && !self.throttle(key, cx)
    }

    /// Removes the next key from a queue, if a job may start. Otherwise the end of a job, of the pause or of the
    /// wait for a token marks the queue again.
    #[inline]
    fn next_ready(&mut self, number: QueueNumber, cx: &mut Cx) -> Option<Key> {
        let queue = self.queues.get_mut(number);
        match queue.closed(|| cx.elapsed()) {
            None => queue.pop(),
            Some(Closed::Paused) => None,
            Some(Closed::Until(ready)) => {
                if queue.len() > 0 {
                    queue.watch(number.key(), ready, &mut cx.deadlines);
                }
                None
            }
        }
    }

    /// Starts jobs of the queues whose next token has come.
    pub(in crate::engine) fn handle_queue_rates(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        if !cx.lifecycle.starts_jobs() {
            return;
        }
        while let Some(key) = cx.deadlines.pop_due(Kind::QueueRate, cx.elapsed()) {
            let number = QueueNumber::of_key(key);
            self.queues.get_mut(number).unwatch(key, &mut cx.deadlines);
            self.queues.mark(number);
        }
        self.fill(rules, cx);
    }

    /// Returns why a job must wait although a permit is free; `None` if it may start.
    pub(super) fn wait_of(&self, key: Key, rules: &impl StartRules) -> Option<Wait> {
        let extras = self.records.get(key)?.extras.as_deref()?;
        let schedule = extras.schedule.filter(|_| !extras.is_asked_for())?;
        rules.wait_of(schedule, key, self)
    }

    /// Returns the position of a job among those that wait for their schedule: its claim number, or a new number.
    pub(super) fn turn_in_line(&mut self, key: Key) -> u32 {
        let Some(record) = self.records.get_mut(key) else {
            return 0;
        };
        if record.turn == 0 {
            record.turn = self.outside.next_turn();
        }
        record.turn
    }

    /// Begins to gather the jobs that are due at `instant`, if priorities may change their order.
    pub(in crate::engine) const fn gather(&mut self, instant: u64) {
        if self.outside.is_ranked {
            self.outside.gathering = Some(instant);
        }
    }

    /// Stops gathering jobs, because a shutdown begins.
    pub(in crate::engine) const fn stop_gathering(&mut self) {
        self.outside.gathering = None;
    }

    /// Returns whether all timers of the gathered instant have fired, but trigger results are pending.
    pub(in crate::engine) fn awaits_occurrences(&self, cx: &Cx) -> bool {
        let is_over = |instant| cx.deadlines.next_timer() != instant;
        self.outside.gathering.is_some_and(is_over)
    }

    /// Starts the gathered jobs of an instant, if all of its timers have fired.
    pub(in crate::engine) fn release_gathered(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        if self.awaits_occurrences(cx) {
            self.outside.gathering = None;
            self.fill(rules, cx);
        }
    }

    pub(super) fn is_queued(&self, key: Key) -> bool {
        self.stage_of(key) == Some(Stage::Queued)
    }

    pub(super) fn stage_of(&self, key: Key) -> Option<Stage> {
        self.records.get(key).map(|record| record.stage)
    }

    /// Removes a job from the counters of its queue.
    pub(super) fn unqueue(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get(key) else {
            return;
        };
        self.queues.leave(record.queue);
        if record.submitted {
            self.queues.get_mut(record.queue).free_slot();
            cx.outbox.note_freed(record.queue);
        }
    }

    /// Releases the queue slot of a job.
    pub(super) fn free_slot(&mut self, key: Key, cx: &mut Cx) {
        let submitted = self.records.get(key).filter(|record| record.submitted);
        if let Some(number) = submitted.map(|record| record.queue) {
            self.queues.get_mut(number).free_slot();
            cx.outbox.note_freed(number);
        }
    }

    #[inline]
    pub(super) fn queue_of(&self, key: Key) -> QueueNumber {
        self.records
            .get(key)
            .map_or(QueueNumber::DEFAULT, |record| record.queue)
    }

    fn claim(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let Some(body) = record.body_to_run() else {
            return;
        };
        record.stage = Stage::Running;
        let returned = mem::take(&mut record.returned);
        self.queues.start(record.queue, || cx.elapsed());
        self.going.take(record.extras.as_deref());
        if !returned {
            record.turn = self.outside.next_turn();
        }
        let plain = record.policy().is_none();
        let watched = record.watched().is_some();
        let cell = match &body {
            Body::Future(_) if plain => record.cell.clone(),
            _ => Some(record.make_cell(key, cx)),
        };
        if !plain {
            self.count_claim(key);
        }
        let claim = Claim {
            key,
            body,
            cell,
            asks: !plain || watched,
        };
        if claim.body.is_blocking() {
            cx.push(Action::RunBlocking(claim));
        } else {
            self.batch.push(claim);
        }
        if !returned {
            self.publish(key, || EventKind::JobClaimed(id_of(key)), cx);
        }
    }

    /// Keys of cancelled jobs must not pile up in a queue.
    pub(super) fn tidy_queue(&mut self, number: QueueNumber) {
        let records = &self.records;
        let is_queued = |key| {
            records
                .get(key)
                .is_some_and(|record| record.stage == Stage::Queued)
        };
        self.queues.get_mut(number).tidy(is_queued);
        if self.outside.unlimited.len() > 2 * self.queues.queued() + 64 {
            let mut unlimited = mem::take(&mut self.outside.unlimited);
            unlimited.retain(|&key| self.is_queued(key));
            unlimited.shrink_to(2 * unlimited.len());
            self.outside.unlimited = unlimited;
        }
    }
}
