//! [`Waits`]: which jobs wait for which, to detect deadlocks.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
};

use super::{JobRecord, Jobs, Stage, holders::Holders, pools::Pool};
use crate::{
    Error, Result, Task, WaitingCall,
    engine::{Key, QueueNumber},
};

/// The waits of running jobs.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// The jobs for which each job waits; it may wait for several.
    targets: BTreeMap<Key, Vec<Key>>,
    /// Number of slots of each queue for which each job waits.
    slots: BTreeMap<(Key, QueueNumber), usize>,
    /// Waiting jobs that hold permits.
    holders: Holders,
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

    /// Returns the queues for whose slots a job waits.
    fn slots_of(&self, waiter: Key) -> impl Iterator<Item = QueueNumber> {
        let all = self.slots.range((waiter, QueueNumber::DEFAULT)..);
        all.map_while(move |(&(of, queue), _)| (of == waiter).then_some(queue))
    }

    fn begin_slot(&mut self, waiter: Key, queue: QueueNumber) {
        *self.slots.entry((waiter, queue)).or_default() += 1;
    }

    fn end_slot(&mut self, waiter: Key, queue: QueueNumber) {
        count_down(&mut self.slots, (waiter, queue));
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
            .chain(self.slots.keys().map(|(waiter, _)| waiter))
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

/// Returns whether nothing is left.
pub(super) fn count_down<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) -> bool {
    let Entry::Occupied(mut count) = counts.entry(key) else {
        return false;
    };
    *count.get_mut() -= 1;
    let is_over = *count.get() == 0;
    if is_over {
        count.remove();
    }
    is_over
}

/// Returns the task of a backfill without active runs, if a target is one. The machine of the jobs cannot name the
/// backfills, which are above it.
pub(in crate::engine) type IdleTask<'f, 't> = &'f (dyn Fn(Key) -> Option<&'t Task> + 'f);

/// Pools whose permits are all held by jobs that wait for a job of such a pool.
type Starved = BTreeSet<Pool>;

impl Jobs {
    /// Records that the running job `waiter` waits for `target`, until [`end_wait`](Self::end_wait)
    /// (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` waits for `waiter`, or if it needs a permit and every job with a permit of
    /// its queue or task would be waiting, so that no permit could ever be released.
    pub(in crate::engine) fn begin_wait(
        &mut self,
        waiter: Key,
        target: Key,
        idle_task: IdleTask<'_, '_>,
    ) -> Result<()> {
        if self.waits.closes_a_circle(waiter, target) {
            return Err(Error::WouldDeadlock(WaitingCall::Circle));
        }
        self.waits.begin(waiter, target);
        self.hold_while_waiting(waiter);
        let starved = self.starved(idle_task);
        if !starved.is_empty() && self.is_stuck(target, &starved, idle_task) {
            self.end_wait(waiter, target);
            let call = if idle_task(target).is_some() {
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
        self.waits.holders.stop_holding(waiter);
    }

    /// Records that a backfill waits for one of its runs.
    pub(in crate::engine) fn begin_backfill_wait(&mut self, backfill: Key, run: Key) {
        self.waits.begin(backfill, run);
    }

    pub(in crate::engine) fn end_backfill_wait(&mut self, backfill: Key, run: Key) {
        self.waits.end(backfill, run);
    }

    fn hold_while_waiting(&mut self, waiter: Key) {
        self.waits.holders.hold(
            waiter,
            self.records
                .get(waiter)
                .into_iter()
                .flat_map(JobRecord::pools),
        );
    }

    /// Records that the running job `waiter` waits for a slot of a queue, until
    /// [`end_slot_wait`](Self::end_slot_wait).
    pub(in crate::engine) fn begin_slot_wait(&mut self, waiter: Key, queue: QueueNumber) {
        self.waits.begin_slot(waiter, queue);
        self.hold_while_waiting(waiter);
    }

    pub(in crate::engine) fn end_slot_wait(&mut self, waiter: Key, queue: QueueNumber) {
        self.waits.end_slot(waiter, queue);
        self.waits.holders.stop_holding(waiter);
    }

    /// Returns whether no other job can free the slot for which `waiter` waits (`AJ-023`): the queue is full, and
    /// every job with a permit of it waits.
    pub(in crate::engine) fn is_slot_wait_starved(
        &self,
        waiter: Key,
        queue: QueueNumber,
        idle_task: IdleTask<'_, '_>,
    ) -> bool {
        let is_full = self.queues.get(queue).free_slots() == 0;
        is_full && {
            let starved = self.starved(idle_task);
            starved.contains(&Pool::Queue(queue)) && self.is_stuck(waiter, &starved, idle_task)
        }
    }

    /// Returns whether a job needs a permit of a starved pool to begin, or waits for a slot that only such a
    /// permit can free.
    fn is_held<'a, 't: 'a>(
        &'a self,
        starved: &'a Starved,
        idle_task: IdleTask<'a, 't>,
    ) -> impl Fn(Key) -> bool + 'a {
        let freed_by_time = LazyCell::new(|| self.queues_freed_by_time());
        let is_starved = |task: &Task| self.pools_of_task(task).any(|pool| starved.contains(&pool));
        move |job| {
            idle_task(job).is_some_and(is_starved)
                || self.awaits_permit(job, starved)
                || self
                    .waits
                    .slots_of(job)
                    .filter(|queue| starved.contains(&Pool::Queue(*queue)))
                    .any(|queue| !freed_by_time.contains(&queue))
        }
    }

