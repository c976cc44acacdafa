//! Jobs that wait for a permit, and the starts of jobs.

use std::mem;

use super::{Jobs, PriorityQueue, Stage, StartRules, Wait, id_of, permits::Permits};
use crate::{
    EventKind,
    engine::{Action, Claim, Cx, Key},
    job::Body,
};

/// All jobs of the engine, by where they wait.
#[derive(Default)]
pub(super) struct Queue {
    /// Jobs that wait for a permit, in order. Some keys may be stale.
    pub(super) ready: PriorityQueue,
    /// Number of keys that are not stale.
    pub(super) queued: usize,
    /// Number of queued jobs that count for the queue limit.
    pub(super) submitted: usize,
    pub(super) delayed: usize,
    /// Number of delayed jobs that wait for the wall clock.
    pub(super) on_wall: usize,
    pub(super) permits: Permits,
    /// Number of jobs that wait for a token of their rate limit.
    pub(super) throttled: usize,
    /// Number of claims so far.
    turns: u32,
    /// Number of jobs that wait for a retry, or for the decision about one.
    pub(super) retrying: usize,
    /// Delayed jobs that were accepted before the start.
    pub(super) unarmed: Vec<Key>,
    /// Queued jobs with `start_within` that were accepted before the start.
    pub(super) unlimited: Vec<Key>,
    /// Runs that are too late to start. The driver's next turn ends them.
    pub(super) too_late: Vec<Key>,
    /// Set once any job has a priority. Jobs of one instant are then gathered before any of them starts.
    pub(super) is_ranked: bool,
    /// The instant whose jobs are being gathered.
    pub(super) gathering: Option<u64>,
}

impl Jobs {
    /// Returns the number of jobs that wait for a permit, a token or their schedule.
    pub(super) const fn waiting(&self) -> usize {
        let queue = &self.queue;
        queue.queued + queue.throttled + self.parked.len() + self.surplus.len()
    }

    /// Starts a job, or appends it to the queue if it must wait.
    pub(in crate::engine) fn enqueue(&mut self, key: Key, rules: &impl StartRules, cx: &mut Cx) {
        let Some(record) = self.records.get(key) else {
            return;
        };
        let (submitted, plain) = (record.submitted, record.policy().is_none());
        let rank = record.rank();
        if plain && self.queue.queued == 0 && self.can_start(cx) && self.queue.gathering.is_none() {
            return self.claim(key, cx);
        }
        self.queue.queued += 1;
        self.queue.submitted += usize::from(submitted);
        self.queue.ready.push(key, rank);
        if !plain {
            self.limit_waiting(key, cx);
            self.fill(rules, cx);
        }
    }

    pub(super) fn can_start(&self, cx: &Cx) -> bool {
        cx.lifecycle.starts_jobs() && self.has_permit(cx)
    }

    /// Returns whether a permit is free.
    pub(super) fn has_permit(&self, cx: &Cx) -> bool {
        self.permits(cx) > 0
    }

    /// Returns the number of free permits.
    pub(super) fn permits(&self, cx: &Cx) -> usize {
        self.queue.permits.free(cx.options().max_concurrent_jobs)
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`).
    pub(in crate::engine) fn fill(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        while let Some(key) = self.next_ready(cx) {
            let Some(record) = self.records.get(key) else {
                continue;
            };
            if record.stage != Stage::Queued {
                continue;
            }
            let is_watched = record.watched().is_some();
            match self.wait_of(key, rules) {
                None => {}
                Some(Wait::Paused) if cx.lifecycle.drains() => {
                    // Its schedule can no longer be resumed.
                    self.set_to_prevent(key, cx);
                    continue;
                }
                Some(wait) => {
                    self.leave_line(key, cx);
                    self.unqueue(key, cx);
                    self.put_aside(key, wait);
                    continue;
                }
            }
            let is_late = is_watched && self.prevents_late(key, rules, cx);
            if !is_late && !self.throttle(key, cx) {
                self.unqueue(key, cx);
                self.claim(key, cx);
            }
        }
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
            self.queue.turns = self.queue.turns.wrapping_add(1);
            record.turn = self.queue.turns;
        }
        record.turn
    }

    fn next_ready(&mut self, cx: &Cx) -> Option<Key> {
        let runs = cx.lifecycle.starts_jobs() && self.queue.gathering.is_none();
        if self.queue.queued == 0 || !runs {
            return None;
        }
        if self.has_permit(cx) {
            self.queue.ready.pop()
        } else {
            self.queue.ready.pop_besides()
        }
    }

    /// Begins to gather the jobs that are due at `instant`, if priorities may change their order.
    pub(in crate::engine) const fn gather(&mut self, instant: u64) {
        if self.queue.is_ranked {
            self.queue.gathering = Some(instant);
        }
    }

    /// Stops gathering jobs, because a shutdown begins.
    pub(in crate::engine) const fn stop_gathering(&mut self) {
        self.queue.gathering = None;
    }

    /// Returns whether all timers of the gathered instant have fired, but trigger results are pending.
    pub(in crate::engine) fn awaits_occurrences(&self, cx: &Cx) -> bool {
        let is_over = |instant| cx.deadlines.next_timer() != instant;
        self.queue.gathering.is_some_and(is_over)
    }

    /// Starts the gathered jobs of an instant, if all of its timers have fired.
    pub(in crate::engine) fn release_gathered(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        if self.awaits_occurrences(cx) {
            self.queue.gathering = None;
            self.fill(rules, cx);
        }
    }

    pub(super) fn is_queued(&self, key: Key) -> bool {
        self.stage_of(key) == Some(Stage::Queued)
    }

    pub(super) fn stage_of(&self, key: Key) -> Option<Stage> {
        self.records.get(key).map(|record| record.stage)
    }

    /// Removes a job from the counters of the queue.
    pub(super) fn unqueue(&mut self, key: Key, cx: &mut Cx) {
        self.queue.queued -= 1;
        self.free_slot(key, cx);
    }

    /// Releases the queue slot of a job.
    pub(super) fn free_slot(&mut self, key: Key, cx: &mut Cx) {
        if self.records.get(key).is_some_and(|job| job.submitted) {
            self.queue.submitted -= 1;
            cx.outbox.note_slot_freed();
        }
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
        self.queue.permits.take();
        if !returned {
            self.queue.turns = self.queue.turns.wrapping_add(1);
            record.turn = self.queue.turns;
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

    /// Removes keys of cancelled jobs, so that they do not accumulate in the queue.
    pub(super) fn tidy_queue(&mut self) {
        if self.queue.ready.len() > 2 * self.queue.queued + 64 {
            let mut ready = mem::take(&mut self.queue.ready);
            ready.retain(|key| self.is_queued(key));
            self.queue.ready = ready;
        }
        if self.queue.unlimited.len() > 2 * self.queue.queued + 64 {
            let mut unlimited = mem::take(&mut self.queue.unlimited);
            unlimited.retain(|&key| self.is_queued(key));
            unlimited.shrink_to(2 * unlimited.len());
            self.queue.unlimited = unlimited;
        }
    }
}
