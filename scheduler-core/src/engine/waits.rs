//! Jobs that wait for jobs, and the waits that could never end.

use std::collections::BTreeMap;

use super::{Engine, jobs::JobRecord, ready::Rank, slab::Key};
use crate::{LifecycleError, Result};

/// Which running jobs wait for which others; one job may wait for several at a time.
#[derive(Debug, Default)]
pub(crate) struct Waits(BTreeMap<Key, Vec<Key>>);

impl Waits {
    pub(super) fn begin(&mut self, waiter: Key, target: Key) {
        self.0.entry(waiter).or_default().push(target);
    }

    pub(super) fn end(&mut self, waiter: Key, target: Key) {
        let Some(targets) = self.0.get_mut(&waiter) else {
            return;
        };
        if let Some(position) = targets.iter().position(|&known| known == target) {
            targets.swap_remove(position);
        }
        if targets.is_empty() {
            self.0.remove(&waiter);
        }
    }

    /// Whether `from` is such a job, or waits for one, itself or through others.
    fn leads(&self, from: Key, is_such: impl Fn(Key) -> bool) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&job) = seen.get(next) {
            if is_such(job) {
                return true;
            }
            let targets = self.0.get(&job).into_iter().flatten();
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
            return Err(LifecycleError::WouldDeadlock.into());
        }
        self.waits.begin(waiter, target);
        if self.is_starved(target) {
            self.waits.end(waiter, target);
            return Err(LifecycleError::WouldDeadlock.into());
        }
        Ok(())
    }

    pub(crate) fn end_wait(&mut self, waiter: Key, target: Key) {
        self.waits.end(waiter, target);
    }

    /// Whether `target` still needs a permit, or waits for a job that does, and none will ever come
    /// back: all who hold one wait for such jobs.
    fn is_starved(&self, target: Key) -> bool {
        let needs_permit = |key| self.jobs.get(key).is_some_and(JobRecord::needs_permit);
        let is_to_start =
            |key| self.is_idle_backfill(key) || needs_permit(key) && !self.is_running(key);
        let is_stuck = |key| self.waits.leads(key, is_to_start);
        if self.has_permit() || !is_stuck(target) {
            return false;
        }
        let holds = |key| needs_permit(key) && self.is_running(key);
        let waiting = self.waits.0.keys().copied();
        let stuck = waiting.filter(|&key| holds(key) && is_stuck(key)).count();
        stuck >= self.queue.running - self.queue.besides
    }
}

impl JobRecord {
    fn needs_permit(&self) -> bool {
        self.rank() != Rank::Besides
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
        assert!(waits.0.is_empty());
    }

    #[test]
    fn a_circle_that_is_there_already_does_no_harm() {
        let mut waits = Waits::default();
        waits.begin(key(1), key(2));
        waits.begin(key(2), key(1));
        assert!(!waits.leads(key(1), |job| job == key(3)));
    }
}