    fn awaits_permit(&self, job: Key, starved: &Starved) -> bool {
        let record = self.records.get(job).filter(|job| !job.is_running());
        record.is_some_and(|job| job.pools().any(|pool| starved.contains(&pool)))
    }

    /// Returns whether a job is held, or waits for one that is.
    fn is_stuck(&self, job: Key, starved: &Starved, idle_task: IdleTask<'_, '_>) -> bool {
        self.waits.leads(job, self.is_held(starved, idle_task))
    }

    /// Returns the pools of which no permit is free, and every job with a permit waits for a permit of such a pool.
    ///
    /// They are the greatest such set: it begins with all pools in question, and loses those with a holder that
    /// can end.
    fn starved(&self, idle_task: IdleTask<'_, '_>) -> Starved {
        // Usually a holder can end, and no further search is needed.
        let mut starved = self.suspects_with_stuck_first_holder(idle_task);
        while !starved.is_empty() {
            let stuck = self.waits.all_that_lead(self.is_held(&starved, idle_task));
            let is_stuck = |key: &Key| self.is_running(*key) && stuck.contains(key);
            let is_starved = |pool: &Pool| {
                let count = self.waits.holders.of(*pool).filter(is_stuck).count();
                count >= self.held_permits(*pool)
            };
            let rest: Starved = starved.iter().copied().filter(is_starved).collect();
            if rest == starved {
                break;
            }
            starved = rest;
        }
        starved
    }

    /// Returns the pools of which no permit is free, and as many jobs wait as hold a permit.
    fn suspects(&self) -> Starved {
        let is_suspect = |&(pool, holding): &(Pool, usize)| {
            self.free_permits(pool) == 0 && holding >= self.held_permits(pool)
        };
        let suspects = self.waits.holders.counts().filter(is_suspect);
        suspects.map(|(pool, _)| pool).collect()
    }

    /// Returns the suspects without those whose first holder can end, if every holder would have to be stuck.
    fn suspects_with_stuck_first_holder(&self, idle_task: IdleTask<'_, '_>) -> Starved {
        let suspects = self.suspects();
        let may_be_starved = |pool: &Pool| {
            let holding = self.waits.holders.count(*pool);
            let mut holders = self.waits.holders.of(*pool);
            holding > self.held_permits(*pool)
                || holders
                    .next()
                    .is_none_or(|first| self.is_stuck(first, &suspects, idle_task))
        };
        suspects.iter().copied().filter(may_be_starved).collect()
    }

    /// Returns the queues with a job that may free its slot without starting, because `start_within` expires.
    fn queues_freed_by_time(&self) -> BTreeSet<QueueNumber> {
        let gives_up = |job: &JobRecord| {
            let waits = matches!(job.stage, Stage::Queued | Stage::Throttled | Stage::Limited);
            waits && job.submitted && job.is_limited()
        };
        let jobs = self.records.iter().map(|(_, job)| job);
        jobs.filter(|job| gives_up(job))
            .map(|job| job.queue)
            .collect()
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
        waits.begin_slot(Key::first(1), QueueNumber::DEFAULT);
        waits.begin_slot(Key::first(1), QueueNumber::DEFAULT);
        waits.begin(Key::first(1), Key::first(2));
        waits.end_slot(Key::first(1), QueueNumber::DEFAULT);
        waits.end(Key::first(1), Key::first(2));
        assert_eq!(waits.slots_of(Key::first(1)).count(), 1);
        waits.end_slot(Key::first(1), QueueNumber::DEFAULT);
        waits.end_slot(Key::first(1), QueueNumber::DEFAULT);
        assert!(waits.slots.is_empty() && waits.targets.is_empty());
    }
}
