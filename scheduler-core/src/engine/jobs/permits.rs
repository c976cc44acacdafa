//! [`Permits`]: how many jobs run, and how many more may start.

use super::priority_queue::Rank;

/// The number of running jobs, and of those among them that need no permit.
#[derive(Debug, Default)]
pub(super) struct Permits {
    running: usize,
    /// Number of running jobs without a permit.
    unlimited: usize,
}

impl Permits {
    /// Counts the start of a job. For a job that needs no permit, call [`exempt`](Self::exempt)
    /// afterwards.
    #[inline]
    pub(super) const fn take(&mut self) {
        self.running += 1;
    }

    /// Frees the permit of a job that has just started, if its rank needs none.
    #[inline]
    pub(super) fn exempt(&mut self, rank: Rank) {
        self.unlimited += usize::from(rank == Rank::Besides);
    }

    /// Counts the end of a running job of this rank.
    #[inline]
    pub(super) fn give_back(&mut self, rank: Rank) {
        self.running -= 1;
        self.unlimited -= usize::from(rank == Rank::Besides);
    }

    /// Returns the number of running jobs.
    #[inline]
    pub(super) const fn running(&self) -> usize {
        self.running
    }

    /// Returns the number of jobs that hold a permit.
    #[inline]
    pub(super) const fn held(&self) -> usize {
        self.running - self.unlimited
    }

    /// Returns the number of free permits; `None` is no limit.
    #[inline]
    pub(super) fn free(&self, limit: Option<usize>) -> usize {
        limit.unwrap_or(usize::MAX).saturating_sub(self.held())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_needs_no_permit_takes_none() {
        let mut permits = Permits::default();
        permits.take();
        permits.take();
        permits.exempt(Rank::Besides);
        permits.exempt(Rank::Priority(3));
        assert_eq!((permits.running(), permits.held()), (2, 1));
        assert_eq!((permits.free(Some(1)), permits.free(Some(3))), (0, 2));
        permits.give_back(Rank::Besides);
        assert_eq!((permits.running(), permits.held()), (1, 1));
        permits.give_back(Rank::Priority(0));
        assert_eq!(permits.free(None), usize::MAX);
    }

    #[test]
    fn more_may_run_than_a_lowered_limit_allows() {
        let mut permits = Permits::default();
        permits.take();
        permits.take();
        assert_eq!(permits.free(Some(1)), 0);
    }
}
