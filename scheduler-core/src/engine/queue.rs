//! Jobs that wait for a permit, and their starts.

use std::mem;

use super::{
    Action, Claim, Engine,
    jobs::{Stage, id_of},
    ready::Ready,
    schedules::surplus::Wait,
    slab::Key,
};
use crate::{EventKind, Now, job::Body};

/// All jobs of the engine, by where they wait.
#[derive(Default)]
pub(crate) struct Queue {
    /// Jobs that wait for a permit, in order. Some keys may be stale.
    pub(super) ready: Ready,
    /// Number of keys that are not stale.
    pub(crate) queued: usize,
    /// Number of queued jobs that count for the queue limit.
    pub(crate) submitted: usize,
    pub(crate) delayed: usize,
    pub(crate) running: usize,
    /// Number of running jobs without a permit.
    pub(super) besides: usize,
    /// Jobs that wait for a token of their rate limit.
    pub(super) throttled: usize,
    /// Number of held runs of paused schedules.
    pub(super) parked: usize,
    /// Number of surplus runs.
    pub(super) surplus: usize,
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

impl Queue {
    /// Returns the number of waiting jobs, wherever they wait.
    pub(super) const fn waiting(&self) -> usize {
        self.queued + self.throttled + self.parked + self.surplus
    }
}

impl Engine {
    /// Starts a job, or appends it to the queue if it must wait.
    pub(super) fn enqueue(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.get(key) else {
            return;
        };
        let (submitted, plain) = (record.submitted, record.policy().is_none());
        let rank = record.rank();
        if plain && self.queue.queued == 0 && self.can_start() && self.queue.gathering.is_none() {
            return self.claim(key, now);
        }
        self.queue.queued += 1;
        self.queue.submitted += usize::from(submitted);
        self.queue.ready.push(key, rank);
        if !plain {
            self.limit_waiting(key, now);
            self.fill(now);
        }
    }

    pub(super) fn can_start(&self) -> bool {
        self.starts_jobs() && self.has_permit()
    }

    /// Returns whether a permit is free.
    pub(super) fn has_permit(&self) -> bool {
        self.permits() > 0
    }

    /// Returns the number of free permits.
    pub(super) fn permits(&self) -> usize {
        let limit = self.options.max_concurrent_jobs.unwrap_or(usize::MAX);
        limit.saturating_sub(self.queue.running - self.queue.besides)
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`).
    pub(super) fn fill(&mut self, now: &Now) {
        while let Some(key) = self.next_ready() {
            let Some(record) = self.jobs.get(key).filter(|job| job.stage == Stage::Queued) else {
                continue;
            };
            let watched = record.watched().is_some();
            match self.wait_of(key) {
                None => {}
                Some(Wait::Paused) if self.drains => {
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
    pub(super) fn turn_in_line(&mut self, key: Key) -> u32 {
        let Some(record) = self.jobs.get_mut(key) else {
            return 0;
        };
        if record.turn == 0 {
            self.queue.turns = self.queue.turns.wrapping_add(1);
            record.turn = self.queue.turns;
        }
        record.turn
    }

    fn next_ready(&mut self) -> Option<Key> {
        let runs = self.starts_jobs() && self.queue.gathering.is_none();
        if self.queue.queued == 0 || !runs {
            return None;
        }
        let permit = self.has_permit();
        self.queue.ready.pop(permit)
    }

    /// Begins to gather the jobs that are due at `instant`, if priorities may change their order.
    pub(super) fn gather(&mut self, instant: u64) {
        if self.queue.is_ranked {
            self.queue.gathering = Some(instant);
        }
    }

    /// Returns whether all timers of the gathered instant have fired, but trigger results are pending.
    pub(super) fn awaits_occurrences(&self) -> bool {
        let is_over = |instant| self.timers.next_deadline() != Some(instant);
        self.queue.gathering.is_some_and(is_over)
    }

    /// Starts the gathered jobs of an instant.
    pub(crate) fn release_gathered(&mut self, now: &Now) {
        if !self.asking.is_about_to_end() && self.awaits_occurrences() {
            self.queue.gathering = None;
            self.fill(now);
        }
    }

    pub(super) fn is_queued(&self, key: Key) -> bool {
        self.stage_of(key) == Some(Stage::Queued)
    }

    pub(super) fn stage_of(&self, key: Key) -> Option<Stage> {
        self.jobs.get(key).map(|record| record.stage)
    }

    /// Removes a job from the counters of the queue.
    pub(super) fn unqueue(&mut self, key: Key) {
        self.queue.queued -= 1;
        self.give_back_room(key);
    }

    /// Releases the queue slot of a job.
    pub(super) fn give_back_room(&mut self, key: Key) {
        if self.jobs.get(key).is_some_and(|job| job.submitted) {
            self.queue.submitted -= 1;
            self.room_made = true;
        }
    }

    fn claim(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        let Some(body) = record.body_to_run() else {
            return;
        };
        record.stage = Stage::Running;
        let returned = mem::take(&mut record.returned);
        self.queue.running += 1;
        if !returned {
            self.queue.turns = self.queue.turns.wrapping_add(1);
            record.turn = self.queue.turns;
        }
        let plain = record.policy().is_none();
        let watched = record.watched().is_some();
        let cell = match &body {
            Body::Future(_) if plain => record.cell.clone(),
            _ => Some(record.make_cell(key, &self.host, &self.clocks)),
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
            self.actions.push_back(Action::RunBlocking(claim));
        } else {
            self.batch.push(claim);
        }
        if !returned {
            self.publish(now, |_| EventKind::JobClaimed(id_of(key)));
        }
    }

    /// Keys of cancelled jobs must not pile up in the queue.
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
