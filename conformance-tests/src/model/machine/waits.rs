//! Waits inside jobs that could never end (`JB-017`, `AJ-023`, `AJ-024`): in a circle, or because
//! every job with a permit waits for one that needs a permit, or for a slot that only a start frees.

use std::collections::BTreeSet;

use super::{JobState, Machine, Op, Phase, Stage};
use crate::model::{
    scenario::Call,
    trace::{Actor, Label},
};

/// Queues whose permits are all held by jobs that wait for a permit or a slot of such a queue.
type Starved = BTreeSet<u8>;

impl Machine {
    /// Returns whether a wait for `target` inside `waiter` could never end.
    pub(super) fn would_deadlock(&self, waiter: Label, target: Label) -> bool {
        if self.leads(target, |job| job == waiter) {
            return true;
        }
        let mut waiting = self.clone();
        waiting.set_phase(Actor::Job(waiter), Phase::Joined);
        let starved = waiting.starved();
        waiting.is_stuck(target, &starved)
    }

    /// Returns whether no other job can free the slot for which a call of `by` waits.
    pub(super) fn is_starved(&self, by: Actor) -> bool {
        let Actor::Job(waiter) = by else {
            return false;
        };
        let starved = self.starved();
        let waits = self.waits_for_slot(waiter);
        waits.is_some_and(|number| starved.contains(&number)) && self.is_stuck(waiter, &starved)
    }

    /// Returns the queues without a free permit of which no permit can return: the greatest set of
    /// which every job with a permit waits for a job or a slot of the same set (`QU-008`).
    fn starved(&self) -> Starved {
        let full = |number: &u8| self.permits_left(*number) == 0;
        let mut starved: Starved = self.queue_numbers().filter(full).collect();
        loop {
            let before = starved.len();
            starved = starved
                .iter()
                .copied()
                .filter(|&number| self.returns_no_permit(number, &starved))
                .collect();
            if starved.len() == before {
                return starved;
            }
        }
    }

    fn returns_no_permit(&self, number: u8, starved: &Starved) -> bool {
        let runs = |job: &JobState| job.is_running() && job.is_in_queue(number);
        let mut running = self.jobs.iter().filter(|(_, job)| runs(job));
        running.all(|(&label, _)| self.is_stuck(label, starved))
    }

    fn is_stuck(&self, job: Label, starved: &Starved) -> bool {
        self.leads(job, |job| self.is_held(job, starved))
    }

    /// Returns whether the job waits for a permit of a starved queue, or for a slot of it that only
    /// a start can free.
    fn is_held(&self, label: Label, starved: &Starved) -> bool {
        let Some(job) = self.jobs.get(&label) else {
            return false;
        };
        let waits = !job.is_running() && !matches!(job.stage, Stage::Done(_));
        let needs_slot =
            |number: u8| starved.contains(&number) && !self.frees_a_slot_in_time(number);
        waits && starved.contains(&job.script.policy.queue)
            || self.waits_for_slot(label).is_some_and(needs_slot)
    }

    /// Returns the full queue for whose slot the job waits.
    fn waits_for_slot(&self, label: Label) -> Option<u8> {
        let op = self.ops.get(&Actor::Job(label));
        let op = op.filter(|op| op.is_invoked())?;
        match &*op.call {
            Call::Submit(job) => (!self.has_room(job)).then_some(job.policy.queue),
            _ => None,
        }
    }

    /// Returns whether a queued job has a start timeout, which may free its slot without a start.
    fn frees_a_slot_in_time(&self, number: u8) -> bool {
        let frees = |job: &JobState| job.has_slot() && self.limit_due(job).is_some();
        let mut jobs = self.jobs.values();
        jobs.any(|job| job.is_in_queue(number) && frees(job))
    }

    /// Returns whether `is_such` holds for `from`, or for a job that it waits for, directly or
    /// indirectly.
    fn leads(&self, from: Label, is_such: impl Fn(Label) -> bool) -> bool {
        let next = |&job: &Label| self.waits_for(job);
        let chain = std::iter::successors(Some(from), next);
        // A job makes one call at a time, so a chain longer than the number of jobs is a circle.
        chain.take(self.jobs.len() + 1).any(is_such)
    }

    fn waits_for(&self, job: Label) -> Option<Label> {
        let op: &Op = self.ops.get(&Actor::Job(job))?;
        match *op.call {
            Call::Wait(target) if op.phase == Phase::Joined => Some(Label::Job(target)),
            _ => None,
        }
    }
}
