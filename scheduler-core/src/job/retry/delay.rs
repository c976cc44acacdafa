//! Decides whether an attempt follows, and after which delay.

use std::time::Duration;

use super::{super::JobError, Backoff, Retry};

impl Retry {
    /// Returns whether a retry may follow this attempt, judged without calling user code.
    pub(crate) fn might_follow(&self, attempt: u32, error: &JobError) -> bool {
        let worth_it = match error {
            JobError::Failed(_) => true,
            JobError::Panicked(_) => self.panics,
            JobError::TimedOut { .. } => self.timeouts,
            _ => false,
        };
        worth_it && attempt < self.attempts
    }

    /// Returns the delay between the end of this attempt and the next one; `None` without a retry. Calls
    /// user code. `salt` makes the jitter of different jobs differ.
    pub(crate) fn delay(&self, attempt: u32, error: &JobError, salt: u64) -> Option<Duration> {
        let worth_it = self.only_if.as_ref().is_none_or(|only_if| only_if(error));
        if !worth_it || !self.might_follow(attempt, error) {
            return None;
        }
        let delay = match &self.backoff {
            Backoff::Fixed(delay) => *delay,
            Backoff::Exponential {
                first,
                factor,
                most,
            } => grown(*first, *factor, attempt).min(*most),
            Backoff::Own(delay) => return delay(attempt, error),
        };
        Some(self.shortened(delay, salt ^ u64::from(attempt).rotate_left(32)))
    }

    fn shortened(&self, delay: Duration, salt: u64) -> Duration {
        if self.jitter == 0.0 {
            return delay;
        }
        let part = fraction(mix(self.seed ^ mix(salt)));
        Duration::try_from_secs_f64(delay.as_secs_f64() * (1.0 - self.jitter * part))
            .unwrap_or(delay)
    }
}

/// Returns `first * factor^(attempt - 1)`, saturating.
fn grown(first: Duration, factor: f64, attempt: u32) -> Duration {
    let times = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    Duration::try_from_secs_f64(first.as_secs_f64() * factor.powi(times)).unwrap_or(Duration::MAX)
}

/// Hashes a number with the finalizer of SplitMix64.
const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Maps the upper bits of a hash to a number from 0 to 1.
pub(super) fn fraction(hash: u64) -> f64 {
    const BITS: u32 = f64::MANTISSA_DIGITS;
    (hash >> (u64::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
}
