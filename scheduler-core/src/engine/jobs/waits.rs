//! [`Waits`]: which jobs wait for which, to detect deadlocks.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{JobRecord, Jobs, Rank, Stage};
use crate::{
    Error, Result, WaitingCall,
    engine::{Cx, Key},
};

/// The waits of running jobs.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// The jobs for which each job waits; it may wait for several.
    targets: BTreeMap<Key, Vec<Key>>,
    /// Number of queue slots for which each job waits.
    slots: BTreeMap<Key, usize>,
    /// Number of waits of each job that holds a permit.
    holders: BTreeMap<Key, usize>,
    /// Number of waits for each job.
    awaited: BTreeMap<Key, usize>,
    /// Number of jobs that searches have examined.
    #[cfg(test)]
    pub(super) looks: std::cell::Cell<usize>,
}

impl Waits {
    pub(super) fn begin(&mut self, waiter: Key, target: Key) {
        self.targets.entry(waiter).or_default().push(target);
        *self.awaited.entry(target).or_default() += 1;
    }

    pub(super) fn end(&mut self, waiter: Key, target: Key) {
        let Some(targets) = self.targets.get_mut(&waiter) else {
            return;
        };
        if let Some(position) = targets.iter().position(|&known| known == target) {
            targets.swap_remove(position);
            count_down(&mut self.awaited, target);
        }
        if targets.is_empty() {
            self.targets.remove(&waiter);
        }
    }

    /// Records that a job with a permit begins to wait.
    fn hold(&mut self, holder: Key) {
        *self.holders.entry(holder).or_default() += 1;
    }

    /// Records the end of such a wait. Has no effect on a job without a permit.
    fn stop_holding(&mut self, holder: Key) {
        count_down(&mut self.holders, holder);
    }

    fn begin_slot(&mut self, waiter: Key) {
        *self.slots.entry(waiter).or_default() += 1;
    }

    fn end_slot(&mut self, waiter: Key) {
        count_down(&mut self.slots, waiter);
    }

    /// Returns whether a wait of `waiter` for `target` would close a circle: `target` is `waiter`,
    /// or waits for it.
    fn closes_a_circle(&self, waiter: Key, target: Key) -> bool {
        // Most jobs have no waiter.
        let is_awaited = waiter == target || self.awaited.contains_key(&waiter);
        is_awaited && self.leads(target, |job| job == waiter)
    }

    /// Returns whether `is_such` holds for `from`, or for a job that `from` waits for, directly or
    /// indirectly.
    fn leads(&self, from: Key, is_such: impl Fn(Key) -> bool) -> bool {
        let (mut seen, mut next) = (BTreeSet::from([from]), vec![from]);
        while let Some(job) = next.pop() {
            self.look();
            if is_such(job) {
                return true;
            }
            let targets = self.targets.get(&job).into_iter().flatten();
            next.extend(targets.filter(|&&target| seen.insert(target)));
        }
        false
    }

    /// Returns all jobs for which `is_such` holds, and all jobs that wait for one, directly or
    /// indirectly.
    fn all_that_lead(&self, is_such: impl Fn(Key) -> bool) -> BTreeSet<Key> {
        let mut waiters: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (&waiter, targets) in &self.targets {
            for &target in targets {
                waiters.entry(target).or_default().push(waiter);
            }
        }
        let known = self
            .targets
            .keys()
            .chain(self.slots.keys())
            .chain(waiters.keys());
        let known = known
            .copied()
            .inspect(|_| self.look())
            .collect::<BTreeSet<_>>();
        let mut next: Vec<_> = known.into_iter().filter(|&key| is_such(key)).collect();
        let mut found: BTreeSet<_> = next.iter().copied().collect();
        while let Some(job) = next.pop() {
            let waiters = waiters.get(&job).into_iter().flatten();
            next.extend(waiters.filter(|&&waiter| found.insert(waiter)));
        }
        found
    }

    /// Counts a job that a search examined.
    fn look(&self) {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
    }
}

fn count_down(counts: &mut BTreeMap<Key, usize>, key: Key) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

/// Function that returns whether a wait is for a backfill without active runs. The machine of the
/// backfills is above that of the jobs, so it passes this function down.
type IsIdle<'a> = &'a dyn Fn(Key) -> bool;

impl Jobs {
    /// Records that the running job `waiter` waits for `target`, until [`end_wait`](Self::end_wait)
    /// (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` waits for `waiter`, or if it needs a permit and every job with a permit would
    /// be waiting, so that no permit could ever be released.
    pub(in crate::engine) fn begin_wait(
        &mut self,
        waiter: Key,
        target: Key,
        is_idle: IsIdle<'_>,
        cx: &Cx,
    ) -> Result<()> {
        if self.waits.closes_a_circle(waiter, target) {
            return Err(Error::WouldDeadlock(WaitingCall::Circle));
        }
        self.waits.begin(waiter, target);
        self.hold_while_waiting(waiter);
        if self.no_permit_returns(is_idle, cx) && self.is_stuck(target, is_idle) {
            self.end_wait(waiter, target);
            let call = if is_idle(target) {
                WaitingCall::Backfill
            } else {
                WaitingCall::Permit
            };
            return Err(Error::WouldDeadlock(call));
        }
        Ok(())
    }

    pub(in crate::engine) fn end_wait(&mut self, waiter: Key, target: Key) {
        self.waits.end(waiter, target);
        self.waits.stop_holding(waiter);
    }

