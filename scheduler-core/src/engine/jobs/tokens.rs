//! [`Tokens`]: a token bucket. Pure.

use crate::{engine::time::nanos, job::RateLimit};

/// The tokens of a rate, stored as one number: the time at which the bucket will be full.
///
/// The bucket gains one token per interval.
#[derive(Debug)]
pub(super) struct Tokens {
    interval: u64,
    /// Time before it is full at which it has a token.
    slack: u64,
    full_at: u64,
}

impl Tokens {
    /// Creates a full bucket.
    pub(super) fn of(limit: &RateLimit) -> Self {
        let mut tokens = Self {
            interval: 0,
            slack: 0,
            full_at: 0,
        };
        tokens.adjust(limit);
        tokens
    }

    /// Changes the rate.
    pub(super) fn adjust(&mut self, limit: &RateLimit) {
        // Rounded up, so that the rate is never exceeded.
        self.interval = nanos(limit.per).div_ceil(u64::from(limit.count.max(1)));
        self.slack = self
            .interval
            .saturating_mul(u64::from(limit.burst.saturating_sub(1)));
    }

    /// Returns when there is a token.
    pub(super) const fn ready_at(&self) -> u64 {
        self.full_at.saturating_sub(self.slack)
    }

    /// Takes a token at `elapsed`.
    pub(super) fn take(&mut self, elapsed: u64) {
        self.full_at = self.full_at.max(elapsed).saturating_add(self.interval);
    }

    /// Returns a token that was not used.
    pub(super) const fn refund(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.interval);
    }

    /// Returns whether no token is missing.
    pub(super) const fn are_full(&self, elapsed: u64) -> bool {
        self.full_at <= elapsed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn starts(limit: &RateLimit, asked: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut tokens = Tokens::of(limit);
        let start = |at: u64| {
            let at = at.max(tokens.ready_at());
            tokens.take(at);
            at
        };
        asked.into_iter().map(start).collect()
    }

    #[test]
    fn tokens_come_evenly() {
        let limit = RateLimit::new("a", 4, Duration::from_nanos(40));
        assert_eq!(starts(&limit, [5, 5, 5, 100, 103]), [5, 15, 25, 100, 110]);
    }

    #[test]
    fn a_burst_is_saved_up_and_no_more() {
        let limit = RateLimit::new("a", 4, Duration::from_nanos(40)).burst(3);
        assert_eq!(starts(&limit, [0; 6]), [0, 0, 0, 10, 20, 30]);
        assert_eq!(
            starts(&limit, [0, 0, 0, 1_000, 1_000, 1_000, 1_000])[3..],
            [1_000, 1_000, 1_000, 1_010]
        );
    }

    #[test]
    fn an_odd_rate_is_never_exceeded() {
        let limit = RateLimit::new("a", 3, Duration::from_secs(1));
        let starts = starts(&limit, [0; 3_001]);
        assert!(starts[3_000] >= 1_000_000_000_000);
    }

    #[test]
    fn numbers_that_do_not_fit_do_no_harm() {
        let limit = RateLimit::new("a", 1, Duration::MAX).burst(u32::MAX);
        assert_eq!(starts(&limit, [0, 0, 7]), [0, 0, 7]);
        let slow = RateLimit::new("a", 1, Duration::MAX);
        assert_eq!(starts(&slow, [5, 5]), [5, u64::MAX]);
    }
}
