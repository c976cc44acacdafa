//! [`Batch`]: jobs with a permit that wait for the executor.
//!
//! A few jobs are spawned as one task each. Many share *runners*: tasks that take one job after the
//! other from this queue, because spawning hundreds of tasks at once is expensive.

use std::{collections::VecDeque, num::NonZeroUsize};

use super::Jobs;
use crate::engine::Claim;

/// Minimum number of jobs claimed together that share runners.
const MANY: usize = 5;

#[derive(Default)]
pub(super) struct Batch {
    claims: VecDeque<Claim>,
    /// Number of new claims, at the end of the queue, for which no runner was requested yet.
    fresh: usize,
    /// Number of runners that exist or were requested.
    runners: usize,
    /// Maximum number of runners, minus one. One runner for each task that the runtime can poll at
    /// the same time, so that a job that blocks its thread delays no job that another thread could
    /// run.
    further: usize,
}

impl Batch {
    pub(super) fn push(&mut self, claim: Claim) {
        self.claims.push_back(claim);
        self.fresh += 1;
    }

    /// Returns the new claims if they are few. The first one is separate, so that a single claim
    /// allocates nothing.
    pub(super) fn take_few(&mut self) -> (Option<Claim>, Vec<Claim>) {
        match std::mem::take(&mut self.fresh) {
            0 => (None, Vec::new()),
            1 => (self.claims.pop_back(), Vec::new()),
            few if few < MANY => {
                let mut few = self.claims.drain(self.claims.len() - few..);
                (few.next(), few.collect())
            }
            _ => (None, Vec::new()),
        }
    }

    /// Removes all jobs that no runner has taken.
    pub(super) fn take_all(&mut self) -> VecDeque<Claim> {
        self.fresh = 0;
        std::mem::take(&mut self.claims)
    }

    /// Returns how many runners to spawn, and counts them as running.
    pub(super) fn hire(&mut self) -> usize {
        let wanted = self.claims.len().min(1 + self.further);
        let missing = wanted.saturating_sub(self.runners);
        self.runners += missing;
        missing
    }
}

impl Jobs {
    /// Returns the new claims if they are few. The first one is separate, so that a single claim
    /// allocates nothing.
    pub(in crate::engine) fn take_few(&mut self) -> (Option<Claim>, Vec<Claim>) {
        self.batch.take_few()
    }

    /// Returns how many runners to spawn, and counts them as running.
    pub(in crate::engine) fn hire(&mut self) -> usize {
        self.batch.hire()
    }

    /// Sets how many tasks the runtime can poll at the same time.
    pub(in crate::engine) fn set_parallelism(&mut self, tasks: NonZeroUsize) {
        self.batch.further = tasks.get() - 1;
    }

    /// Returns the next job for a runner, including new claims.
    pub(in crate::engine) fn next_claim(&mut self) -> Option<Claim> {
        self.batch.fresh = 0;
        self.batch.claims.pop_front()
    }

    /// Records the end of a runner. If it was the last one, returns the remaining jobs.
    pub(in crate::engine) fn handle_runner_gone(&mut self) -> VecDeque<Claim> {
        self.batch.runners -= 1;
        if self.batch.runners > 0 {
            return VecDeque::new();
        }
        std::mem::take(&mut self.batch.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, base::unix_time::UnixTime};
    use crate::{
        base::panic::Contained,
        engine::Key,
        job::{Body, JobFuture},
    };

    /// Creates the jobs of an engine whose runtime polls two tasks at a time, with `count` new
    /// claims.
    fn with_claims(count: u32) -> Jobs {
        let mut jobs = Jobs::new(&Options::default(), UnixTime::EPOCH);
        jobs.set_parallelism(NonZeroUsize::MIN.saturating_add(1));
        push(&mut jobs.batch, 0..count);
        jobs
    }

    fn push(batch: &mut Batch, slots: std::ops::Range<u32>) {
        for slot in slots {
            let body: JobFuture = Box::pin(async { Ok(()) });
            batch.push(Claim {
                key: Key::first(slot),
                body: Body::Future(Contained::new(body)),
                cell: None,
                asks: false,
            });
        }
    }

    fn few(batch: &mut Batch) -> Vec<u32> {
        let (first, rest) = batch.take_few();
        let claims = first.into_iter().chain(rest);
        claims.map(|claim| claim.key.slot).collect()
    }

    #[test]
    fn a_few_are_handed_out_in_order_and_need_no_runner() {
        for count in 0..5 {
            let mut batch = with_claims(count).batch;
            assert_eq!(few(&mut batch), Vec::from_iter(0..count));
            assert_eq!((batch.hire(), few(&mut batch)), (0, Vec::new()));
        }
    }

    #[test]
    fn many_share_a_runner_for_each_task_that_can_be_polled() {
        let mut batch = with_claims(5).batch;
        assert!(few(&mut batch).is_empty());
        assert_eq!([batch.hire(), batch.hire()], [2, 0]);
        push(&mut batch, 5..7);
        assert_eq!(few(&mut batch), [5, 6], "only the new ones");
        assert_eq!(batch.claims.len(), 5);
    }

    #[test]
    fn the_last_runner_leaves_what_nobody_takes_any_more() {
        let mut jobs = with_claims(7);
        assert_eq!(jobs.batch.hire(), 2);
        assert_eq!(jobs.next_claim().map(|claim| claim.key.slot), Some(0));
        assert!(few(&mut jobs.batch).is_empty(), "a runner takes them");
        assert!(jobs.handle_runner_gone().is_empty());
        assert_eq!(jobs.handle_runner_gone().len(), 6);
        assert_eq!(jobs.batch.hire(), 0);
    }
}