    /// Records that a backfill waits for one of its runs.
    pub(in crate::engine) fn begin_backfill_wait(&mut self, backfill: Key, run: Key) {
        self.waits.begin(backfill, run);
    }

    pub(in crate::engine) fn end_backfill_wait(&mut self, backfill: Key, run: Key) {
        self.waits.end(backfill, run);
    }

    fn hold_while_waiting(&mut self, waiter: Key) {
        if self.needs_permit(waiter) {
            self.waits.hold(waiter);
        }
    }

    /// Records that the running job `waiter` waits for a queue slot, until
    /// [`end_slot_wait`](Self::end_slot_wait).
    pub(in crate::engine) fn begin_slot_wait(&mut self, waiter: Key) {
        self.waits.begin_slot(waiter);
        self.hold_while_waiting(waiter);
    }

    pub(in crate::engine) fn end_slot_wait(&mut self, waiter: Key) {
        self.waits.end_slot(waiter);
        self.waits.stop_holding(waiter);
    }

    /// Returns whether no other job can free the slot for which `waiter` waits (`AJ-023`): the queue is full, and
    /// every job with a permit waits.
    pub(in crate::engine) fn is_slot_wait_starved(
        &self,
        waiter: Key,
        is_idle: IsIdle<'_>,
        cx: &Cx,
    ) -> bool {
        let limit = cx.options().queue_limit;
        let is_full = limit.is_some_and(|limit| self.queue.submitted >= limit);
        is_full && self.no_permit_returns(is_idle, cx) && self.is_stuck(waiter, is_idle)
    }

    /// Returns whether a job needs a permit to begin, or waits for a slot that only a permit can free.
    fn is_held<'a>(&'a self, is_idle: IsIdle<'a>) -> impl Fn(Key) -> bool + 'a {
        let is_slot_freed = LazyCell::new(|| self.is_slot_freed_by_time());
        move |job| {
            is_idle(job)
                || self.needs_permit(job) && !self.is_running(job)
                || self.waits.slots.contains_key(&job) && !*is_slot_freed
        }
    }

    /// Returns whether a job is parked, or waits for one that is.
    fn is_stuck(&self, job: Key, is_idle: IsIdle<'_>) -> bool {
        self.waits.leads(job, self.is_held(is_idle))
    }

    /// Returns whether no permit is free, and every job with a permit waits for one.
    fn no_permit_returns(&self, is_idle: IsIdle<'_>, cx: &Cx) -> bool {
        let holders = self.queue.permits.held();
        // Usually a job with a permit waits for nothing, and no search is needed.
        let spare = self.waits.holders.len().checked_sub(holders);
        let (Some(spare), false) = (spare, self.has_permit(cx)) else {
            return false;
        };
        let mut all = self.waits.holders.keys();
        if spare == 0
            && all
                .next()
                .is_some_and(|&first| !self.is_stuck(first, is_idle))
        {
            return false;
        }
        let stuck = self.waits.all_that_lead(self.is_held(is_idle));
        let is_stuck = |key: &&Key| self.is_running(**key) && stuck.contains(key);
        self.waits.holders.keys().filter(is_stuck).count() >= holders
    }

    /// Returns whether a queued job may free its slot without starting, because `start_within` expires.
    fn is_slot_freed_by_time(&self) -> bool {
        let gives_up = |job: &JobRecord| {
            let waits = matches!(job.stage, Stage::Queued | Stage::Throttled);
            waits && job.submitted && job.is_limited()
        };
        self.records.iter().any(|(_, job)| gives_up(job))
    }

    fn needs_permit(&self, key: Key) -> bool {
        self.records
            .get(key)
            .is_some_and(|job| job.rank() != Rank::Besides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_leads_to_its_end_and_not_back() {
        let mut waits = Waits::default();
        waits.begin(Key::first(1), Key::first(2));
        waits.begin(Key::first(1), Key::first(5));
        waits.begin(Key::first(2), Key::first(3));
        assert!(waits.leads(Key::first(1), |job| job == Key::first(3)));
        assert!(!waits.leads(Key::first(3), |job| job == Key::first(1)));
        waits.end(Key::first(2), Key::first(3));
        assert!(!waits.leads(Key::first(1), |job| job == Key::first(3)));
    }

    #[test]
    fn waits_of_one_job_for_another_are_counted() {
        let mut waits = Waits::default();
        waits.begin(Key::first(1), Key::first(2));
        waits.begin(Key::first(1), Key::first(2));
        waits.end(Key::first(1), Key::first(2));
        assert!(waits.leads(Key::first(1), |job| job == Key::first(2)));
        waits.end(Key::first(1), Key::first(2));
        assert!(waits.targets.is_empty());
    }

    #[test]
    fn a_circle_that_is_there_already_does_no_harm() {
        let mut waits = Waits::default();
        waits.begin(Key::first(1), Key::first(2));
        waits.begin(Key::first(2), Key::first(1));
        assert!(!waits.leads(Key::first(1), |job| job == Key::first(3)));
    }

    #[test]
    fn a_job_that_waits_for_two_slots_waits_until_it_has_both() {
        let mut waits = Waits::default();
        waits.begin_slot(Key::first(1));
        waits.begin_slot(Key::first(1));
        waits.begin(Key::first(1), Key::first(2));
        waits.end_slot(Key::first(1));
        waits.end(Key::first(1), Key::first(2));
        assert!(waits.slots.contains_key(&Key::first(1)));
        waits.end_slot(Key::first(1));
        waits.end_slot(Key::first(1));
        assert!(waits.slots.is_empty() && waits.targets.is_empty());
    }
}
