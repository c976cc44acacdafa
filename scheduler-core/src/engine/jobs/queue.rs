//! Jobs that wait for a permit, and their starts.

use std::mem;

use crate::engine::{
    Action, Claim, Engine, Key,
    jobs::{Ready, Stage, id_of},
    schedules::surplus::Wait,
};
use crate::{EventKind, Now, job::Body};

/// All jobs of the engine, by where they wait.
#[derive(Default)]
pub(crate) struct Queue {
    /// Jobs that wait for a permit, in order. Some keys may be stale.
    pub(in crate::engine) ready: Ready,
    /// Number of keys that are not stale.
    pub(crate) queued: usize,
    /// Number of queued jobs that count for the queue limit.
    pub(crate) submitted: usize,
    pub(crate) delayed: usize,
    pub(crate) running: usize,
    /// Number of running jobs without a permit.
    pub(in crate::engine) besides: usize,
    /// Jobs that wait for a token of their rate limit.
    pub(in crate::engine) throttled: usize,
    /// Number of held runs of paused schedules.
    pub(in crate::engine) parked: usize,
    /// Number of surplus runs.
    pub(in crate::engine) surplus: usize,
    /// Number of claims so far.
    turns: u32,
    /// Number of jobs that wait for a retry, or for the decision about one.
    pub(in crate::engine) retrying: usize,
    /// Delayed jobs that were accepted before the start.
    pub(in crate::engine) unarmed: Vec<Key>,
    /// Queued jobs with `start_within` that were accepted before the start.
    pub(in crate::engine) unlimited: Vec<Key>,
    /// Runs that are too late to start. The driver's next turn ends them.
    pub(in crate::engine) too_late: Vec<Key>,
    /// Set once any job has a priority. Jobs of one instant are then gathered before any of them starts.
    pub(in crate::engine) is_ranked: bool,
    /// The instant whose jobs are being gathered.
    pub(in crate::engine) gathering: Option<u64>,
}

impl Queue {
    /// Returns the number of waiting jobs, wherever they wait.
    pub(in crate::engine) const fn waiting(&self) -> usize {
        self.queued + self.throttled + self.parked + self.surplus
    }
}

impl Engine {
    /// Starts a job, or appends it to the queue if it must wait.
    pub(in crate::engine) fn enqueue(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.records.get(key) else {
            return;
        };
        let (submitted, plain) = (record.submitted, record.policy().is_none());
        let rank = record.rank();
        if plain
            && self.jobs.queue.queued == 0
            && self.can_start()
            && self.jobs.queue.gathering.is_none()
        {
            return self.claim(key, now);
        }
        self.jobs.queue.queued += 1;
        self.jobs.queue.submitted += usize::from(submitted);
        self.jobs.queue.ready.push(key, rank);
        if !plain {
            self.limit_waiting(key, now);
            self.fill(now);
        }
    }

    pub(in crate::engine) fn can_start(&self) -> bool {
        self.starts_jobs() && self.has_permit()
    }

    /// Returns whether a permit is free.
    pub(in crate::engine) fn has_permit(&self) -> bool {
        self.permits() > 0
    }

