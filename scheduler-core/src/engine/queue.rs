//! Jobs that wait for a permit, and who gets the next one.

use std::collections::VecDeque;

use super::{
    Action, Claim, Engine,
    jobs::{Stage, id_of},
    slab::Key,
};
use crate::{EventKind, Now, State, job::Body};

/// Everything the engine knows of jobs as a whole.
#[derive(Default)]
pub(crate) struct Queue {
    /// Jobs that wait for a permit, in order; some may be gone by now.
    ready: VecDeque<Key>,
    /// How many of them are not gone.
    pub(crate) queued: usize,
    /// How many of those count against the limit.
    pub(crate) submitted: usize,
    pub(crate) delayed: usize,
    pub(crate) running: usize,
    /// Jobs that run but wait for another job.
    pub(crate) waiting: usize,
    /// Delayed jobs that were accepted before the start.
    pub(super) unarmed: Vec<Key>,
}

impl Engine {
    /// Puts a job at the end of the queue, or starts it if nothing stands in its way.
    pub(super) fn enqueue(&mut self, key: Key, now: &Now) {
        if self.queue.queued == 0 && self.can_start() {
            return self.claim(key, now);
        }
        self.queue.queued += 1;
        self.queue.submitted += usize::from(self.jobs.get(key).is_some_and(|job| job.submitted));
        self.queue.ready.push_back(key);
    }

    pub(super) fn can_start(&self) -> bool {
        self.state == State::Running
            && self
                .options
                .max_concurrent_jobs
                .is_none_or(|limit| self.queue.running < limit)
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`).
    pub(super) fn fill(&mut self, now: &Now) {
        while self.queue.queued > 0 && self.can_start() {
            let Some(key) = self.queue.ready.pop_front() else {
                return;
            };
            if self.is_queued(key) {
                self.unqueue(key);
                self.claim(key, now);
            }
        }
    }

    pub(super) fn is_queued(&self, key: Key) -> bool {
        self.jobs
            .get(key)
            .is_some_and(|job| job.stage == Stage::Queued)
    }

    /// Takes a job out of the counts of the queue.
    pub(super) fn unqueue(&mut self, key: Key) {
        self.queue.queued -= 1;
        if self.jobs.get(key).is_some_and(|job| job.submitted) {
            self.queue.submitted -= 1;
            self.room_made = true;
        }
    }

    fn claim(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        let Some(body) = record.body.take() else {
            return;
        };
        record.stage = Stage::Running;
        self.queue.running += 1;
        let cell = match &body {
            Body::Future(_) => record.cell(),
            _ => Some(record.make_cell(key, &self.host, &self.clocks)),
        };
        self.actions
            .push_back(Action::Run(Claim { key, body, cell }));
        self.publish(now, |_| EventKind::JobClaimed(id_of(key)));
    }

    /// Keys of cancelled jobs must not pile up in the queue.
    pub(super) fn tidy_queue(&mut self) {
        if self.queue.ready.len() > 2 * self.queue.queued + 64 {
            let mut ready = std::mem::take(&mut self.queue.ready);
            ready.retain(|&key| self.is_queued(key));
            self.queue.ready = ready;
        }
    }
}
