//! Waits inside jobs that could never end (`JB-017`, `AJ-023`, `AJ-024`): in a circle, or because
//! every job with a permit waits for one that needs a permit, or for a slot that only a start frees.

use super::{JobState, Machine, Op, Phase, Stage};
use crate::model::{
    scenario::Call,
    trace::{Actor, Label},
};

impl Machine {
    /// Returns whether a wait for `target` inside `waiter` could never end.
    pub(super) fn would_deadlock(&self, waiter: Label, target: Label) -> bool {
        if self.leads(target, |job| job == waiter) {
            return true;
        }
        let mut waiting = self.clone();
        waiting.set_phase(Actor::Job(waiter), Phase::Joined);
        waiting.no_permit_returns() && waiting.is_stuck(target)
    }

    /// Returns whether no other job can free the slot for which a call of `by` waits.
    pub(super) fn is_starved(&self, by: Actor) -> bool {
        let Actor::Job(waiter) = by else {
            return false;
        };
        self.waits_for_slot(waiter) && self.no_permit_returns() && self.is_stuck(waiter)
    }

    /// Returns whether no permit is free, and every job with one waits for a job that cannot continue.
    fn no_permit_returns(&self) -> bool {
        let mut running = self.jobs.iter().filter(|(_, job)| job.is_running());
        self.permits() == 0 && running.all(|(&label, _)| self.is_stuck(label))
    }

    fn is_stuck(&self, job: Label) -> bool {
        self.leads(job, |job| self.is_held(job))
    }

    /// Returns whether the job waits for a permit, or for a slot that only a start can free.
    fn is_held(&self, label: Label) -> bool {
        let Some(job) = self.jobs.get(&label) else {
            return false;
        };
        let waits = !job.is_running() && !matches!(job.stage, Stage::Done(_));
        waits || self.waits_for_slot(label) && !self.frees_a_slot_in_time()
    }

    fn waits_for_slot(&self, label: Label) -> bool {
        let op = self
            .ops
            .get(&Actor::Job(label))
            .filter(|op| op.is_invoked());
        match op.map(|op| &*op.call) {
            Some(Call::Submit(job)) => !self.has_room(job),
            _ => false,
        }
    }

    /// Returns whether a queued job has a start timeout, which may free its slot without a start.
    fn frees_a_slot_in_time(&self) -> bool {
        let queued = |job: &JobState| matches!(job.stage, Stage::Queued | Stage::Throttled);
        let mut jobs = self.jobs.values();
        jobs.any(|job| queued(job) && job.takes_room && self.limit_due(job).is_some())
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