    /// Returns the number of free permits.
    pub(in crate::engine) fn permits(&self) -> usize {
        let limit = self.cx.options.max_concurrent_jobs.unwrap_or(usize::MAX);
        limit.saturating_sub(self.jobs.queue.running - self.jobs.queue.besides)
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`).
    pub(in crate::engine) fn fill(&mut self, now: &Now) {
        while let Some(key) = self.next_ready() {
            let Some(record) = self
                .jobs
                .records
                .get(key)
                .filter(|job| job.stage == Stage::Queued)
            else {
                continue;
            };
            let watched = record.watched().is_some();
            match self.wait_of(key) {
                None => {}
                Some(Wait::Paused) if self.cx.lifecycle.drains => {
                    // Its schedule can no longer be resumed.
                    self.set_aside(key);
                    continue;
                }
                Some(wait) => {
                    self.step_aside(key, wait);
                    continue;
                }
            }
            let is_late = watched && self.set_aside_if_late(key, now);
            if !is_late && !self.throttle(key, now) {
                self.unqueue(key);
                self.claim(key, now);
            }
        }
    }

    /// Parks a job of a paused schedule. If it was called for a token, the next job gets the token.
    fn step_aside(&mut self, key: Key, wait: Wait) {
        self.leave_line(key);
        self.unqueue(key);
        match wait {
            Wait::Paused => self.park(key),
            Wait::Surplus => self.hold_surplus(key),
        }
    }

    /// Returns the position of a job among those that wait for their schedule: its claim number, or a new number.
    pub(in crate::engine) fn turn_in_line(&mut self, key: Key) -> u32 {
        let Some(record) = self.jobs.records.get_mut(key) else {
            return 0;
        };
        if record.turn == 0 {
            self.jobs.queue.turns = self.jobs.queue.turns.wrapping_add(1);
            record.turn = self.jobs.queue.turns;
        }
        record.turn
    }

    fn next_ready(&mut self) -> Option<Key> {
        let runs = self.starts_jobs() && self.jobs.queue.gathering.is_none();
        if self.jobs.queue.queued == 0 || !runs {
            return None;
        }
        let permit = self.has_permit();
        self.jobs.queue.ready.pop(permit)
    }

    /// Begins to gather the jobs that are due at `instant`, if priorities may change their order.
    pub(in crate::engine) fn gather(&mut self, instant: u64) {
        if self.jobs.queue.is_ranked {
            self.jobs.queue.gathering = Some(instant);
        }
    }

    /// Returns whether all timers of the gathered instant have fired, but trigger results are pending.
    pub(in crate::engine) fn awaits_occurrences(&self) -> bool {
        let is_over = |instant| self.cx.deadlines.timers.next_deadline() != Some(instant);
        self.jobs.queue.gathering.is_some_and(is_over)
    }

    /// Starts the gathered jobs of an instant.
    pub(crate) fn release_gathered(&mut self, now: &Now) {
        self.cx.begin(now);
        if !self.cx.asking.is_about_to_end() && self.awaits_occurrences() {
            self.jobs.queue.gathering = None;
            self.fill(now);
        }
    }

    pub(in crate::engine) fn is_queued(&self, key: Key) -> bool {
        self.stage_of(key) == Some(Stage::Queued)
    }

    pub(in crate::engine) fn stage_of(&self, key: Key) -> Option<Stage> {
        self.jobs.records.get(key).map(|record| record.stage)
    }

    /// Removes a job from the counters of the queue.
    pub(in crate::engine) fn unqueue(&mut self, key: Key) {
        self.jobs.queue.queued -= 1;
        self.give_back_room(key);
    }

    /// Releases the queue slot of a job.
    pub(in crate::engine) fn give_back_room(&mut self, key: Key) {
        if self.jobs.records.get(key).is_some_and(|job| job.submitted) {
            self.jobs.queue.submitted -= 1;
            self.cx.outbox.slot_freed = true;
        }
    }

    fn claim(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        let Some(body) = record.body_to_run() else {
            return;
        };
        record.stage = Stage::Running;
        let returned = mem::take(&mut record.returned);
        self.jobs.queue.running += 1;
        if !returned {
            self.jobs.queue.turns = self.jobs.queue.turns.wrapping_add(1);
            record.turn = self.jobs.queue.turns;
        }
        let plain = record.policy().is_none();
        let watched = record.watched().is_some();
        let cell = match &body {
            Body::Future(_) if plain => record.cell.clone(),
            _ => Some(record.make_cell(key, &self.cx.host, &self.cx.clocks)),
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
            self.cx.push(Action::RunBlocking(claim));
        } else {
            self.jobs.batch.push(claim);
        }
        if !returned {
            self.publish(now, |_| EventKind::JobClaimed(id_of(key)));
        }
    }

    /// Keys of cancelled jobs must not pile up in the queue.
    pub(in crate::engine) fn tidy_queue(&mut self) {
        if self.jobs.queue.ready.len() > 2 * self.jobs.queue.queued + 64 {
            let mut ready = mem::take(&mut self.jobs.queue.ready);
            ready.retain(|key| self.is_queued(key));
            self.jobs.queue.ready = ready;
        }
        if self.jobs.queue.unlimited.len() > 2 * self.jobs.queue.queued + 64 {
            let mut unlimited = mem::take(&mut self.jobs.queue.unlimited);
            unlimited.retain(|&key| self.is_queued(key));
            unlimited.shrink_to(2 * unlimited.len());
            self.jobs.queue.unlimited = unlimited;
        }
    }
}
