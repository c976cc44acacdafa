//! Jobs that wait for jobs or for a slot of the queue, and the waits that could never end.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Engine,
    jobs::{JobRecord, Stage},
    ready::Rank,
    slab::Key,
};
use crate::{Error, Result, WaitingCall};

/// What running jobs wait for.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// Which jobs wait for which others; one may wait for several at a time.
    jobs: BTreeMap<Key, Vec<Key>>,
    /// How many slots of the queue each job waits for.
    slots: BTreeMap<Key, usize>,
}

impl Waits {
    pub(super) fn begin(&mut self, waiter: Key, target: Key) {
        self.jobs.entry(waiter).or_default().push(target);
    }

    pub(super) fn end(&mut self, waiter: Key, target: Key) {
        let Some(targets) = self.jobs.get_mut(&waiter) else {
            return;
        };
        if let Some(position) = targets.iter().position(|&known| known == target) {
            targets.swap_remove(position);
        }
        if targets.is_empty() {
            self.jobs.remove(&waiter);
        }
    }

    fn begin_slot(&mut self, waiter: Key) {
        *self.slots.entry(waiter).or_default() += 1;
    }

    fn end_slot(&mut self, waiter: Key) {
        if let Some(count) = self.slots.get_mut(&waiter) {
            *count -= 1;
            if *count == 0 {
                self.slots.remove(&waiter);
            }
        }
    }

    /// Every job that waits for anything, once.
    fn waiters(&self) -> BTreeSet<Key> {
        self.jobs.keys().chain(self.slots.keys()).copied().collect()
    }

    /// Whether `from` is such a job, or waits for one, itself or through others.
    fn leads(&self, from: Key, is_such: impl Fn(Key) -> bool) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&job) = seen.get(next) {
            if is_such(job) {
                return true;
            }
            let targets = self.jobs.get(&job).into_iter().flatten();
            let unseen: Vec<_> = targets.filter(|&job| !seen.contains(job)).collect();
            seen.extend(unseen);
            next += 1;
        }
        false
    }
}

impl Engine {
    /// The running job `waiter` begins to wait for `target`, until [`end_wait`](Self::end_wait)
    /// (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` waits for `waiter`, or if it needs a permit and every job that
    /// has one would be waiting: none of them would ever give it back.
    pub(crate) fn begin_wait(&mut self, waiter: Key, target: Key) -> Result<()> {
        if self.waits.leads(target, |job| job == waiter) {
            return Err(Error::WouldDeadlock(WaitingCall::Circle));
        }
        self.waits.begin(waiter, target);
        if self.is_stuck(target) && self.no_permit_returns() {
            self.waits.end(waiter, target);
            let call = if self.is_idle_backfill(target) {
                WaitingCall::Backfill
            } else {
                WaitingCall::Permit
            };
            return Err(Error::WouldDeadlock(call));
        }
        Ok(())
    }

    pub(crate) fn end_wait(&mut self, waiter: Key, target: Key) {
        self.waits.end(waiter, target);
    }

    /// The running job `waiter` waits for a slot of the queue, until
    /// [`end_slot_wait`](Self::end_slot_wait).
    pub(crate) fn begin_slot_wait(&mut self, waiter: Key) {
        self.waits.begin_slot(waiter);
    }

    pub(crate) fn end_slot_wait(&mut self, waiter: Key) {
        self.waits.end_slot(waiter);
    }

    /// Whether `waiter` waits for a slot that nobody else can free (`AJ-023`): the queue is full, and
    /// every job that holds a permit waits.
    pub(crate) fn is_slot_wait_starved(&self, waiter: Key) -> bool {
        let limit = self.options.queue_limit;
        let is_full = limit.is_some_and(|limit| self.queue.submitted >= limit);
        is_full && self.is_stuck(waiter) && self.no_permit_returns()
    }

    /// Whether a job still needs a permit, or waits for one that does, or for a slot that is only
    /// freed by a permit.
    fn is_stuck(&self, job: Key) -> bool {
        self.waits.leads(job, |key| {
            self.is_idle_backfill(key)
                || self.needs_permit(key) && !self.is_running(key)
                || self.waits.slots.contains_key(&key) && !self.is_slot_freed_by_time()
        })
    }

    /// Whether no permit is free, and all who hold one wait until one is.
    fn no_permit_returns(&self) -> bool {
        if self.has_permit() {
            return false;
        }
        let holds = |key| self.needs_permit(key) && self.is_running(key);
        let waiters = self.waits.waiters().into_iter();
        let stuck = waiters.filter(|&key| holds(key) && self.is_stuck(key));
        stuck.count() >= self.queue.running - self.queue.besides
    }

    /// Whether a job in the queue may give up its slot unstarted, because its time to start runs out.
    fn is_slot_freed_by_time(&self) -> bool {
        let gives_up = |job: &JobRecord| {
            let waits = matches!(job.stage, Stage::Queued | Stage::Throttled);
            waits && job.submitted && job.is_limited()
        };
        self.jobs.iter().any(|(_, job)| gives_up(job))
    }

    fn needs_permit(&self, key: Key) -> bool {
        self.jobs
            .get(key)
            .is_some_and(|job| job.rank() != Rank::Besides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(slot: u32) -> Key {
        Key {
            slot,
            generation: 1,
        }
    }

    #[test]
    fn a_chain_leads_to_its_end_and_not_back() {
        let mut waits = Waits::default();
        waits.begin(key(1), key(2));
        waits.begin(key(1), key(5));
        waits.begin(key(2), key(3));
        assert!(waits.leads(key(1), |job| job == key(3)));
        assert!(!waits.leads(key(3), |job| job == key(1)));
        waits.end(key(2), key(3));
        assert!(!waits.leads(key(1), |job| job == key(3)));
    }

    #[test]
    fn waits_of_one_job_for_another_are_counted() {
        let mut waits = Waits::default();
        waits.begin(key(1), key(2));
        waits.begin(key(1), key(2));
        waits.end(key(1), key(2));
        assert!(waits.leads(key(1), |job| job == key(2)));
        waits.end(key(1), key(2));
        assert!(waits.jobs.is_empty());
    }

    #[test]
    fn a_circle_that_is_there_already_does_no_harm() {
        let mut waits = Waits::default();
        waits.begin(key(1), key(2));
        waits.begin(key(2), key(1));
        assert!(!waits.leads(key(1), |job| job == key(3)));
    }

    #[test]
    fn a_job_that_waits_for_two_slots_waits_until_it_has_both() {
        let mut waits = Waits::default();
        waits.begin_slot(key(1));
        waits.begin_slot(key(1));
        waits.begin(key(1), key(2));
        assert_eq!(waits.waiters(), BTreeSet::from([key(1)]));
        waits.end_slot(key(1));
        waits.end(key(1), key(2));
        assert_eq!(waits.waiters(), BTreeSet::from([key(1)]));
        waits.end_slot(key(1));
        waits.end_slot(key(1));
        assert!(waits.waiters().is_empty());
    }
}
