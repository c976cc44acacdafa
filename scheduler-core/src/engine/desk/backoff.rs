//! [`Backoff`]: when a call is sent again after a failure.

/// The delay after the first failure, in nanoseconds; it doubles up to [`LONGEST`].
const FIRST: u64 = 50_000_000;

/// The longest delay, in nanoseconds: a store that is down is called at most twelve times a minute (`ST-002`).
const LONGEST: u64 = 5_000_000_000;

/// The delays between calls to a store that fails.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    until: u64,
    /// Number of the node, so that nodes that failed together do not come back together.
    salt: u64,
}

impl Backoff {
    pub(super) const fn new(salt: u64) -> Self {
        Self {
            failures: 0,
            until: 0,
            salt,
        }
    }

    pub(super) const fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Returns until when the next call waits; `None` if it may be sent.
    pub(super) fn waits(&self, now: u64) -> Option<u64> {
        (self.failures > 0 && now < self.until).then_some(self.until)
    }

    /// Returns whether it is the first failure.
    pub(super) fn failed(&mut self, now: u64) -> bool {
        let delay = FIRST
            .checked_shl(self.failures.min(10))
            .unwrap_or(LONGEST)
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.salt = self
            .salt
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        // Between three quarters of the delay and all of it.
        let shorter = (delay / 4) * (self.salt >> 48) / (1 << 16);
        self.until = now.saturating_add(delay - shorter);
        self.failures == 1
    }

    /// Returns whether a failure came before.
    pub(super) const fn succeeded(&mut self) -> bool {
        let was_failing = self.failures > 0;
        self.failures = 0;
        was_failing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_stop_growing() {
        let mut backoff = Backoff::new(7);
        let mut now = 0;
        let mut last = 0;
        for _ in 0..12 {
            backoff.failed(now);
            let until = backoff.waits(now).expect("a delay");
            let delay = until - now;
            assert!(
                delay >= last / 2 && delay <= LONGEST,
                "{delay} after {last}"
            );
            (last, now) = (delay, until);
        }
        assert!(last >= LONGEST / 4 * 3);
        assert_eq!(backoff.waits(now), None);
        assert!(backoff.succeeded() && !backoff.succeeded());
    }

    #[test]
    fn two_nodes_do_not_come_back_together() {
        let (mut one, mut other) = (Backoff::new(1), Backoff::new(2));
        one.failed(0);
        other.failed(0);
        assert_ne!(one.waits(0), other.waits(0));
    }
}
